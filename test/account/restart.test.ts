import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type Account, Checkpoint, Credentials } from "effect-binance-user-data"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import { virtual } from "../products/harness.js"
import { adjust, settle } from "../support/simulated.js"
import { accounts, type Element, identity, makeWithCheckpoint } from "./accounts.js"
import { expectTruth } from "./harness.js"

/** Runs a program that keeps an account with a checkpoint, until it is stopped. */
const program = (row: (typeof accounts)[number], options: Account.Options = {}) =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const elements: Array<any> = []
    const fills: Array<Account.Fill> = []
    const account: Account.Account<Element> = yield* Scope.extend(makeWithCheckpoint(row, options), scope)
    yield* Effect.forkIn(
      account.forEach((element) => void elements.push(element)),
      scope
    )
    yield* Effect.forkIn(
      Stream.runForEach(account.fills, (fill) => Effect.sync(() => fills.push(fill))),
      scope
    )
    yield* adjust("2 seconds")
    const stop = Effect.gen(function* () {
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* adjust("5 seconds")
      yield* closing.await
    })
    return { account, elements, fills, stop }
  })

/** The checkpoints of a test, which outlive its programs. */
const withCheckpoints = <A, E, R>(body: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Layer.build(Checkpoint.layerMemory), (context) => Effect.provide(body, context))

const tags = (elements: ReadonlyArray<Element>) => elements.map(({ _tag }) => _tag)

for (const row of accounts) {
  const { asset, deposit, price, product, quantity, symbol } = row
  const limit = { product, symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", price, quantity } as const
  const part = (Number(quantity) / 10).toString()

  describe(`${product}: a restart`, () => {
    for (const [name, minutes] of [
      ["after 5 minutes", 5],
      ["after 2 days", 2 * 24 * 60],
      ["after 8 days", 8 * 24 * 60],
      ["after 4 months", 120 * 24 * 60]
    ] as const) {
      virtual(
        `${name} is a gap like any other`,
        withCheckpoints(
          Effect.gen(function* () {
            const binance = yield* SimulatedBinance.SimulatedBinance
            yield* binance.deposit({ product, asset, amount: deposit })
            const first = yield* program(row)
            const resting = yield* binance.placeOrder(limit)
            yield* binance.placeOrder({ ...limit, type: "MARKET", price: undefined, timeInForce: undefined })
            yield* binance.fill({ product, ...resting, quantity: part })
            yield* adjust("5 seconds")
            yield* first.stop
            expect(first.fills).toHaveLength(2)

            yield* adjust("1 minute")
            yield* binance.fill({ product, ...resting })
            const canceled = yield* binance.placeOrder(limit)
            yield* binance.cancel({ product, ...canceled })
            yield* adjust(`${minutes} minutes`)
            yield* binance.placeOrder({ ...limit, type: "MARKET", price: undefined, timeInForce: undefined })

            const second = yield* program(row)
            yield* adjust("1 minute")
            yield* expectTruth(second.account, product)
            const book = yield* binance.book({ product })
            const told = [...first.fills, ...second.fills].map(identity)
            const isForgotten = product !== "Spot" && minutes > 90 * 24 * 60
            const expected = book.fills.filter((_, index) => !isForgotten || index !== 2).map(identity)
            expect(told.toSorted()).toEqual(expected.toSorted())
            expect(second.fills.every(({ origin }) => origin === "Recovered")).toBe(true)
            expect(tags(second.elements).includes("Unrecovered")).toBe(
              (product !== "Spot" && minutes > 3 * 24 * 60) || minutes > 90 * 24 * 60
            )
            yield* second.stop
          })
        )
      )
    }

    for (const side of ["BUY", "SELL"] as const) {
      virtual(
        `between a ${side} and the balances that it moved misses nothing`,
        withCheckpoints(
          Effect.gen(function* () {
            const binance = yield* SimulatedBinance.SimulatedBinance
            yield* binance.deposit({ product, asset, amount: deposit })
            yield* binance.placeOrder({ product, symbol, side: "BUY", type: "MARKET", quantity })
            yield* adjust("1 second")
            const scope = yield* Scope.make()
            const account: Account.Account<Element> = yield* Scope.extend(makeWithCheckpoint(row), scope)
            yield* Effect.forkIn(
              Stream.runForEach(account.committable, ({ commit, fills }) =>
                fills.length > 0 ? Effect.orDie(commit) : Effect.void
              ),
              scope
            )
            yield* adjust("1 minute")
            yield* binance.placeOrder({ product, symbol, side, type: "MARKET", quantity: part })
            yield* adjust("1 second")
            const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
            yield* adjust("5 seconds")
            yield* closing.await
            const again = yield* program(row)
            yield* adjust("1 minute")
            yield* expectTruth(again.account, product)
            expect(tags(again.elements)).toContain("Snapshot")
            expect(again.elements.filter(({ _tag }) => _tag === "Unrecovered" || _tag === "RecoveredFill")).toEqual([])
            yield* again.stop
          })
        )
      )
    }

    virtual(
      "goes on from what the consumer has handled, and not from what it was given",
      withCheckpoints(
        Effect.gen(function* () {
          const binance = yield* SimulatedBinance.SimulatedBinance
          yield* binance.deposit({ product, asset, amount: deposit })
          const scope = yield* Scope.make()
          const account: Account.Account<Element> = yield* Scope.extend(makeWithCheckpoint(row), scope)
          const commits = yield* Ref.make(0)
          const taken: Array<string> = []
          yield* Effect.forkIn(
            Stream.runForEach(account.committable, ({ commit, fills }) => {
              taken.push(...fills.map(identity))
              return taken.length < 2
                ? Effect.zipRight(
                    Effect.orDie(commit),
                    Ref.update(commits, (count) => count + 1)
                  )
                : Effect.void
            }),
            scope
          )
          yield* adjust("2 seconds")
          for (let i = 0; i < 3; i++) {
            yield* binance.placeOrder({ ...limit, type: "MARKET", price: undefined, timeInForce: undefined })
          }
          yield* settle
          expect(taken).toHaveLength(3)
          const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
          yield* adjust("5 seconds")
          yield* closing.await
          const again = yield* program(row)
          yield* adjust("1 minute")
          expect(again.fills.map(identity)).toEqual(taken.slice(1))
          yield* again.stop
        })
      )
    )

    virtual(
      "with the checkpoint of another account is refused, or starts without it",
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        yield* binance.account({ apiKey: "other", account: "other", secretKey: SimulatedBinance.defaultSecretKey })
        const { signer } = yield* Credentials.Credentials
        const kept = yield* Ref.make<Option.Option<Checkpoint.Checkpoint>>(Option.none())
        const store = Layer.succeed(Checkpoint.CheckpointStore, {
          load: () => Ref.get(kept),
          save: (_, checkpoint) => Ref.set(kept, Option.some(checkpoint))
        })
        const first = yield* Effect.provide(program(row), store)
        yield* first.stop
        expect(Option.isSome(yield* Ref.get(kept))).toBe(true)
        const other = Credentials.layer({ apiKey: "other", signer: Option.getOrUndefined(signer) })
        const refused = yield* program(row).pipe(Effect.provide([store, other]), Effect.either)
        expect(refused).toMatchObject({ _tag: "Left", left: { _tag: "CheckpointError", kind: "Foreign" } })
        const fresh = yield* Effect.provide(program(row, { checkpoint: { onInvalid: "startFresh" } }), [store, other])
        yield* expectTruth(fresh.account, product).pipe(Effect.ignore)
        expect(tags(fresh.elements)).toEqual(["Opened", "Snapshot"])
        yield* fresh.stop
      })
    )
  })
}
