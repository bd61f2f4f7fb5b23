import { describe, expect, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HashMap from "effect/HashMap"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import {
  type Account,
  BinanceError,
  Checkpoint,
  CoinFuturesAccount,
  SpotAccount,
  type StreamNotice,
  UsdFuturesAccount
} from "effect-binance-user-data"
import { MockLayers, Sample } from "effect-binance-user-data/testing"

type Element = { readonly _tag: string } | StreamNotice.StreamNotice | Account.AccountElement

type Consumed = Account.Account<Element>

/** The account of each product, where the test gives some members. */
const accounts: ReadonlyArray<{
  readonly name: string
  readonly symbol: string
  readonly fill: Element
  readonly mock: (given: Partial<Consumed>) => Effect.Effect<Consumed>
}> = [
  {
    name: "SpotAccount",
    symbol: "BTCUSDT",
    fill: Sample.spot.executionReport({
      symbol: "BTCUSDT",
      orderId: "7",
      tradeId: "70",
      orderQuantity: "1",
      lastExecutedQuantity: "0.4",
      cumulativeFilledQuantity: "0.4",
      executionType: "TRADE",
      orderStatus: "PARTIALLY_FILLED"
    }),
    mock: (given) => Effect.provide(SpotAccount.SpotAccount, MockLayers.spotAccount(given as never)) as never
  },
  {
    name: "UsdFuturesAccount",
    symbol: "BTCUSDT",
    fill: Sample.usdFutures.orderTradeUpdate({
      order: {
        symbol: "BTCUSDT",
        orderId: "7",
        tradeId: "70",
        originalQuantity: "1",
        lastFilledQuantity: "0.4",
        filledAccumulatedQuantity: "0.4",
        executionType: "TRADE",
        orderStatus: "PARTIALLY_FILLED"
      }
    }),
    mock: (given) =>
      Effect.provide(UsdFuturesAccount.UsdFuturesAccount, MockLayers.usdFuturesAccount(given as never)) as never
  },
  {
    name: "CoinFuturesAccount",
    symbol: "BTCUSD_PERP",
    fill: Sample.coinFutures.orderTradeUpdate({
      order: {
        symbol: "BTCUSD_PERP",
        orderId: "7",
        tradeId: "70",
        originalQuantity: "1",
        lastFilledQuantity: "0.4",
        filledAccumulatedQuantity: "0.4",
        executionType: "TRADE",
        orderStatus: "PARTIALLY_FILLED"
      }
    }),
    mock: (given) =>
      Effect.provide(CoinFuturesAccount.CoinFuturesAccount, MockLayers.coinFuturesAccount(given as never)) as never
  }
]

const cause = { _tag: "SocketClosed", code: 1006, reason: "" } as const

const failure = new BinanceError.InvalidCredentials({ reason: "none" })

for (const { fill, mock, name, symbol } of accounts) {
  const order = {
    symbol,
    clientOrderId: "c",
    side: "BUY",
    positionSide: "BOTH",
    type: "LIMIT",
    price: "10",
    quantity: "1",
    reduceOnly: false,
    closePosition: false,
    updatedAt: 9_999_999_999_999,
    origin: "Recovered"
  } as const
  const recoveredFill: Account.Fill = {
    symbol,
    orderId: "7",
    tradeId: "71",
    side: "BUY",
    positionSide: "BOTH",
    price: "10",
    quantity: "0.6",
    time: 2,
    origin: "Recovered"
  }
  const snapshot: Account.State = {
    phase: { _tag: "Current", since: 90 },
    orders: HashMap.empty(),
    algoOrders: HashMap.empty(),
    balances: HashMap.make(["USDT", { asset: "USDT", total: "5", updatedAt: 3 }]),
    positions: HashMap.empty(),
    modes: { leverage: HashMap.empty(), marginType: HashMap.empty() }
  }
  /** It opens, trades, has a gap in which the order fills and a stop is placed, and is read again. */
  const story: ReadonlyArray<Element> = [
    { _tag: "Opened", at: 10 },
    fill,
    fill,
    { _tag: "Interrupted", at: 60, lastFrameAt: 50, cause },
    { _tag: "Resumed", at: 61, gap: { from: 50, to: 61, cause } },
    { _tag: "RecoveredFill", fill: recoveredFill },
    { _tag: "RecoveredOrder", order: { ...order, orderId: "7", status: "FILLED", filled: "1" } },
    { _tag: "RecoveredOrder", order: { ...order, orderId: "8", status: "NEW", filled: "0" } },
    {
      _tag: "RecoveredAlgoOrder",
      algoOrder: { ...order, algoId: "5", clientAlgoId: "stop", status: "NEW", type: "STOP_MARKET" }
    },
    { _tag: "Snapshot", at: 90, state: snapshot },
    { _tag: "Diverged", at: 91, differences: ["a position"] },
    { _tag: "Unrecovered", what: "Fills", from: 50, to: 61, reason: "too long ago" }
  ]
  const elements = Stream.fromIterable(story)

  describe(`the mock of ${name}`, () => {
    it.effect("hands on the elements it is given", () =>
      Effect.gen(function* () {
        const account = yield* mock({ elements })
        expect(Chunk.toReadonlyArray(yield* Stream.runCollect(account.elements))).toEqual(story)
        const heard: Array<Element> = []
        let waited = 0
        yield* account.forEach((element) => {
          heard.push(element)
          return element._tag === "Snapshot" ? Effect.sync(() => void waited++) : undefined
        })
        expect(heard).toEqual(story)
        expect(waited).toBe(1)
      })
    )

    it.effect("tells each fill once", () =>
      Effect.gen(function* () {
        const { fills } = yield* mock({ elements })
        const told = Chunk.toReadonlyArray(yield* Stream.runCollect(fills))
        expect(told.map(({ origin, quantity, tradeId }) => [tradeId, quantity, origin])).toEqual([
          ["70", "0.4", "Stream"],
          ["71", "0.6", "Recovered"]
        ])
      })
    )

    it.effect("has the state that the elements add up to", () =>
      Effect.gen(function* () {
        const account = yield* mock({ elements })
        expect((yield* account.state).phase).toMatchObject({ _tag: "Stale", since: undefined })
        const states = Chunk.toReadonlyArray(yield* Stream.runCollect(account.changes))
        expect(
          states.map(({ algoOrders, orders, phase }) => [
            phase._tag,
            HashMap.toEntries(orders)
              .map(([key, { filled }]) => `${key} ${filled}`)
              .join(),
            HashMap.size(algoOrders)
          ])
        ).toEqual([
          ["Stale", "", 0],
          ["Current", "", 0],
          ["Current", `${symbol}:7 0.4`, 0],
          ["Current", `${symbol}:7 0.4`, 0],
          ["Stale", `${symbol}:7 0.4`, 0],
          ["Stale", `${symbol}:7 0.4`, 0],
          ["Stale", `${symbol}:7 0.4`, 0],
          ["Stale", "", 0],
          ["Stale", `${symbol}:8 0`, 0],
          ["Stale", `${symbol}:8 0`, 1],
          ["Current", "", 0],
          ["Current", "", 0],
          ["Current", "", 0]
        ])
        expect(yield* account.state).toEqual(states.at(-1))
        expect(HashMap.size((yield* account.state).balances)).toBe(1)
      })
    )

    it.effect("tells each element with its fills and a checkpoint, and commits nothing", () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(1_000)
        const { committable } = yield* mock({ elements })
        const all = Chunk.toReadonlyArray(yield* Stream.runCollect(committable))
        expect(all.map(({ element }) => element)).toEqual(story)
        expect(all.map(({ fills }) => fills.map(({ tradeId }) => tradeId))).toEqual([
          [],
          ["70"],
          [],
          [],
          [],
          ["71"],
          ...Array.from({ length: 6 }, () => [])
        ])
        yield* Effect.forEach(all, ({ commit }) => commit)
        const checkpoint = all.at(-1)!.checkpoint()
        expect(checkpoint).toMatchObject({ version: 1, at: 1_000 })
        expect(checkpoint.book.balances).toEqual(snapshot.balances)
        const read = yield* Checkpoint.fromJson(Checkpoint.toJson(checkpoint))
        expect(read.book.balances).toEqual(snapshot.balances)
      })
    )

    it.effect("keeps the state while it runs, and fails as the elements do", () =>
      Effect.gen(function* () {
        const account = yield* mock({ elements: Stream.concat(Stream.take(elements, 2), Stream.fail(failure)) })
        expect(yield* Effect.flip(account.run)).toBe(failure)
        expect(HashMap.size((yield* account.state).orders)).toBe(1)
      })
    )

    it.effect("has the members that the test gives, also where they would follow", () =>
      Effect.gen(function* () {
        const account = yield* mock({
          elements,
          state: Effect.succeed(snapshot),
          openOrders: () => Effect.succeed([])
        })
        yield* account.run
        expect(yield* account.state).toBe(snapshot)
        expect(yield* account.openOrders()).toEqual([])
        expect(yield* Stream.runCount(account.elements)).toBe(story.length)
      })
    )

    it.effect("dies at what the test does not give, and says what it is", () =>
      Effect.gen(function* () {
        const account = yield* mock({})
        const range = { symbol, from: 0, to: 1 }
        const uses: { readonly [member in keyof Consumed]: Effect.Effect<unknown, unknown> } = {
          elements: Stream.runDrain(account.elements),
          committable: Stream.runDrain(account.committable),
          forEach: account.forEach(() => {}),
          fills: Stream.runDrain(account.fills),
          state: account.state,
          changes: Stream.runDrain(account.changes),
          run: account.run,
          refresh: account.refresh,
          openOrders: account.openOrders(),
          openAlgoOrders: account.openAlgoOrders(),
          order: account.order({ symbol, orderId: "1" }),
          algoOrder: account.algoOrder({ symbol, algoId: "1" }),
          orders: account.orders(range),
          trades: account.trades(range),
          allocations: account.allocations({ symbol: "BTCUSDT", orderId: "1" }),
          balances: account.balances,
          positions: account.positions,
          modes: account.modes
        }
        expect(Object.keys(uses).sort()).toEqual(Object.keys(account).sort())
        const follows = new Set(["committable", "forEach", "fills", "state", "changes", "run"])
        for (const [member, use] of Object.entries(uses)) {
          const exit = yield* Effect.exit(use)
          expect(Exit.isFailure(exit) && Cause.isDie(exit.cause), member).toBe(true)
          const text = Exit.isFailure(exit) ? Cause.pretty(exit.cause) : ""
          expect(text).toContain("UnimplementedError")
          expect(text).toContain(name)
          expect(text).toContain(`"${member}"`)
          expect(text.includes('"elements", from which it follows')).toBe(follows.has(member))
        }
      })
    )
  })
}
