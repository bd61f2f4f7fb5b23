import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { Checkpoint } from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { requestCounts, virtual } from "../products/harness.js"
import { adjust } from "../support/simulated.js"
import { accounts, identity, makeWithCheckpoint, type Row } from "./accounts.js"
import { consume, expectTruth, fillsOf, inGap } from "./harness.js"

// Recipes 1 and 2 on the exchange: a stop triggers, and no order is born, or its order is faster than its updates.

const calls = {
  UsdFutures: { path: "/fapi/v1", one: "GET /fapi/v1/algoOrder", open: "GET /fapi/v1/openAlgoOrders" },
  CoinFutures: { path: "/dapi/v1", one: "GET /dapi/v1/algoOrder", open: "GET /dapi/v1/openAlgoOrders" }
}

type Futures = Extract<Row, { readonly product: "UsdFutures" | "CoinFutures" }>

/** A position with a stop below the price. */
const protectedPosition = ({ asset, deposit, product, quantity, symbol }: Futures) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    yield* binance.deposit({ product, asset, amount: deposit })
    yield* binance.placeOrder({ product, symbol, side: "BUY", type: "MARKET", quantity })
    const { algoId } = yield* binance.placeAlgoOrder({
      product,
      symbol,
      side: "SELL",
      type: "STOP_MARKET",
      quantity,
      triggerPrice: "85000",
      reduceOnly: true,
      clientAlgoId: "sl-1"
    })
    yield* adjust("1 minute")
    return { algoId, binance, fall: binance.setPrice({ product, symbol, price: "84000" }) }
  })

const unrecovered = (elements: ReadonlyArray<{ readonly _tag: string }>) =>
  elements.filter(({ _tag }) => _tag === "Unrecovered")

