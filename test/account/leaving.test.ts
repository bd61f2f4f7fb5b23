import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type Account, Checkpoint } from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { virtual } from "../products/harness.js"
import { adjust, settle } from "../support/simulated.js"
import { makeLog } from "../telemetry/observer.js"
import { accounts, type Element, identity, makeWithCheckpoint, make as makeWithout } from "./accounts.js"
import { expectTruth, fillsOf } from "./harness.js"

// What consumers did not handle before they left comes again.

const withCheckpoints = <A, E, R>(body: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Layer.build(Checkpoint.layerMemory), (context) => Effect.provide(body, context))

for (const row of accounts) {
  const { asset, deposit, product, quantity, symbol } = row
  const market = { product, symbol, side: "BUY", type: "MARKET", quantity } as const

  describe(`${product}: consumers that leave`, () => {
    /** Stores each fill that the elements tell; fails with the second, once. */
    const storing = (handled: Array<string>) =>
      Effect.map(Ref.make(2), (left) => {
        const store = (fill: string) =>
          Effect.flatMap(
            Ref.updateAndGet(left, (n) => n - 1),
            (n) => (n === 0 ? Effect.fail("the database is away") : Effect.sync(() => void handled.push(fill)))
          )
        return (element: any) =>
          element._tag === "RecoveredFill"
            ? store(element.fill.tradeId)
            : element._tag === "OrderTradeUpdate" && element.order.executionType === "TRADE"
              ? store(element.order.tradeId)
              : element._tag === "ExecutionReport" && element.executionType === "TRADE"
                ? store(element.tradeId)
                : undefined
      })
    const handlingAgain = (
      account: Account.Account<Element>,
      others: Effect.Effect<unknown, unknown>,
      consume: (
        handler: (element: Element) => Effect.Effect<void, string> | undefined
      ) => Effect.Effect<void, unknown> = account.forEach
    ) =>
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        yield* binance.deposit({ product, asset, amount: deposit })
        const handled: Array<string> = []
        yield* Effect.forkScoped(others)
        yield* consume(yield* storing(handled)).pipe(Effect.retry(Schedule.spaced("5 seconds")), Effect.forkScoped)
        yield* adjust("2 seconds")
        for (let i = 0; i < 4; i++) {
          yield* binance.placeOrder(market)
          yield* adjust("500 millis")
        }
        yield* adjust("2 minutes")
        yield* binance.placeOrder(market)
        yield* adjust("2 minutes")
        expect(handled).toEqual((yield* binance.book({ product })).fills.map(({ tradeId }) => tradeId))
      })

    for (const [name, make] of [
      ["with checkpoints", makeWithCheckpoint],
      ["without checkpoints", makeWithout]
    ] as const) {
      virtual(
        `because a handler failed get its element again when it is tried again, ${name}`,
        withCheckpoints(Effect.flatMap(make(row), (account) => handlingAgain(account, Effect.void)))
      )

      virtual(
        `because a handler failed get its element again while others follow the account, ${name}`,
        withCheckpoints(Effect.flatMap(make(row), (account) => handlingAgain(account, account.run)))
      )

      virtual(
        `because a handler failed get its element again while others handle all, ${name}`,
        withCheckpoints(
          Effect.flatMap(make(row), (account) =>
            handlingAgain(
              account,
              account.forEach(() => {})
            )
          )
        )
      )
    }

    for (const [name, commits] of [
      ["commit each fill", true],
      ["commit nothing", false]
    ] as const) {
      const committing =
        (account: Account.Account<Element>) =>
        (handler: (element: Element) => Effect.Effect<void, string> | undefined) =>
          Stream.runForEach(account.committable, ({ commit, element, fills }) =>
            Effect.zipRight(handler(element) ?? Effect.void, commits && fills.length > 0 ? commit : Effect.void)
          )
      virtual(
        `and ${name} get their element again while others follow the account`,
        withCheckpoints(
          Effect.flatMap(makeWithCheckpoint(row), (account) => handlingAgain(account, account.run, committing(account)))
        )
      )
    }

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

const row = accounts[1]
const { asset, deposit, product, quantity, symbol } = row
const market = { product, symbol, side: "BUY", type: "MARKET", quantity } as const

describe("a consumer that takes the place of another", () => {
  const tradeIdOf = (element: any): string | undefined =>
    element._tag === "RecoveredFill"
      ? element.fill.tradeId
      : element._tag === "OrderTradeUpdate" && element.order.executionType === "TRADE"
        ? element.order.tradeId
        : undefined

  const begin = (options: Account.Options = {}) =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* binance.deposit({ product, asset, amount: deposit })
      const account: Account.Account<Element> = yield* makeWithCheckpoint(row, options)
      return { account, binance }
    })

  const trade = Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    yield* binance.placeOrder(market)
    yield* adjust("500 millis")
  })

  const filled = Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    return (yield* binance.book({ product })).fills.map(({ tradeId }) => tradeId)
  })

  /** Consumes until a fill of this number, which fails. */
  const failingAt = (account: Account.Account<Element>, number: number) => {
    const handled: Array<string> = []
    let count = 0
    const consume = account.forEach((element) => {
      const tradeId = tradeIdOf(element)
      if (tradeId !== undefined && ++count === number) {
        return Effect.fail("the database is away")
      }
      return tradeId === undefined ? undefined : void handled.push(tradeId)
    })
    return [handled, Effect.forkScoped(Effect.exit(consume))] as const
  }

  virtual(
    "also the first element is told again",
    withCheckpoints(
      Effect.gen(function* () {
        const { account } = yield* begin()
        yield* Effect.forkScoped(account.run)
        const tags: Array<string> = []
        yield* Effect.forkScoped(Effect.exit(account.forEach(() => Effect.fail("not yet"))))
        yield* adjust("1 second")
        yield* trade
        yield* Effect.forkScoped(account.forEach(({ _tag }) => void tags.push(_tag)))
        yield* adjust("1 second")
        expect(tags[0]).toBe("Opened")
        expect(tags).toContain("OrderTradeUpdate")
      })
    )
  )

  virtual(
    "of two, each goes on where the slower one was",
    withCheckpoints(
      Effect.gen(function* () {
        const { account } = yield* begin()
        yield* Effect.forkScoped(account.run)
        const [first, consumeFirst] = failingAt(account, 2)
        const [second, consumeSecond] = failingAt(account, 4)
        yield* consumeFirst
        yield* consumeSecond
        yield* adjust("1 second")
        yield* Effect.repeatN(trade, 5)
        for (const [handled, consume] of [failingAt(account, 0), failingAt(account, 0)]) {
          yield* consume
          yield* adjust("1 second")
          expect([...first, ...handled]).toEqual(yield* filled)
        }
        expect(second).toHaveLength(3)
      })
    )
  )

  virtual(
    "that comes back too late for the buffer is told so",
    withCheckpoints(
      Effect.gen(function* () {
        const { account } = yield* begin({ buffer: 4 })
        yield* Effect.forkScoped(account.run)
        const [, consume] = failingAt(account, 2)
        yield* consume
        yield* adjust("1 second")
        yield* Effect.repeatN(trade, 9)
        const elements: Array<Element> = []
        yield* Effect.forkScoped(account.forEach((element) => void elements.push(element)))
        yield* adjust("1 second")
        expect(elements).toMatchObject([
          { _tag: "Unrecovered", what: "Everything", reason: expect.stringContaining("A consumer failed") },
          { _tag: "Snapshot" }
        ])
      })
    )
  )

  for (const [name, pause, isWaitedFor] of [
    ["is waited for by the checkpoint", "5 minutes", true],
    ["is not waited for after ten minutes", "11 minutes", false]
  ] as const) {
    virtual(
      name,
      withCheckpoints(
        Effect.gen(function* () {
          const log = makeLog()
          const scope = yield* Scope.make()
          const { account } = yield* Scope.extend(Effect.provide(begin(), log.layer), scope)
          yield* Effect.forkIn(
            account.forEach(() => {}),
            scope
          )
          const [handled, consume] = failingAt(account, 2)
          yield* consume
          yield* adjust("1 second")
          yield* Effect.repeatN(trade, 3)
          yield* adjust(pause)
          yield* Effect.fork(Scope.close(scope, Exit.void))
          yield* adjust("5 seconds")
          const again = yield* makeWithCheckpoint(row)
          const [later, consumeAgain] = failingAt(again, 0)
          yield* consumeAgain
          yield* adjust("1 minute")
          expect([...handled, ...later]).toEqual(isWaitedFor ? yield* filled : handled)
          const warnings = log.lines.filter(({ text }) =>
            /^What a consumer .+ has not handled is not told again/.test(text)
          )
          expect(warnings).toHaveLength(isWaitedFor ? 0 : 1)
        })
      )
    )
  }

  /** Two consume an account whose stream fails, and one of them goes on with an element until the latch opens. */
  const failed = Effect.gen(function* () {
    const { account, binance } = yield* begin()
    const latch = yield* Effect.makeLatch()
    yield* Effect.forkScoped(
      Effect.exit(account.forEach((element) => (tradeIdOf(element) === undefined ? undefined : latch.await)))
    )
    const [handled, consume] = failingAt(account, 0)
    yield* consume
    yield* adjust("1 second")
    yield* Effect.repeatN(trade, 1)
    const unauthorized = { status: 401, code: -2015, msg: "Invalid API-key, IP, or permissions for action." }
    yield* binance.inject(Fault.errorAnswer({ ...unauthorized, endpoint: "POST /fapi/v1/listenKey", for: "5 seconds" }))
    yield* binance.inject(Fault.dropSockets())
    yield* adjust("10 seconds")
    expect((yield* account.state).phase).toMatchObject({ _tag: "Stale", why: expect.stringContaining("-2015") })
    return { account, handled, latch }
  })

  /** Those of the slowest consumer are told again. */
  const without = (repeated: ReadonlyArray<string>) => Array.from(new Set(repeated))

  virtual(
    "of an account that failed is told what others were told before it came back",
    withCheckpoints(
      Effect.gen(function* () {
        const { account, handled } = yield* failed
        yield* Effect.forkScoped(account.run)
        yield* adjust("10 seconds")
        yield* Effect.repeatN(trade, 3)
        const [later, consume] = failingAt(account, 0)
        yield* consume
        yield* adjust("10 seconds")
        yield* trade
        expect(without([...handled, ...later])).toEqual(yield* filled)
      })
    )
  )

  virtual(
    "of an account that failed does not make it stale by leaving late",
    withCheckpoints(
      Effect.gen(function* () {
        const { account, latch } = yield* failed
        yield* Effect.forkScoped(account.run)
        yield* adjust("10 seconds")
        yield* trade
        yield* latch.open
        yield* adjust("10 seconds")
        yield* expectTruth(account, product)
      })
    )
  )

  virtual(
    "of an account that failed does not begin a second one by leaving late",
    withCheckpoints(
      Effect.gen(function* () {
        const { account, handled, latch } = yield* failed
        const binance = yield* SimulatedBinance.SimulatedBinance
        yield* Effect.forkScoped(account.run)
        yield* adjust("10 seconds")
        yield* latch.open
        yield* adjust("1 minute")
        const asked = yield* binance.requestCount()
        const [later, consume] = failingAt(account, 0)
        yield* consume
        yield* adjust("10 seconds")
        yield* trade
        expect(yield* binance.requestCount()).toBe(asked)
        expect(without([...handled, ...later])).toEqual(yield* filled)
      })
    )
  )

  virtual(
    "leaves in time though the store of the checkpoint does not answer",
    Effect.gen(function* () {
      const log = makeLog()
      const store = { load: () => Effect.succeedNone, save: () => Effect.never }
      const { account, binance } = yield* begin().pipe(
        Effect.provideService(Checkpoint.CheckpointStore, store),
        Effect.provide(log.layer)
      )
      const leaving = yield* Effect.forkScoped(
        Effect.provide(
          account.forEach(() => {}),
          log.layer
        )
      )
      yield* adjust("10 seconds")
      yield* Fiber.interruptFork(leaving)
      yield* adjust("10 seconds")
      expect(leaving.unsafePoll()).not.toBeNull()
      expect((yield* binance.counters).openSockets).toBe(0)
      const warning = expect.stringMatching(/^The store of the checkpoint UsdFutures-.+ failed: it does not answer/)
      expect(log.warnings()).toEqual([warning])
    })
  )

  virtual(
    "that is still leaving waits for it, and the account is stale meanwhile",
    withCheckpoints(
      Effect.gen(function* () {
        const { account, binance } = yield* begin()
        const leaving = yield* Effect.forkScoped(account.run)
        yield* adjust("10 seconds")
        yield* binance.inject(Fault.slow({ by: "4 seconds", endpoint: "DELETE /fapi/v1/listenKey" }))
        yield* Fiber.interruptFork(leaving)
        yield* settle
        yield* Effect.forkScoped(account.run)
        yield* adjust("2 seconds")
        expect((yield* account.state).phase._tag).toBe("Stale")
        yield* adjust("10 seconds")
        yield* expectTruth(account, product)
      })
    )
  )

  const late = (consume: (account: Account.Account<Element>, handled: Array<string>) => Effect.Effect<void, unknown>) =>
    withCheckpoints(
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const { account } = yield* Scope.extend(begin(), scope)
        const handled: Array<string> = []
        yield* Effect.forkIn(consume(account, handled), scope)
        yield* adjust("1 second")
        yield* trade
        yield* adjust("5 seconds")
        yield* Effect.fork(Scope.close(scope, Exit.void))
        yield* adjust("5 seconds")
        yield* Effect.repeatN(trade, 2)
        const again = yield* makeWithCheckpoint(row)
        yield* Effect.forkScoped(Stream.runDrain(again.changes))
        yield* adjust("30 seconds")
        yield* trade
        yield* Effect.forkScoped(consume(again, handled))
        yield* adjust("30 seconds")
        yield* trade
        expect(handled).toEqual(yield* filled)
      })
    )

  const keep = (handled: Array<string>, element: Element) =>
    Effect.sync(() => {
      const tradeId = tradeIdOf(element)
      handled.push(...(tradeId === undefined ? [] : [tradeId]))
    })

  virtual(
    "gets what a restart recovered before it came, with forEach",
    late((account, handled) => account.forEach((element) => keep(handled, element)))
  )

  virtual(
    "gets what a restart recovered before it came, with committable",
    late((account, handled) =>
      Stream.runForEach(account.committable, ({ commit, element }) =>
        Effect.zipRight(keep(handled, element), Effect.orDie(commit))
      )
    )
  )
})
