import * as HashMap from "effect/HashMap"
import type { CoinFuturesEvent } from "../../src/CoinFuturesEvent.js"
import { apply } from "../../src/internal/account/book/apply.js"
import type { Book, Doubt } from "../../src/internal/account/book/book.js"
import type { Fact } from "../../src/internal/account/book/fact.js"
import type { AlgoOrder, Balance, Fill, Modes, Order, Position } from "../../src/internal/account/book/model.js"
import { futuresFacts } from "../../src/internal/account/facts/futures.js"
import { spotFacts } from "../../src/internal/account/facts/spot.js"
import type { Answered, Question } from "../../src/internal/account/reconcile/question.js"
import * as Reconcile from "../../src/internal/account/reconcile/reconcile.js"
import type { SpotEvent } from "../../src/SpotEvent.js"
import type { UsdFuturesEvent } from "../../src/UsdFuturesEvent.js"

// Recipes on the pure core: events by their letters on the wire, answers by question and round.

export const epoch = 1_790_000_000_000

/** Epoch ms of a recipe's seconds. */
export const at = (seconds: number): number => epoch + Math.round(seconds * 1_000)

interface Report {
  readonly i: string
  readonly x: string
  readonly X: string
  readonly s?: string
  readonly S?: "BUY" | "SELL"
  readonly q?: string
  readonly z?: string
  readonly l?: string
  readonly L?: string
  readonly t?: string
  readonly c?: string
  readonly C?: string
  readonly n?: string
  readonly N?: string
  readonly Z?: string
  readonly T: number
}

/** `executionReport`. */
export const er = (r: Report): ReadonlyArray<Fact> =>
  spotFacts({
    _tag: "ExecutionReport",
    eventType: "executionReport",
    eventTime: at(r.T),
    symbol: r.s ?? "AAAUSDT",
    clientOrderId: r.c ?? "a",
    side: r.S ?? "BUY",
    orderType: "LIMIT",
    timeInForce: "GTC",
    orderQuantity: r.q ?? "1",
    orderPrice: "10",
    orderListId: "-1",
    originalClientOrderId: r.C ?? "",
    executionType: r.x,
    orderStatus: r.X,
    orderId: r.i,
    lastExecutedQuantity: r.l ?? "0",
    cumulativeFilledQuantity: r.z ?? "0",
    lastExecutedPrice: r.L ?? (r.l === undefined ? "0" : "10"),
    cumulativeQuoteQuantity: r.Z ?? "0",
    commissionAmount: r.n ?? "0",
    commissionAsset: r.N,
    transactionTime: at(r.T),
    tradeId: r.t ?? "-1",
    isMaker: false
  } as SpotEvent)

/** `outboundAccountPosition`. */
export const oap = (T: number, free: Readonly<Record<string, string>>): ReadonlyArray<Fact> =>
  spotFacts({
    _tag: "OutboundAccountPosition",
    eventType: "outboundAccountPosition",
    eventTime: at(T),
    lastAccountUpdateTime: at(T),
    balances: Object.entries(free).map(([asset, amount]) => ({ asset, free: amount, locked: "0" }))
  })

/** `balanceUpdate`. */
export const bu = (T: number, asset: string, balanceDelta: string): ReadonlyArray<Fact> =>
  spotFacts({
    _tag: "BalanceUpdate",
    eventType: "balanceUpdate",
    eventTime: at(T),
    asset,
    balanceDelta,
    clearTime: at(T)
  })

/** `ORDER_TRADE_UPDATE`. */
export const otu = (
  r: Report & { readonly st?: string; readonly si?: string; readonly ps?: string }
): ReadonlyArray<Fact> =>
  futuresFacts({
    _tag: "OrderTradeUpdate",
    eventType: "ORDER_TRADE_UPDATE",
    eventTime: at(r.T),
    transactionTime: at(r.T),
    order: {
      symbol: r.s ?? "DOGEUSDT",
      clientOrderId: r.c ?? "a",
      side: r.S ?? "BUY",
      orderType: "LIMIT",
      timeInForce: "GTC",
      originalQuantity: r.q ?? "1",
      originalPrice: "10",
      executionType: r.x,
      orderStatus: r.X,
      orderId: r.i,
      lastFilledQuantity: r.l ?? "0",
      filledAccumulatedQuantity: r.z ?? "0",
      lastFilledPrice: r.L ?? "10",
      commission: r.n,
      commissionAsset: r.N,
      orderTradeTime: at(r.T),
      tradeId: r.t ?? "0",
      positionSide: r.ps ?? "BOTH",
      strategyType: r.st,
      ignoredSi: r.si
    }
  } as UsdFuturesEvent)