for (const row of accounts) {
  if (row.product === "Spot") {
    continue
  }
  const { product, symbol } = row
  const { one, open, path } = calls[product]
  const key = `${symbol}:BOTH`

  describe(`${product}: 2 · a stop whose updates come after the events of its order`, () => {
    for (const [name, by, isGap] of [
      ["on the exchange: one fill and one end", "8 millis", false],
      [
        "on the exchange, the fill in a gap and the updates after it: one recovered fill and one end",
        "20 seconds",
        true
      ]
    ] as const) {
      virtual(
        name,
        Effect.gen(function* () {
          const account = yield* row.make({ symbols: [symbol] })
          const elements: ReadonlyArray<any> = yield* consume(account)
          const fills = yield* fillsOf(account)
          const { algoId, binance, fall } = yield* protectedPosition(row)
          const before = elements.length
          yield* binance.inject(Fault.lateAlgoUpdates({ by }))
          yield* isGap ? inGap(fall) : fall
          yield* adjust("2 minutes")
          const told = elements.slice(before).filter(({ _tag }) => _tag === "OrderTradeUpdate" || _tag === "AlgoUpdate")
          expect(
            told.map(({ _tag, algoOrder, order }) => `${_tag} ${order?.orderStatus ?? algoOrder.algoStatus}`)
          ).toEqual([
            ...(isGap ? [] : ["OrderTradeUpdate NEW", "OrderTradeUpdate FILLED"]),
            "AlgoUpdate TRIGGERING",
            "AlgoUpdate TRIGGERED",
            "AlgoUpdate FINISHED"
          ])
          const book = yield* binance.book({ product })
          expect(fills).toEqual(
            book.fills.map((fill, index) => `${identity(fill)} ${isGap && index > 0 ? "Recovered" : "Stream"}`)
          )
          expect(fills).toHaveLength(2)
          const { algoOrders, orders, positions } = yield* account.state
          expect([HashMap.has(algoOrders, algoId), HashMap.size(orders), HashMap.size(positions)]).toEqual([
            false,
            0,
            0
          ])
          expect(unrecovered(elements)).toEqual([])
          yield* expectTruth(account, product)
        })
      )
    }
  })

  describe(`${product}: 4 · the sibling of a stop`, () => {
    virtual(
      "on the exchange: stays after the stop has fired, also after a gap, and ends by its own event",
      Effect.gen(function* () {
        const account = yield* row.make({ symbols: [symbol] })
        const elements = yield* consume(account)
        const { binance, fall } = yield* protectedPosition(row)
        const sibling = yield* binance.placeAlgoOrder({
          product,
          symbol,
          side: "SELL",
          type: "TAKE_PROFIT_MARKET",
          quantity: row.quantity,
          triggerPrice: "95000",
          reduceOnly: true
        })
        yield* fall
        yield* adjust("1 second")
        const remains = Effect.map(account.state, ({ algoOrders }) => Array.from(HashMap.keys(algoOrders)))
        expect(yield* remains).toEqual([sibling.algoId])
        yield* inGap(Effect.void)
        expect(yield* remains).toEqual([sibling.algoId])
        yield* binance.cancelAlgoOrder({ product, algoId: sibling.algoId })
        yield* adjust("1 second")
        expect(yield* remains).toEqual([])
        expect(unrecovered(elements)).toEqual([])
        yield* expectTruth(account, product)
      })
    )
  })

  describe(`${product}: 3 · a conditional order that REST does not list`, () => {
    virtual(
      "on the exchange: it is asked for singly and in the list of all, never as an order, and stays open",
      Effect.gen(function* () {
        const account = yield* row.make({ symbols: [symbol] })
        const elements: ReadonlyArray<any> = yield* consume(account)
        const { algoId, binance } = yield* protectedPosition(row)
        const orders = (yield* requestCounts)[`GET ${path}/order`] ?? 0
        yield* binance.inject(Fault.lackingOrder({ endpoint: open, orderId: algoId, for: "5 minutes" }))
        yield* binance.inject(Fault.errorAnswer({ endpoint: one, status: 400, code: -2013, for: "5 minutes" }))
        yield* inGap(Effect.void)
        const { algoOrders } = yield* account.state
        expect(HashMap.has(algoOrders, algoId)).toBe(true)
        expect((yield* requestCounts)[`GET ${path}/order`] ?? 0).toBe(orders)
        expect(elements.filter(({ _tag }) => _tag === "RecoveredAlgoOrder")).toEqual([])
        yield* expectTruth(account, product)
      })
    )

    virtual(
      "on the exchange: it has become an order that was filled: ended, and the fill recovered",
      Effect.gen(function* () {
        const account = yield* row.make({ symbols: [symbol] })
        const elements: ReadonlyArray<any> = yield* consume(account)
        const fills = yield* fillsOf(account)
        const { algoId, binance, fall } = yield* protectedPosition(row)
        yield* binance.inject(Fault.errorAnswer({ endpoint: one, status: 400, code: -2013, for: "5 minutes" }))
        yield* inGap(fall)
        const book = yield* binance.book({ product })
        expect(fills).toEqual(
          book.fills.map((fill, index) => `${identity(fill)} ${index > 0 ? "Recovered" : "Stream"}`)
        )
        expect(elements.filter(({ _tag }) => _tag === "RecoveredAlgoOrder")).toMatchObject([
          { algoOrder: { algoId, status: "FINISHED" } }
        ])
        yield* expectTruth(account, product)
      })
    )
  })

  describe(`${product}: a stop that triggers and becomes no order`, () => {
    for (const [variant, isListed] of [
      ["and is listed", true],
      ["and is not listed", false]
    ] as const) {
      virtual(
        `${variant}, is said within seconds, once, and asked for a few times`,
        Effect.gen(function* () {
          const account = yield* row.make()
          const elements = yield* consume(account)
          const fills = yield* fillsOf(account)
          const { algoId, binance, fall } = yield* protectedPosition(row)
          yield* binance.inject(Fault.holdTriggers)
          if (!isListed) {
            yield* binance.inject(Fault.lackingOrder({ endpoint: open, orderId: algoId, for: "1 day" }))
          }
          const before = (yield* requestCounts)[one] ?? 0
          yield* fall
          yield* adjust("9 seconds")
          expect(unrecovered(elements)).toEqual([])
          yield* adjust("6 seconds")
          expect(unrecovered(elements)).toMatchObject([{ what: "AlgoOrder", symbol, algoId }])

          yield* adjust("1 hour")
          expect(unrecovered(elements)).toHaveLength(1)
          expect(elements.filter(({ _tag }) => _tag === "Diverged")).toEqual([])
          // A few in the first seconds, and one in each of the four comparisons of an hour.
          expect((yield* requestCounts)[one]! - before).toBeLessThanOrEqual(12)
          const state = yield* account.state
          expect(state.phase._tag).toBe("Current")
          expect(HashMap.unsafeGet(state.algoOrders, algoId)).toMatchObject({
            status: "TRIGGERING",
            orderId: undefined
          })
          expect(HashMap.has(state.positions, key)).toBe(true)
          expect(fills).toHaveLength(1)
          const refusal = yield* Effect.flip(binance.cancelAlgoOrder({ product, algoId }))
          expect(refusal.code).toBe(-2011)

          yield* binance.inject(Fault.clear)
          yield* adjust("1 minute")
          yield* expectTruth(account, product)
          const book = yield* binance.book({ product })
          expect([book.openAlgoOrders, book.positions]).toEqual([[], []])
          expect(fills).toEqual(book.fills.map((fill) => `${identity(fill)} Stream`))
          expect(unrecovered(elements)).toHaveLength(1)
        })
      )
    }

    virtual(
      "is not said if the order comes while it is asked for",
      Effect.gen(function* () {
        const account = yield* row.make()
        const elements = yield* consume(account)
        const { binance, fall } = yield* protectedPosition(row)
        yield* binance.inject(Fault.holdTriggers)
        yield* fall
        yield* adjust("6 seconds")
        yield* binance.inject(Fault.releaseTriggers)
        yield* adjust("10 minutes")
        expect(unrecovered(elements)).toEqual([])
        yield* expectTruth(account, product)
      })
    )

    for (const [name, fault, wait] of [
      ["in a gap", Fault.refuseConnects("reset", { for: "30 seconds" }), "2 minutes"],
      ["while the stream is deaf", Fault.stopEvents(), "20 minutes"]
    ] as const) {
      virtual(
        `${name}, is said once`,
        Effect.gen(function* () {
          const account = yield* row.make()
          const elements = yield* consume(account)
          const { algoId, binance, fall } = yield* protectedPosition(row)
          yield* binance.inject(Fault.holdTriggers)
          yield* binance.inject(fault)
          yield* binance.inject(fault._tag === "Connect" ? Fault.dropSockets() : fault)
          yield* adjust("1 second")
          yield* fall
          yield* adjust(wait)
          expect(unrecovered(elements)).toMatchObject([{ what: "AlgoOrder", symbol, algoId }])
          yield* expectTruth(account, product)
          yield* binance.inject(Fault.resumeEvents())
          yield* binance.inject(Fault.releaseTriggers)
          yield* adjust("20 minutes")
          expect(unrecovered(elements)).toHaveLength(1)
          yield* expectTruth(account, product)
        })
      )
    }

    virtual(
      "is kept over a restart, with the time of its trigger, and not said again",
      Effect.gen(function* () {
        const checkpoints = yield* Layer.build(Checkpoint.layerMemory)
        const start = Effect.gen(function* () {
          const scope = yield* Scope.make()
          const account = yield* makeWithCheckpoint(row).pipe(Effect.provide(checkpoints), Scope.extend(scope))
          const elements = yield* Scope.extend(consume(account), scope)
          const stop = Effect.gen(function* () {
            const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
            yield* adjust("5 seconds")
            yield* closing.await
          })
          return { account, elements, stop }
        })
        const first = yield* start
        const { algoId, binance, fall } = yield* protectedPosition(row)
        yield* binance.inject(Fault.holdTriggers)
        yield* fall
        yield* adjust("20 seconds")
        expect(unrecovered(first.elements)).toHaveLength(1)
        const { triggeredAt } = HashMap.unsafeGet((yield* first.account.state).algoOrders, algoId)
        yield* first.stop
        yield* adjust("40 seconds")

        const second = yield* start
        yield* adjust("20 minutes")
        expect(unrecovered(second.elements)).toEqual([])
        const { algoOrders } = yield* second.account.state
        expect(HashMap.unsafeGet(algoOrders, algoId)).toMatchObject({ status: "TRIGGERING", triggeredAt })
        yield* binance.inject(Fault.releaseTriggers)
        yield* adjust("1 minute")
        yield* expectTruth(second.account, product)
        yield* second.stop
      })
    )
  })
}
