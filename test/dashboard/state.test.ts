import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import * as FastCheck from "effect/FastCheck"
import * as HashMap from "effect/HashMap"
import type { Account, Environment, StreamNotice, UserDataStream } from "effect-binance-user-data"
import { BinanceError } from "effect-binance-user-data"
import { describe, expect, it } from "vitest"
import { type Event, meaningOf, trim } from "../../examples/dashboard/account.js"
import * as State from "../../examples/dashboard/state.js"
import { sources } from "../../examples/dashboard/streams.js"
import { products } from "../products/products.js"

const empty = State.empty("simulated", sources)

const element = (
  product: Environment.Product,
  element: Event | StreamNotice.StreamNotice | Account.AccountElement,
  at = 10_000
): State.Happening => ({ _tag: "Element", at, product, element })

const viewAfter = (...happenings: ReadonlyArray<State.Happening>) => happenings.reduce(State.update, empty)

const cardOf = (view: State.View, product: Environment.Product) => {
  const card = view.cards.find((card) => card.product === product)
  if (card === undefined) {
    throw new Error(`no card of ${product}`)
  }
  return card
}

const order = (orderId: string, orderStatus: "NEW" | "FILLED", filled: string): Event => ({
  _tag: "OrderTradeUpdate",
  eventType: "ORDER_TRADE_UPDATE",
  eventTime: 1,
  transactionTime: 1,
  order: {
    symbol: "BTCUSD_PERP",
    clientOrderId: "c",
    side: "BUY",
    orderType: "LIMIT",
    originalQuantity: "20",
    originalPrice: "64000.10",
    executionType: orderStatus === "NEW" ? "NEW" : "TRADE",
    orderStatus,
    orderId,
    lastFilledQuantity: filled,
    filledAccumulatedQuantity: filled,
    lastFilledPrice: "0",
    orderTradeTime: 1,
    tradeId: "0"
  }
})

const account = (asset: string, walletBalance: string, positionAmount: string): Event => ({
  _tag: "AccountUpdate",
  eventType: "ACCOUNT_UPDATE",
  eventTime: 1,
  transactionTime: 1,
  updateData: {
    eventReasonType: "ORDER",
    balances: [{ asset, walletBalance }],
    positions: [{ symbol: "BTCUSD_PERP", positionAmount, entryPrice: "64000.0", positionSide: "BOTH" }]
  }
})

const interrupted = (lastFrameAt: number): StreamNotice.StreamNotice => ({
  _tag: "Interrupted",
  at: lastFrameAt + 500,
  cause: { _tag: "SocketClosed", code: 1006, reason: "" },
  lastFrameAt
})

const resumed = (from: number, to: number): StreamNotice.StreamNotice => ({
  _tag: "Resumed",
  at: to,
  gap: { from, to, cause: { _tag: "SocketClosed", code: 1006, reason: "" } }
})

const status = (change: Partial<UserDataStream.Status>): State.Happening => ({
  _tag: "Status",
  status: {
    product: "CoinFutures",
    account: undefined,
    isolatedSymbol: undefined,
    phase: "Live",
    consumers: 1,
    liveSince: 1_000,
    connectedAt: 900,
    credentialExpiresAt: undefined,
    lastFrameAt: 2_000,
    lastEventAt: undefined,
    lastGap: undefined,
    nextRolloverAt: 9_000,
    rollovers: 0,
    reconnects: {},
    lastError: undefined,
    ...change
  }
})

const fill: Account.Fill = {
  symbol: "BTCUSDT",
  orderId: "1",
  tradeId: "2",
  side: "BUY",
  positionSide: "BOTH",
  price: "5.0",
  quantity: "0.10",
  time: 1,
  origin: "Recovered"
}

const unknown: Event = { _tag: "UnknownEvent", eventType: "somethingNew", raw: { secret: 1 } }