/** `ACCOUNT_UPDATE`: amounts by `symbol` or `symbol:side`, wallet balances by asset. */
export const au = (
  T: number,
  pa: Readonly<Record<string, string>>,
  wb: Readonly<Record<string, string>> = {}
): ReadonlyArray<Fact> =>
  futuresFacts({
    _tag: "AccountUpdate",
    eventType: "ACCOUNT_UPDATE",
    eventTime: at(T),
    transactionTime: at(T),
    updateData: {
      eventReasonType: "ORDER",
      balances: Object.entries(wb).map(([asset, walletBalance]) => ({ asset, walletBalance })),
      positions: Object.entries(pa).map(([key, positionAmount]) => ({
        symbol: key.split(":")[0]!,
        positionSide: key.split(":")[1] ?? "BOTH",
        positionAmount
      }))
    }
  } as UsdFuturesEvent | CoinFuturesEvent)

/** `TRADE_LITE`. */
export const tl = (r: { readonly T: number; readonly i: string; readonly t: string; readonly s?: string }) =>
  futuresFacts({
    _tag: "TradeLite",
    eventType: "TRADE_LITE",
    eventTime: at(r.T),
    transactionTime: at(r.T),
    symbol: r.s ?? "DOGEUSDT",
    clientOrderId: "a",
    tradeId: r.t,
    orderId: r.i
  })

/** `ALGO_UPDATE`. */
export const algo = (r: {
  readonly T: number
  readonly X: string
  readonly aid?: string
  readonly caid?: string
  readonly ai?: string
  readonly S?: "BUY" | "SELL"
  readonly q?: string
}): ReadonlyArray<Fact> =>
  futuresFacts({
    _tag: "AlgoUpdate",
    eventType: "ALGO_UPDATE",
    eventTime: at(r.T),
    transactionTime: at(r.T),
    algoOrder: {
      algoId: r.aid ?? "1",
      clientAlgoId: r.caid ?? "sl",
      symbol: "DOGEUSDT",
      side: r.S ?? "SELL",
      orderType: "STOP_MARKET",
      quantity: r.q ?? "500",
      algoStatus: r.X,
      actualOrderId: r.ai ?? "",
      isReduceOnly: true
    }
  })

// -----------------------------------------------------------------------------
// rows of REST
// -----------------------------------------------------------------------------

export const order = (i: string, status: string, filled: string, rest: Partial<Order> = {}): Order => ({
  symbol: "DOGEUSDT",
  orderId: i,
  clientOrderId: "a",
  side: "BUY",
  positionSide: "BOTH",
  type: "LIMIT",
  status,
  price: "10",
  quantity: "1",
  filled,
  reduceOnly: false,
  closePosition: false,
  updatedAt: at(0),
  origin: "Recovered",
  ...rest
})

export const trade = (t: string, i: string, quantity: string, seconds: number, rest: Partial<Fill> = {}): Fill => ({
  symbol: "DOGEUSDT",
  orderId: i,
  tradeId: t,
  side: "BUY",
  positionSide: "BOTH",
  price: "10",
  quantity,
  time: at(seconds),
  origin: "Recovered",
  ...rest
})

export const position = (symbol: string, amount: string, seconds: number, rest: Partial<Position> = {}): Position => ({
  symbol,
  positionSide: "BOTH",
  amount,
  updatedAt: at(seconds),
  ...rest
})

export const balance = (asset: string, total: string, seconds: number, rest: Partial<Balance> = {}): Balance => ({
  asset,
  total,
  updatedAt: at(seconds),
  ...rest
})

export const algoRow = (algoId: string, status: string, rest: Partial<AlgoOrder> = {}): AlgoOrder => ({
  symbol: "DOGEUSDT",
  algoId,
  clientAlgoId: "sl",
  side: "SELL",
  positionSide: "BOTH",
  type: "STOP_MARKET",
  status,
  quantity: "500",
  reduceOnly: true,
  closePosition: false,
  updatedAt: at(0),
  origin: "Recovered",
  ...rest
})

export const noModes: Modes = { leverage: HashMap.empty(), marginType: HashMap.empty() }

// -----------------------------------------------------------------------------
// playing
// -----------------------------------------------------------------------------

