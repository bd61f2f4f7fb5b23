import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
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
