import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { virtual } from "../products/harness.js"
import { adjust, during } from "../support/simulated.js"
import { accounts, identity, pictureOf } from "./accounts.js"
import { consume, expectTruth, fillsOf, inGap, start } from "./harness.js"

// Recipes on the exchange of orders, fills and positions that a gap or a late answer hides.

const calls = {
  Spot: { openOrders: "GET /api/v3/openOrders", orders: "GET /api/v3/allOrders", trades: "GET /api/v3/myTrades" },
  UsdFutures: {
    openOrders: "GET /fapi/v1/openOrders",
    orders: "GET /fapi/v1/allOrders",
    trades: "GET /fapi/v1/userTrades"
  },
  CoinFutures: {
    openOrders: "GET /dapi/v1/openOrders",
    orders: "GET /dapi/v1/allOrders",
    trades: "GET /dapi/v1/userTrades"
  }
}

const recovered = (elements: ReadonlyArray<any>) =>
  elements.flatMap(({ _tag, order }) => (_tag === "RecoveredOrder" ? [order] : []))

for (const row of accounts) {
  const { price, product, quantity, symbol } = row
  const { openOrders, orders, trades } = calls[product]
  const limit = { product, symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", price, quantity } as const
  const market = { product, symbol, side: "BUY", type: "MARKET", quantity } as const
  const part = String(Number(quantity) / 5)

  describe(`${product}: on the exchange`, () => {
    virtual(
      "6 · a cancelled order keeps the client id that it was placed with, live and recovered",
      Effect.gen(function* () {
        const { account, binance, elements } = yield* start(row)
        const live = yield* binance.placeOrder({ ...limit, newClientOrderId: "live" })
        const missed = yield* binance.placeOrder({ ...limit, newClientOrderId: "missed" })
        yield* adjust("1 second")
        yield* binance.cancel({ product, ...live })
        yield* adjust("1 second")
        expect(Array.from(HashMap.values((yield* account.state).orders), ({ clientOrderId }) => clientOrderId)).toEqual(
          ["missed"]
        )
        yield* inGap(binance.cancel({ product, ...missed }))
        expect(recovered(elements)).toMatchObject([
          { orderId: missed.orderId, clientOrderId: "missed", status: "CANCELED" }
        ])
        yield* expectTruth(account, product)
      })
    )

    virtual(
      "7 · the end of an order that was filled in part waits for its fill",
      Effect.gen(function* () {
        const { account, binance, elements, fills } = yield* start(row)
        const placed = yield* binance.placeOrder(limit)
        yield* adjust("1 second")
        const fill = yield* inGap(
          Effect.gen(function* () {
            const fill = yield* binance.fill({ product, ...placed, quantity: part })
            yield* binance.cancel({ product, ...placed })
            yield* binance.inject(Fault.laggingRead({ endpoint: trades, by: "30 seconds", for: "15 seconds" }))
            return fill
          })
        )
        const told = elements.filter(({ _tag }) => _tag === "RecoveredFill" || _tag === "RecoveredOrder")
        expect(told.map(({ _tag }) => _tag)).toEqual(["RecoveredFill", "RecoveredOrder"])
        expect(told[1].order).toMatchObject({ orderId: placed.orderId, status: "CANCELED" })
        expect(Number(told[1].order.filled)).toBe(Number(part))
        expect(fills).toEqual([`${identity(fill)} Recovered`])
        yield* expectTruth(account, product)
      })
    )

    virtual(
      "8 · an order that expired without a fill is no fill and no position",
      Effect.gen(function* () {
        const { account, binance, elements, fills } = yield* start(row)
        const placed = yield* binance.placeOrder(limit)
        yield* inGap(binance.expire({ product, ...placed }))
        expect(recovered(elements)).toMatchObject([{ orderId: placed.orderId, status: "EXPIRED" }])
        expect([fills, HashMap.size((yield* account.state).positions)]).toEqual([[], 0])
        yield* expectTruth(account, product)
      })
    )

    virtual(
      "9 · an order whose event was lost and that the first list lacks is found by the check that confirms",
      Effect.gen(function* () {
        const { account, binance, elements } = yield* start(row)
        const { orderId } = yield* inGap(
          Effect.gen(function* () {
            const placed = yield* binance.placeOrder(limit)
            for (const endpoint of [openOrders, orders]) {
              yield* binance.inject(Fault.lackingOrder({ endpoint, orderId: placed.orderId, for: "15 seconds" }))
            }
            return placed
          })
        )
        expect(recovered(elements)).toMatchObject([{ orderId, status: "NEW" }])
        yield* expectTruth(account, product)
      })
    )

    virtual(
      "11 · orders that self-trade prevention ends, live and in a gap: no fill, and the recovery goes on",
      Effect.gen(function* () {
        const { account, binance, elements, fills } = yield* start(row)
        yield* binance.placeOrder({ ...market, quantity: String(3 * Number(quantity)) })
        const prevent = Effect.gen(function* () {
          const maker = yield* binance.placeOrder(limit)
          yield* binance.placeOrder({ ...limit, side: "SELL", selfTradePreventionMode: "EXPIRE_BOTH" })
          return maker.orderId
        })
        yield* prevent
        yield* adjust("1 second")
        const [orderId, fill] = yield* inGap(Effect.all([prevent, binance.placeOrder({ ...market, side: "SELL" })]))
        const ended = recovered(elements).filter((order) => order.status === "EXPIRED_IN_MATCH")
        expect(ended.map((order) => order.orderId)).toContain(orderId)
        expect(recovered(elements).map((order) => order.orderId)).toContain(fill.orderId)
        expect(fills).toHaveLength(2)
        expect(elements.map(({ _tag }) => _tag)).not.toContain("Unrecovered")
        yield* expectTruth(account, product)
      })
    )

    virtual(
      "13 · two orders of the account that trade with each other: two fills with one trade id",
      Effect.gen(function* () {
        const { account, binance, fills } = yield* start(row)
        yield* binance.placeOrder({ ...market, quantity: String(3 * Number(quantity)) })
        const trade = Effect.gen(function* () {
          yield* binance.placeOrder({ ...limit, selfTradePreventionMode: "NONE" })
          yield* binance.placeOrder({ ...limit, side: "SELL", selfTradePreventionMode: "NONE" })
        })
        yield* trade
        yield* adjust("1 second")
        yield* inGap(trade)
        const book = yield* binance.book({ product })
        expect(new Set(book.fills.map(({ tradeId }) => tradeId)).size).toBe(3)
        expect(fills.toSorted()).toEqual(
          book.fills.map((fill, index) => `${identity(fill)} ${index < 3 ? "Stream" : "Recovered"}`).toSorted()
        )
        expect(fills).toHaveLength(5)
        yield* expectTruth(account, product)
      })
    )

    virtual(
      "15 · a fill that REST does not show is inferred at the price of the sums",
      Effect.gen(function* () {
        const { account, binance, elements, fills } = yield* start(row)
        yield* inGap(
          Effect.gen(function* () {
            const { orderId } = yield* binance.placeOrder(market)
            yield* binance.inject(Fault.lackingOrder({ endpoint: trades, orderId, for: "90 seconds" }))
          })
        )
        const book = yield* binance.book({ product })
        const inferred = elements.filter(({ _tag }) => _tag === "RecoveredFill")
        expect(inferred).toMatchObject([{ fill: { origin: "Inferred" } }])
        expect(inferred[0].fill.tradeId).toBeUndefined()
        expect(Number(inferred[0].fill.price)).toBeCloseTo(Number(book.fills[0]!.price), 6)
        expect(Number(inferred[0].fill.quantity)).toBe(Number(quantity))
        yield* adjust("20 minutes")
        yield* inGap(Effect.void)
        expect(fills).toHaveLength(1)
        yield* expectTruth(account, product)
      })
    )

    virtual(
      "20 · an order that the history lacks is found by its own query, a new one by its fill",
      Effect.gen(function* () {
        const { account, binance, elements, fills } = yield* start(row)
        const open = yield* binance.placeOrder(limit)
        yield* inGap(
          Effect.gen(function* () {
            yield* binance.fill({ product, ...open })
            const placed = yield* binance.placeOrder(market)
            for (const { orderId } of [open, placed]) {
              yield* binance.inject(Fault.lackingOrder({ endpoint: orders, orderId, for: "1 hour" }))
            }
          })
        )
        const book = yield* binance.book({ product })
        expect(fills).toEqual(book.fills.map((fill) => `${identity(fill)} Recovered`))
        expect(recovered(elements).map(({ filled, status }) => `${status} ${Number(filled)}`)).toEqual([
          `FILLED ${Number(quantity)}`,
          `FILLED ${Number(quantity)}`
        ])
        yield* expectTruth(account, product)
      })
    )

    virtual(
      "22 · an order that nobody knew, filled in part and cancelled, opens no phantom",
      Effect.gen(function* () {
        const { account, binance, elements, fills } = yield* start(row)
        const fill = yield* inGap(
          Effect.gen(function* () {
            const placed = yield* binance.placeOrder(limit)
            const fill = yield* binance.fill({ product, ...placed, quantity: part })
            yield* binance.cancel({ product, ...placed })
            return fill
          })
        )
        expect(fills).toEqual([`${identity(fill)} Recovered`])
        expect(recovered(elements)).toMatchObject([{ orderId: fill.orderId, status: "CANCELED" }])
        expect(HashMap.size((yield* account.state).orders)).toBe(0)
        yield* expectTruth(account, product)
      })
    )

    virtual(
      "28 · a hand on a symbol that nobody named is found, or the assets are named",
      Effect.gen(function* () {
        const { account, binance, elements, fills } = yield* start(row, [symbol])
        const own = yield* binance.placeOrder(limit)
        const hand = yield* inGap(
          Effect.gen(function* () {
            const canceled = yield* binance.placeOrder({ ...limit, symbol: row.other, price: "2000" })
            yield* binance.cancel({ product, ...canceled })
            return yield* binance.placeOrder({ ...market, symbol: row.other })
          })
        )
        yield* adjust("20 minutes")
        const isNamed = elements.some(({ _tag, assets }) => _tag === "Unrecovered" && assets !== undefined)
        const found = fills.filter((fill) => fill.includes(` ${hand.orderId} `))
        expect(found.length === 1 || isNamed).toBe(true)
        expect(HashMap.has((yield* account.state).orders, `${symbol}:${own.orderId}`)).toBe(true)
        yield* expectTruth(account, product)
      })
    )

    if (product === "Spot") {
      virtual(
        "33 · a delta whose absolute balance never comes is asked about, and one whose balance comes is not added",
        Effect.gen(function* () {
          const { account, binance, elements } = yield* start(row)
          yield* binance.deposit({ product, asset: row.asset, amount: "10" })
          yield* adjust("1 second")
          yield* expectTruth(account, product)
          const before = elements.length
          yield* binance.inject(Fault.loseFrame({ skip: 1 }))
          yield* binance.deposit({ product, asset: row.asset, amount: "10" })
          yield* adjust("30 seconds")
          expect(elements.slice(before).map(({ _tag }) => _tag)).toEqual(["BalanceUpdate", "Snapshot"])
          yield* expectTruth(account, product)
        })
      )
    }

    if (product === "UsdFutures") {
      virtual(
        "18 · a position that moves without its fill: the fill is asked for",
        Effect.gen(function* () {
          const { account, binance, elements, fills } = yield* start(row)
          const placed = yield* binance.placeOrder(limit)
          yield* adjust("1 second")
          const before = elements.length
          yield* binance.inject(Fault.loseFrame({ skip: 2 }))
          const fill = yield* binance.fill({ product, ...placed })
          yield* adjust("1 second")
          expect(elements.slice(before).map(({ _tag }) => _tag)).toEqual(["TradeLite", "AccountUpdate"])
          expect(fills).toEqual([])
          yield* adjust("30 seconds")
          expect(fills).toEqual([`${identity(fill)} Recovered`])
          expect(elements.map(({ _tag }) => _tag)).not.toContain("Diverged")
          yield* expectTruth(account, product)
        })
      )
    }

    if (product !== "Spot") {
      virtual(
        "5 · a reduce-only order that is accepted with less is filled with what was accepted",
        Effect.gen(function* () {
          const { account, binance, elements, fills } = yield* start(row)
          const exit = Effect.gen(function* () {
            yield* binance.placeOrder(market)
            const more = String(2 * Number(quantity))
            return yield* binance.placeOrder({
              ...limit,
              side: "SELL",
              price: "95000",
              quantity: more,
              reduceOnly: true
            })
          })
          const placed = yield* exit
          yield* adjust("1 second")
          const open = HashMap.unsafeGet((yield* account.state).orders, `${symbol}:${placed.orderId}`)
          expect(Number(open.quantity)).toBe(Number(quantity))
          yield* binance.fill({ product, ...placed })
          yield* adjust("1 second")
          expect([fills.length, HashMap.size((yield* account.state).orders)]).toEqual([2, 0])
          const missed = yield* inGap(Effect.tap(exit, (placed) => binance.fill({ product, ...placed })))
          const order = recovered(elements).find(({ orderId }) => orderId === missed.orderId)
          expect([order.status, Number(order.quantity), Number(order.filled)]).toEqual([
            "FILLED",
            Number(quantity),
            Number(quantity)
          ])
          expect(fills).toHaveLength(4)
          yield* expectTruth(account, product)
        })
      )

      virtual(
        "35 · what is available is that of its last reading",
        Effect.gen(function* () {
          const { account, binance } = yield* start(row)
          const available = Effect.map(
            account.state,
            ({ balances }) => HashMap.unsafeGet(balances, row.asset).available
          )
          const before = yield* available
          yield* binance.placeOrder(limit)
          yield* adjust("1 second")
          expect(yield* available).toEqual(before)
          yield* binance.placeOrder(market)
          yield* adjust("1 second")
          expect(yield* available).toEqual(before)
          yield* during("1 minute", account.refresh)
          const after = yield* available
          expect(after!.readAt).toBeGreaterThan(before!.readAt)
          expect(Number(after!.amount)).toBeLessThan(Number(before!.amount))
          yield* expectTruth(account, product)
        })
      )

      virtual(
        "24 · a position that is older than all that the account knows is the row's, and no fill is made up",
        Effect.gen(function* () {
          const binance = yield* SimulatedBinance.SimulatedBinance
          yield* binance.deposit({ product, asset: row.asset, amount: row.deposit })
          yield* binance.placeOrder({ ...market, side: "SELL" })
          yield* adjust("20 days")
          const account = yield* row.make()
          const elements = yield* consume(account)
          const fills = yield* fillsOf(account)
          yield* adjust("1 minute")
          expect(fills).toEqual([])
          expect(elements.map(({ _tag }) => _tag)).not.toContain("Unrecovered")
          expect(Object.values(pictureOf(yield* account.state).positions)).toEqual([-Number(quantity)])
          yield* expectTruth(account, product)
        })
      )

      virtual(
        "26 · the legs of hedge mode are apart, live and recovered",
        Effect.gen(function* () {
          const { account, binance, elements } = yield* start(row)
          yield* binance.setPositionMode({ product, dualSidePosition: true })
          const legs = Effect.gen(function* () {
            yield* binance.placeOrder({ ...market, positionSide: "LONG" })
            yield* binance.placeOrder({ ...market, side: "SELL", positionSide: "SHORT" })
          })
          yield* legs
          yield* adjust("1 second")
          yield* expectTruth(account, product)
          yield* inGap(legs)
          const double = 2 * Number(quantity)
          expect(pictureOf(yield* account.state).positions).toEqual({
            [`${symbol} LONG`]: double,
            [`${symbol} SHORT`]: -double
          })
          expect(elements.map(({ _tag }) => _tag)).not.toContain("Unrecovered")
          yield* expectTruth(account, product)
        })
      )
    }
  })
}
