import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { UsdFutures, UserDataEvent } from "effect-binance-user-data"
import { MockLayers, Sample } from "effect-binance-user-data/testing"
import { productNames, products } from "../events/products.js"

const builders = {
  spot: Sample.spot,
  margin: Sample.margin,
  "margin-risk": Sample.marginRisk,
  "usd-m": Sample.usdFutures,
  "coin-m": Sample.coinFutures,
  options: Sample.europeanOptions,
  "portfolio-margin": Sample.portfolioMargin,
  "portfolio-margin-pro": Sample.portfolioMarginPro
}

const uncapitalized = (text: string) => text.charAt(0).toLowerCase() + text.slice(1)

describe.each(productNames)("samples of %s", (name) => {
  const { members, schema } = products[name]
  const made: { readonly [name: string]: () => any } = builders[name]

  it("there is one for every event of the union", () => {
    const tags = Object.values(made).map((build) => build()._tag)
    assert.deepStrictEqual(Object.keys(made), tags.map(uncapitalized))
    for (const member of members) {
      const is = Schema.is(Schema.typeSchema(member))
      assert.lengthOf(
        Object.values(made).filter((build) => is(build())),
        1,
        String(member.ast)
      )
    }
    assert.lengthOf(tags, members.length)
  })

  it.each(Object.keys(made))("%s encodes and decodes", (event) => {
    const sample = made[event]!()
    const text = UserDataEvent.encoder(schema)(sample)
    assert.deepStrictEqual(UserDataEvent.decoder(schema)(text), sample)
    assert.deepStrictEqual(made[event]!(), sample)
    assert.strictEqual(sample.eventTime, 1_795_593_600_000)
  })
})

describe("a sample", () => {
  it("is what the test says, and else the default", () => {
    const sample = Sample.usdFutures.orderTradeUpdate()
    const changed = Sample.usdFutures.orderTradeUpdate({
      eventTime: 1,
      order: { orderStatus: "PARTIALLY_FILLED", orderId: "9007199254740993" }
    })
    assert.deepStrictEqual(changed, {
      ...sample,
      eventTime: 1,
      order: { ...sample.order, orderStatus: "PARTIALLY_FILLED", orderId: "9007199254740993" }
    })
  })

  it("has as many rows in a list as the test gives, each like the one at its place or the last", () => {
    const [first, second] = Sample.spot.outboundAccountPosition().balances
    const changed = Sample.spot.outboundAccountPosition({ balances: [{ free: "1" }, {}, { asset: "ETH" }] })
    assert.deepStrictEqual(changed.balances, [{ ...first!, free: "1" }, second!, { ...second!, asset: "ETH" }])
    assert.deepStrictEqual(Sample.spot.outboundAccountPosition({ balances: [] }).balances, [])
  })

  it("has a field that is undefined as Binance's null", () => {
    const sample = Sample.spot.executionReport({ commissionAsset: undefined })
    assert.isUndefined(sample.commissionAsset)
    assert.include(UserDataEvent.encoder(products.spot.schema)(sample), '"N":null')
  })

  it("takes a secret as a whole", () => {
    const sample = Sample.usdFutures.listenKeyExpired({ listenKey: Redacted.make("another") })
    assert.strictEqual(sample.listenKey && Redacted.value(sample.listenKey), "another")
    assert.notInclude(String(JSON.stringify(sample)), "another")
  })

  it("cannot be what Binance could not send", () => {
    const bad = (overrides: any) => () => Sample.usdFutures.orderTradeUpdate(overrides)
    assert.throws(bad({ eventTime: "yesterday" }))
    assert.throws(bad({ order: { orderId: "first" } }))
    assert.throws(bad({ order: undefined }))
    assert.throws(bad({ eventType: "ORDER" }))
  })

  it("tells one story with the others of its product", () => {
    const { order } = Sample.usdFutures.orderTradeUpdate()
    const lite = Sample.usdFutures.tradeLite()
    const [position] = Sample.usdFutures.accountUpdate().updateData.positions ?? []
    assert.deepStrictEqual(
      [lite.orderId, lite.tradeId, lite.lastFilledQuantity, lite.lastFilledPrice],
      [order.orderId, order.tradeId, order.lastFilledQuantity, order.lastFilledPrice]
    )
    assert.deepStrictEqual(
      [position?.symbol, position?.positionAmount, position?.entryPrice],
      [order.symbol, order.filledAccumulatedQuantity, order.averagePrice]
    )
    const report = Sample.spot.executionReport()
    const [btc, usdt] = Sample.spot.outboundAccountPosition().balances
    const number = (text: string | undefined) => Number(text)
    assert.closeTo(number(btc?.free), number(report.cumulativeFilledQuantity) - number(report.commissionAmount), 1e-12)
    assert.strictEqual(
      number(usdt?.free),
      number(Sample.spot.balanceUpdate().balanceDelta) - number(report.cumulativeQuoteQuantity)
    )
  })

  it.effect("is what a mock layer delivers", () =>
    Effect.gen(function* () {
      const { events } = yield* UsdFutures.UsdFutures
      const [seen] = Chunk.toReadonlyArray(yield* Stream.runCollect(events))
      assert.deepStrictEqual(seen, Sample.usdFutures.tradeLite({ side: "SELL" }))
    }).pipe(
      Effect.provide(MockLayers.usdFutures({ events: Stream.make(Sample.usdFutures.tradeLite({ side: "SELL" })) }))
    )
  )
})

