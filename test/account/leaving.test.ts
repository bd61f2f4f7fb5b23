import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import { type Account, Checkpoint } from "effect-binance-user-data"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import { virtual } from "../products/harness.js"
import { adjust, settle } from "../support/simulated.js"
import { accounts, type Element, identity, makeWithCheckpoint } from "./accounts.js"
import { fillsOf } from "./harness.js"

// What consumers did not handle before they left comes again.

const withCheckpoints = <A, E, R>(body: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Layer.build(Checkpoint.layerMemory), (context) => Effect.provide(body, context))

for (const row of accounts) {
  const { asset, deposit, product, quantity, symbol } = row
  const market = { product, symbol, side: "BUY", type: "MARKET", quantity } as const

  describe(`${product}: consumers that leave`, () => {
    virtual(
      "because a handler failed get its element again when it is tried again",
      withCheckpoints(
        Effect.gen(function* () {
          const binance = yield* SimulatedBinance.SimulatedBinance
          yield* binance.deposit({ product, asset, amount: deposit })
          const account: Account.Account<Element> = yield* makeWithCheckpoint(row)
          const handled: Array<string> = []
          const left = yield* Ref.make(2)
          const store = (fill: string) =>
            Effect.flatMap(
              Ref.updateAndGet(left, (n) => n - 1),
              (n) => (n === 0 ? Effect.fail("the database is away") : Effect.sync(() => void handled.push(fill)))
            )
          yield* account
            .forEach((element: any) =>
              element._tag === "RecoveredFill"
                ? store(element.fill.tradeId)
                : element._tag === "OrderTradeUpdate" && element.order.executionType === "TRADE"
                  ? store(element.order.tradeId)
                  : element._tag === "ExecutionReport" && element.executionType === "TRADE"
                    ? store(element.tradeId)
                    : undefined
            )
            .pipe(Effect.retry(Schedule.spaced("5 seconds")), Effect.forkScoped)
          yield* adjust("2 seconds")
          for (let i = 0; i < 4; i++) {
            yield* binance.placeOrder(market)
          }
          yield* adjust("2 minutes")
          expect(handled).toEqual((yield* binance.book({ product })).fills.map(({ tradeId }) => tradeId))
        })
      )
    )

    virtual(
      "one after the other leave the checkpoint of the slowest one",
      withCheckpoints(
        Effect.gen(function* () {
          const binance = yield* SimulatedBinance.SimulatedBinance
          yield* binance.deposit({ product, asset, amount: deposit })
          const scope = yield* Scope.make()
          const account: Account.Account<Element> = yield* Scope.extend(makeWithCheckpoint(row), scope)
          const slow = yield* Effect.forkIn(
            account.forEach(({ _tag }) => (["Opened", "Snapshot"].includes(_tag) ? undefined : Effect.never)),
            scope
          )
          const quick = yield* Effect.forkIn(
            account.forEach(() => {}),
            scope
          )
          yield* adjust("2 seconds")
          yield* binance.placeOrder(market)
          yield* adjust("5 seconds")
          for (const fiber of [slow, quick]) {
            yield* Fiber.interruptFork(fiber)
            yield* settle
          }
          yield* adjust("5 seconds")
          yield* Scope.close(scope, Exit.void).pipe(Effect.fork)
          yield* adjust("5 seconds")
          const again: Account.Account<Element> = yield* makeWithCheckpoint(row)
          const fills = yield* fillsOf(again)
          yield* adjust("1 minute")
          expect(fills).toEqual((yield* binance.book({ product })).fills.map((fill) => `${identity(fill)} Recovered`))
        })
      )
    )
  })
}