export interface Played {
  readonly book: Book
  readonly fills: ReadonlyArray<Fill>
  readonly doubts: ReadonlyArray<Doubt>
}

/** Applies events to a book, one after the other. */
export const live = (book: Book, ...events: ReadonlyArray<ReadonlyArray<Fact>>): Played => {
  let played: Played = { book, fills: [], doubts: [] }
  for (const facts of events) {
    const applied = apply(played.book, facts, at(0))
    played = {
      book: applied.book,
      fills: [...played.fills, ...applied.fills],
      doubts: [...played.doubts, ...applied.doubts]
    }
  }
  return played
}

export const refuse = (reason: string) => ({ _tag: "Refused", reason }) as const

type Reply = { readonly _tag: "Refused"; readonly reason: string } | { readonly _tag: "Rows"; readonly rows: unknown }

/** Rows of a question, by its tag; what is not there is empty or not known. */
export type Script = {
  readonly [Q in Question["_tag"]]?: (question: Extract<Question, { _tag: Q }>, round: number) => unknown
}

const nothingOf = (question: Question): unknown =>
  question._tag === "Order" || question._tag === "AlgoOrder" ? undefined : question._tag === "Modes" ? noModes : []

export interface Recovered extends Reconcile.Settled {
  readonly fills: ReadonlyArray<Fill>
  readonly asked: ReadonlyArray<Question>
  readonly rounds: number
  readonly verdict: "Agreed" | "AskAgain"
  /** After the buffered events. */
  readonly after: Played
}

export const delays = [0, 0, 1, 3, 10, 30]

/** Recovers as the loop does: asks until the answers fit, at most six times, then applies the buffered events. */
export const recover = (
  start: Partial<Reconcile.Start> & { readonly book: Book },
  script: Script,
  buffered: Reconcile.Buffered = [],
  rounds = delays.length
): Recovered => {
  const whole: Reconcile.Start = {
    gap: undefined,
    kind: start.gap === undefined ? "Check" : "Gap",
    product: "UsdFutures",
    symbols: [],
    overlap: 5_000,
    triggeringDeadline: 10_000,
    doubts: [],
    now: at(10),
    ...start
  }
  const asked: Array<Question> = []
  let recovery = Reconcile.begin(whole)
  let now = whole.now
  for (let round = 0; ; round++) {
    now += delays[round]! * 1_000
    for (let next = Reconcile.questions(recovery, buffered); next.length > 0; ) {
      for (const question of next) {
        asked.push(question)
        const reply = script[question._tag]?.(question as never, round) as Reply | undefined | unknown
        const answer =
          typeof reply === "object" && reply !== null && "_tag" in reply && reply._tag === "Refused"
            ? reply
            : { _tag: "Rows", rows: reply ?? nothingOf(question) }
        recovery = Reconcile.answer(recovery, { question, answer, askedAt: now, answeredAt: now } as Answered)
      }
      next = Reconcile.questions(recovery, buffered)
    }
    const verdict = Reconcile.verdict(recovery, buffered)
    const isLast = round === rounds - 1
    if (verdict === "Agreed" || isLast) {
      const settled = Reconcile.settle(recovery, buffered, now)
      return {
        ...settled,
        fills: recoveredFills(settled),
        asked,
        rounds: round + 1,
        verdict,
        after: live(settled.book, ...buffered)
      }
    }
    recovery = Reconcile.again(recovery)
  }
}

export const recoveredFills = ({ elements }: Reconcile.Settled): ReadonlyArray<Fill> =>
  elements.flatMap((element) => (element._tag === "RecoveredFill" ? [element.fill] : []))

export const orderIds = (book: Book): ReadonlyArray<string> =>
  Array.from(HashMap.values(book.orders), (o) => `${o.symbol}/${o.orderId} ${o.status} ${o.filled}`).sort()

export const amounts = (book: Book): ReadonlyArray<string> =>
  Array.from(HashMap.entries(book.positions), ([key, p]) => `${key} ${p.amount}`).sort()

export const totals = (book: Book): ReadonlyArray<string> =>
  Array.from(HashMap.values(book.balances), (b) => `${b.asset} ${b.total}`).sort()

export const algos = (book: Book): ReadonlyArray<string> =>
  Array.from(HashMap.values(book.algoOrders), (a) => `${a.algoId} ${a.status}`).sort()

export const fillIds = (fills: ReadonlyArray<Fill>): ReadonlyArray<string> =>
  fills.map((f) => `${f.tradeId ?? "inferred"}/${f.orderId} ${f.quantity}`)