describe("the view after events", () => {
  it("has the last orders first, each once, as its last event left it", () => {
    const view = viewAfter(
      element("CoinFutures", order("1", "NEW", "0")),
      element("CoinFutures", order("2", "NEW", "0")),
      element("CoinFutures", order("1", "FILLED", "20"))
    )
    const { events, orders } = cardOf(view, "CoinFutures")
    expect(events).toBe(3)
    expect(orders.map(({ filled, id, status }) => [id, status, filled])).toEqual([
      ["1", "FILLED", "20"],
      ["2", "NEW", "0"]
    ])
    expect(orders[0]?.price).toBe("64000.1")
    expect(view.log[0]).toEqual({
      id: 3,
      at: 10_000,
      name: "COIN-M futures",
      kind: "Event",
      text: "BUY 20 BTCUSD_PERP at 64000.1: FILLED, 20 filled"
    })
  })

  it("has the rows of an account where there is one, whatever events say", () => {
    const known: Account.State = {
      phase: { _tag: "Current", since: 1 },
      algoOrders: HashMap.empty(),
      modes: { leverage: HashMap.empty(), marginType: HashMap.empty() },
      orders: HashMap.make<[readonly [string, Account.Order]]>([
        "BTCUSD_PERP:2",
        {
          symbol: "BTCUSD_PERP",
          orderId: "2",
          clientOrderId: "c",
          side: "SELL",
          positionSide: "BOTH",
          type: "LIMIT",
          status: "PARTIALLY_FILLED",
          price: "65000.10",
          quantity: "20",
          filled: "5.0",
          reduceOnly: false,
          closePosition: false,
          updatedAt: 1,
          origin: "Recovered"
        }
      ]),
      balances: HashMap.make(
        ["USDT", { asset: "USDT", total: "5.00", free: "3.00", locked: "2.00", updatedAt: 1 }],
        ["BTC", { asset: "BTC", total: "2.50", updatedAt: 1 }]
      ),
      positions: HashMap.make<[readonly [string, Account.Position]]>([
        "BTCUSD_PERP:BOTH",
        { symbol: "BTCUSD_PERP", positionSide: "BOTH", amount: "7.0", entryPrice: "64000.0", updatedAt: 1 }
      ])
    }
    const view = viewAfter(
      element("CoinFutures", order("1", "FILLED", "20")),
      { _tag: "Account", product: "CoinFutures", state: known },
      element("CoinFutures", account("BTC", "1.00", "-20"))
    )
    const card = cardOf(view, "CoinFutures")
    expect(card.phase).toBe("Current")
    expect(card.orders.map(({ filled, id, status }) => [id, status, filled])).toEqual([
      ["1", "FILLED", "20"],
      ["2", "PARTIALLY_FILLED", "5"]
    ])
    expect(card.balances).toEqual([
      { asset: "BTC", amount: "2.5" },
      { asset: "USDT", amount: "3", locked: "2" }
    ])
    expect(card.positions).toEqual([{ symbol: "BTCUSD_PERP", side: "BOTH", amount: "7", entryPrice: "64000" }])

    const recovered: Account.AccountElement = {
      _tag: "RecoveredOrder",
      order: { ...HashMap.unsafeGet(known.orders, "BTCUSD_PERP:2"), status: "CANCELED" }
    }
    const stale: Account.State = { ...known, phase: { _tag: "Stale", since: 1, why: "" }, orders: HashMap.empty() }
    const after = [
      element("CoinFutures", recovered),
      { _tag: "Account", product: "CoinFutures", state: stale } as const
    ].reduce(State.update, view)
    const changed = cardOf(after, "CoinFutures")
    expect(changed.phase).toBe("Stale")
    expect(changed.orders.map(({ id, status }) => [id, status])).toEqual([
      ["2", "CANCELED"],
      ["1", "FILLED"]
    ])
    expect(changed.events).toBe(card.events)
    expect(after.log[0]).toMatchObject({
      kind: "Notice",
      text: expect.stringMatching(/^recovered: SELL 20 .+CANCELED/)
    })
  })

  it.each<[Account.AccountElement, string]>([
    [{ _tag: "RecoveredFill", fill }, "recovered fill: BUY 0.1 BTCUSDT at 5"],
    [{ _tag: "RecoveredFill", fill: { ...fill, price: undefined } }, "recovered fill: BUY 0.1 BTCUSDT at ?"],
    [{ _tag: "Diverged", at: 1, differences: ["a", "b"] }, "the stream was deaf: a, b"],
    [
      { _tag: "Unrecovered", what: "Fills", from: 1, to: 2, reason: "too long ago" },
      "cannot be recovered: Fills, too long ago"
    ]
  ])("%o is told in one line", (element, text) => {
    expect(meaningOf(element).text).toBe(text)
  })

  it("has the balances and the open positions", () => {
    const open = viewAfter(
      element("CoinFutures", account("BTC", "2.50000000", "20")),
      element("CoinFutures", account("ETH", "1", "-3"))
    )
    expect(cardOf(open, "CoinFutures").balances).toEqual([
      { asset: "BTC", amount: "2.5" },
      { asset: "ETH", amount: "1" }
    ])
    expect(cardOf(open, "CoinFutures").positions).toEqual([
      { symbol: "BTCUSD_PERP", side: "BOTH", amount: "-3", entryPrice: "64000" }
    ])
    const closed = State.update(open, element("CoinFutures", account("BTC", "2", "0.000")))
    expect(cardOf(closed, "CoinFutures").positions).toEqual([])
    expect(cardOf(closed, "CoinFutures").balances[0]).toEqual({ asset: "BTC", amount: "2" })
  })

  it("shows nothing of an unknown or malformed event but its name and what is wrong", () => {
    const view = viewAfter(
      element("Spot", unknown),
      element("Spot", { _tag: "MalformedEvent", reason: "is not JSON", text: "secret", value: "secret" })
    )
    expect(view.log.map(({ text }) => text)).toEqual([
      "malformed frame: is not JSON",
      "unknown event somethingNew, passed on as it came"
    ])
    expect(JSON.stringify(view)).not.toContain("secret")
  })

  it("leaves the cards of the other products as they are", () => {
    const view = viewAfter(element("CoinFutures", order("1", "NEW", "0")))
    for (const card of view.cards) {
      expect(empty.cards.includes(card)).toBe(card.product !== "CoinFutures")
    }
  })

  for (const { decode, fixtures, product } of products) {
    it(`says something about every event of ${product}`, () => {
      const folder = fileURLToPath(new URL(`../fixtures/events/${fixtures}/`, import.meta.url))
      const files = fs.readdirSync(folder)
      expect(files.length).toBeGreaterThan(0)
      for (const file of files) {
        const event = decode(fs.readFileSync(folder + file, "utf8")) as Event | undefined
        if (event !== undefined) {
          const meaning = meaningOf(event)
          expect(meaning.text, file).not.toMatch(/^$|undefined|null|NaN|\[object/)
          expect(JSON.stringify(meaning), file).not.toContain("redacted")
          expect(cardOf(viewAfter(element(product, event)), product).events).toBe(1)
        }
      }
    })
  }
})

describe("the view after notices", () => {
  it("opens a gap when the stream is interrupted, and closes it when it resumes", () => {
    const cause = "socket closed, code 1006"
    const lasting = viewAfter(
      element("Spot", { _tag: "Opened", at: 1_000 }),
      element("Spot", interrupted(2_000)),
      // A loss while it is being re-established is of the same gap.
      element("Spot", interrupted(2_000))
    )
    expect(cardOf(lasting, "Spot")).toMatchObject({ openedAt: 1_000, gapCount: 1, gaps: [{ from: 2_000, cause }] })
    const over = State.update(lasting, element("Spot", resumed(1_500, 4_000)))
    expect(cardOf(over, "Spot")).toMatchObject({ gapCount: 1, gaps: [{ from: 1_500, to: 4_000, cause }] })
    expect(over.log[0]).toMatchObject({ kind: "Gap", name: "Spot" })
    expect(over.log[0]?.text).toContain("live again after 2.5 s")
    const again = State.update(over, element("Spot", interrupted(5_000)))
    expect(cardOf(again, "Spot").gapCount).toBe(2)
    expect(cardOf(again, "Spot").gaps.map(({ from }) => from)).toEqual([5_000, 1_500])
  })

  it("does not call a roll-over a gap", () => {
    const view = viewAfter(
      element("Spot", { _tag: "RolledOver", at: 1, cause: { _tag: "MaximumAge", age: 5 }, duplicates: 0 })
    )
    expect(cardOf(view, "Spot").gaps).toEqual([])
    expect(view.log[0]?.kind).toBe("Notice")
  })

  it("has words for every cause", () => {
    const causes: ReadonlyArray<StreamNotice.Cause> = [
      { _tag: "SocketClosed", code: 1001, reason: "bye" },
      { _tag: "HalfOpen", silence: 4_000 },
      { _tag: "KeyExpired" },
      { _tag: "KeyRejected" },
      { _tag: "StreamTerminated" },
      { _tag: "ServerShutdown" },
      { _tag: "MaximumAge", age: 1 },
      { _tag: "Overflow", dropped: 3 }
    ]
    expect(new Set(causes.map(State.describeCause)).size).toBe(causes.length)
    expect(causes.map(State.describeCause)).toContain("socket closed, code 1001 (bye)")
  })
})

describe("the view after a change of health", () => {
  it("has the health, as far as there is something to tell", () => {
    const lastError = new BinanceError.RequestTimeout({ operation: "POST /dapi/v1/listenKey", after: 10_000 })
    const view = viewAfter(status({ reconnects: { HalfOpen: 2 }, lastError }))
    expect(cardOf(view, "CoinFutures").health).toEqual({
      phase: "Live",
      consumers: 1,
      rollovers: 0,
      reconnects: { HalfOpen: 2 },
      liveSince: 1_000,
      connectedAt: 900,
      nextRolloverAt: 9_000,
      lastFrameAt: 2_000,
      lastError: lastError.message
    })
  })

  it("is the same view when nothing has changed", () => {
    const view = viewAfter(status({}))
    expect(State.update(view, status({}))).toBe(view)
    expect(State.update(view, status({ lastFrameAt: 2_001 }))).not.toBe(view)
  })

  it("tells why a stream has ended", () => {
    const view = viewAfter({ _tag: "Ended", at: 1, product: "EuropeanOptions", reason: "no permission" })
    expect(cardOf(view, "EuropeanOptions").failure).toBe("no permission")
    expect(view.log[0]).toMatchObject({ kind: "Failure", name: "European options" })
  })
})

describe("what a browser is told", () => {
  /** What a browser makes of a message. */
  const apply = (shown: State.View | undefined, message: State.Message): State.View => {
    if (message._tag === "Snapshot" || shown === undefined) {
      return message._tag === "Snapshot" ? message.view : empty
    }
    const changed = new Map(message.cards.map((card) => [card.product, card]))
    return {
      ...shown,
      cards: shown.cards.map((card) => changed.get(card.product) ?? card),
      entries: shown.entries + message.log.length,
      log: [...message.log, ...shown.log].slice(0, State.limits.log)
    }
  }

  const happening = FastCheck.oneof(
    FastCheck.constantFrom(...sources).map(({ product }) => element(product, unknown)),
    FastCheck.nat(5).map((id) => element("CoinFutures", order(String(id), "NEW", "0"))),
    FastCheck.nat(9).map((from) => element("Spot", interrupted(from))),
    FastCheck.nat(9).map((from) => element("Spot", resumed(from, from + 1))),
    FastCheck.nat(5).map((lastFrameAt) => status({ lastFrameAt })),
    FastCheck.constant<State.Happening>({ _tag: "Fault", at: 1, name: "Spot", text: "Drop socket" })
  )

  it("leads to the view of the server, however much it has missed in between", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.array(FastCheck.array(happening, { maxLength: 300 }), { maxLength: 8 }), (steps) => {
        let view: State.View = empty
        let shown: State.View | undefined
        let browser: State.View | undefined
        for (const happenings of steps) {
          view = happenings.reduce(State.update, view)
          browser = apply(browser, JSON.parse(JSON.stringify(State.difference(shown, view))))
          shown = view
          expect(browser).toEqual(JSON.parse(JSON.stringify(view)))
        }
      }),
      { numRuns: 30 }
    )
  })

  it("is a snapshot at first, and when entries are gone that it has not seen", () => {
    expect(State.difference(undefined, empty)._tag).toBe("Snapshot")
    const many = (count: number) => viewAfter(...Array.from({ length: count }, () => element("Spot", unknown)))
    expect(State.difference(empty, many(State.limits.log))._tag).toBe("Change")
    expect(State.difference(empty, many(State.limits.log + 1))._tag).toBe("Snapshot")
  })

  it("stays small, whatever happens", () => {
    const view = viewAfter(
      ...Array.from(
        { length: 2_000 },
        (_, index): ReadonlyArray<State.Happening> => [
          element("CoinFutures", order(String(index), "NEW", "0")),
          element("CoinFutures", account(`A${index}`, "1", "1")),
          element("CoinFutures", interrupted(index)),
          element("CoinFutures", resumed(index, index + 1))
        ]
      ).flat()
    )
    const { balances, events, gapCount, gaps, orders } = cardOf(view, "CoinFutures")
    expect([events, gapCount, view.entries]).toEqual([4_000, 2_000, 8_000])
    expect([orders.length, balances.length, gaps.length, view.log.length]).toEqual([
      State.limits.orders,
      State.limits.balances,
      State.limits.gaps,
      State.limits.log
    ])
  })
})

describe("trim", () => {
  it("takes away the zeros that say nothing", () => {
    expect(["0.02500000", "100", "0.0", "-1.50", "1e-10", "", "10.010"].map(trim)).toEqual([
      "0.025",
      "100",
      "0",
      "-1.5",
      "1e-10",
      "",
      "10.01"
    ])
  })
})