const report = Sample.spot.executionReport()
const usdOrder = Sample.usdFutures.orderTradeUpdate().order
const coinOrder = Sample.coinFutures.orderTradeUpdate().order

describe.each([
  { name: "spot", made: Sample.spotAccount, event: report, commission: report.commissionAmount },
  { name: "USD-M futures", made: Sample.usdFuturesAccount, event: usdOrder, commission: usdOrder.commission },
  { name: "COIN-M futures", made: Sample.coinFuturesAccount, event: coinOrder, commission: coinOrder.commission }
])("samples of the account of $name", ({ commission, event, made }) => {
  it("recovers the order and the fill of the events", () => {
    const { order } = made.recoveredOrder()
    const { fill } = made.recoveredFill({ fill: { origin: "Inferred" } })
    assert.deepStrictEqual(
      [order.symbol, order.orderId, order.clientOrderId, order.status],
      [event.symbol, event.orderId, event.clientOrderId, event.orderStatus]
    )
    assert.deepStrictEqual(
      [fill.symbol, fill.orderId, fill.tradeId, fill.quantity, fill.commission, fill.commissionAsset, fill.origin],
      [event.symbol, event.orderId, event.tradeId, order.filled, commission, event.commissionAsset, "Inferred"]
    )
  })

  it("has a snapshot of the rows that the test gives, and else of the balances and the position after it", () => {
    const { at, state } = made.snapshot()
    assert.deepStrictEqual(state.phase, { _tag: "Current", since: at })
    assert.deepStrictEqual([HashMap.size(state.orders), HashMap.size(state.algoOrders)], [0, 0])
    assert.isAbove(HashMap.size(state.balances), 0)
    for (const { amount } of HashMap.values(state.positions)) {
      assert.strictEqual(amount, made.recoveredFill().fill.quantity)
    }
    const changed = made.snapshot({
      at: 5,
      orders: [{ orderId: "7" }, { orderId: "8", price: "1" }],
      balances: [{ total: "3" }],
      positions: [],
      modes: { dualSidePosition: true }
    })
    assert.strictEqual(changed.at, 5)
    assert.deepStrictEqual(
      Array.from(HashMap.values(changed.state.orders), ({ orderId, status }) => [orderId, status]).sort(),
      [
        ["7", "NEW"],
        ["8", "NEW"]
      ]
    )
    assert.isTrue(HashMap.has(changed.state.orders, `${event.symbol}:7`))
    assert.deepStrictEqual(
      Array.from(HashMap.values(changed.state.balances), ({ total }) => total),
      ["3"]
    )
    assert.isTrue(HashMap.isEmpty(changed.state.positions))
    assert.isTrue(changed.state.modes.dualSidePosition)
  })

  it("tells what nobody can tell, and what differs", () => {
    assert.deepInclude(made.unrecovered({ what: "Orders" }), { _tag: "Unrecovered", what: "Orders" })
    assert.deepStrictEqual(made.diverged({ differences: ["a balance"] }).differences, ["a balance"])
  })

  it("cannot be what an account does not tell", () => {
    assert.throws(() => made.recoveredFill({ fill: { time: "yesterday" as never } }))
    assert.throws(() => made.snapshot({ positions: [{ amount: 1 as never }] }))
  })
})

describe("samples of conditional orders", () => {
  it("are those of the events", () => {
    const { algoOrder } = Sample.usdFuturesAccount.recoveredAlgoOrder({ algoOrder: { status: "CANCELED" } })
    const { algoOrder: told } = Sample.usdFutures.algoUpdate()
    assert.deepInclude(algoOrder, {
      algoId: told.algoId,
      clientAlgoId: told.clientAlgoId,
      triggerPrice: told.triggerPrice,
      status: "CANCELED"
    })
    const { state } = Sample.coinFuturesAccount.snapshot({ algoOrders: [{}] })
    assert.strictEqual(HashMap.size(state.algoOrders), 1)
  })
})
