import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Account } from "effect-binance-user-data"
import { Fault, SimulatedBinance, type Trading } from "effect-binance-user-data/testing"
import { generator, Violation } from "../simulation/simulate.js"
import { accounts, identity, loggedOn, pictureOf, pictureOfBook } from "./accounts.js"
import { type Place, virtual } from "./places.js"
import { route } from "./sor.js"

/** What is tried: each product, and spot by the other way of reading. */
export const rows = [...accounts.map((row) => ({ ...row, name: row.product })), loggedOn]

type Row = (typeof rows)[number]

export interface Report {
  readonly name: string
  readonly seed: number
  readonly commands: number
  readonly faults: number
  readonly fills: number
  readonly recovered: number
  readonly recoveries: number
}

const markets = {
  Spot: [
    { symbol: "BTCUSDT", price: 90_000, digits: 2, step: 3 },
    { symbol: "ETHUSDT", price: 3000, digits: 2, step: 2 }
  ],
  UsdFutures: [
    { symbol: "BTCUSDT", price: 90_000, digits: 1, step: 3 },
    { symbol: "ETHUSDT", price: 3000, digits: 2, step: 2 }
  ],
  CoinFutures: [
    { symbol: "BTCUSD_PERP", price: 90_000, digits: 1, step: 0 },
    { symbol: "ETHUSD_PERP", price: 3000, digits: 2, step: 0 }
  ]
} as const

/** Where a range may be refused. */
const history = {
  Spot: "GET /api/v3/myTrades",
  UsdFutures: "GET /fapi/v1/userTrades",
  CoinFutures: "GET /dapi/v1/userTrades",
  "Spot, logged on": "myTrades"
}

const fundsOf = { Spot: ["USDT", "BTC", "ETH"], UsdFutures: ["USDT"], CoinFutures: ["BTC", "ETH"] } as const

/** One thing that a trader, the market or the exchange does. What is refused changes nothing. */
export const trade = (
  binance: SimulatedBinance.SimulatedBinance.Service,
  product: Row["product"],
  random: () => number
) =>
  Effect.gen(function* () {
    const pick = <A>(from: ReadonlyArray<A>): A => from[Math.floor(random() * from.length)]!
    const market = pick<(typeof markets)[Row["product"]][number]>(markets[product])
    const { symbol } = market
    const price = (market.price * (0.97 + random() * 0.06)).toFixed(market.digits)
    const quantity = ((1 + Math.floor(random() * 40)) / 10 ** market.step).toFixed(market.step)
    const side = pick(["BUY", "SELL"] as const)
    const order = { product, symbol, side, quantity } as const
    const { openAlgoOrders, openOrders } = yield* binance.book({ product })
    const open = pick(openOrders)
    switch (Math.floor(random() * 13)) {
      case 0:
      case 1:
        return yield* binance.placeOrder({ ...order, type: "MARKET" })
      case 2:
      case 3:
      case 4:
        return yield* binance.placeOrder({ ...order, type: "LIMIT", price, timeInForce: pick(["GTC", "GTC", "IOC"]) })
      case 5:
      case 6:
        return open === undefined
          ? undefined
          : yield* binance.fill({ product, ...open, quantity: open.filled === "0" ? minimum(market.step) : undefined })
      case 7:
        return open === undefined ? undefined : yield* binance.cancel({ product, ...open })
      case 8:
        return open === undefined ? undefined : yield* binance.expire({ product, ...open })
      case 9:
        return yield* binance.setPrice({ product, symbol, price })
      case 10:
        return yield* binance.deposit({ product, asset: pick<string>(fundsOf[product]), amount: "1" })
      case 11:
        return product === "Spot"
          ? undefined
          : yield* binance.placeAlgoOrder({
              ...order,
              product,
              type: pick(["STOP_MARKET", "TAKE_PROFIT_MARKET"] as const),
              triggerPrice: price
            })
      default:
        return product === "Spot"
          ? undefined
          : openAlgoOrders.length > 3
            ? yield* binance.cancelAlgoOrder({ product, algoId: pick(openAlgoOrders).algoId })
            : yield* binance.fund({ product, symbol, rate: "0.0001" })
    }
  }).pipe(Effect.catchTag("Refused", () => Effect.void))

/** Some orders go by smart order routing, which fills them by allocations. */
const tradeBySor = (random: () => number) => {
  const price = (90_000 * (0.97 + random() * 0.06)).toFixed(2)
  const order = { symbol: "BTCUSDT", side: random() < 0.5 ? "BUY" : "SELL", quantity: "0.010" } as const
  // Its call may meet a fault as well, and time has to pass for it.
  return Effect.forkScoped(Effect.ignore(route({ ...order, type: "LIMIT", price, timeInForce: "GTC" })))
}

const minimum = (step: number) => (1 / 10 ** step).toFixed(step)

/** What goes wrong with the stream, and with reads. */
const misfortunes = (
  { name, product }: Pick<Row, "name" | "product">,
  book: Trading.Book,
  random: () => number
): ReadonlyArray<Fault.Fault> => {
  const seconds = (most: number) => `${1 + Math.floor(random() * most)} seconds` as const
  const times = 1 + Math.floor(random() * 3)
  const open = book.openOrders[Math.floor(random() * book.openOrders.length)]
  return [
    Fault.dropSockets(),
    Fault.dropSockets({ code: 1001 }),
    Fault.halfOpen(),
    Fault.serverShutdown(),
    Fault.refuseConnects("reset", { for: seconds(60) }),
    Fault.refuseConnects(503, { times }),
    ...(product === "Spot" ? [Fault.eventStreamTerminated()] : [Fault.expireListenKey({ product })]),
    Fault.laggingRead({ by: seconds(5), for: seconds(20) }),
    Fault.laggingRead({ by: seconds(20), times: 3 * times }),
    Fault.cutPage({ rows: 1, times }),
    Fault.refusedWindow({ endpoint: history[name], times }),
    Fault.serverError({ times }),
    Fault.reset({ times }),
    Fault.slow({ by: seconds(8), times }),
    Fault.rateLimited({ times: 1, retryAfter: 1 + Math.floor(random() * 10) }),
    ...(name === loggedOn.name ? [Fault.never({ times }), Fault.truncatedBody({ times })] : []),
    ...(open === undefined ? [] : [Fault.lackingOrder({ orderId: open.orderId, times })])
  ]
}

/** What no reader may ever see: an order that is less filled than before, or that comes back after its end. */
const watchOrders = (violate: (text: string) => void) => {
  let known = new Map<string, number>()
  const ended = new Set<string>()
  return (state: Account.State) => {
    const now = new Map<string, number>()
    for (const [key, { filled }] of state.orders) {
      now.set(key, Number(filled))
      if (ended.has(key)) {
        violate(`order ${key} is open again`)
      }
      if (Number(filled) < (known.get(key) ?? 0)) {
        violate(`order ${key} is less filled than before: ${filled} of ${known.get(key)}`)
      }
    }
    for (const key of known.keys()) {
      if (!now.has(key)) {
        ended.add(key)
      }
    }
    known = now
  }
}

/** The consumers of a storm: what they were told, and what they were told wrongly. */
const consume = (account: Account.Account<{ readonly _tag: string }>, note: (text: string) => void) =>
  Effect.gen(function* () {
    const told = {
      fills: [] as Array<string>,
      recovered: 0,
      recoveries: 0,
      wrong: [] as Array<string>,
      unknown: [] as Array<string>
    }
    yield* Effect.forkScoped(
      account.forEach((element: any) => {
        told.recovered += element._tag === "RecoveredFill" ? 1 : 0
        if (element._tag === "Unrecovered" && element.what === "AlgoOrder") {
          told.unknown.push(element.algoId)
        }
        told.recoveries += element._tag === "Snapshot" ? 1 : 0
        note(`${element._tag} ${JSON.stringify(element.order ?? element.fill ?? element.differences ?? "")}`)
      })
    )
    yield* Effect.forkScoped(
      Stream.runForEach(account.fills, (fill) =>
        Effect.sync(() => told.fills.push(`${identity(fill)} ${fill.origin === "Inferred"}`))
      )
    )
    let phase: Account.Phase | undefined
    const watch = watchOrders((text) => told.wrong.push(text))
    yield* Effect.forkScoped(
      Stream.runForEach(account.changes, (state) =>
        Effect.sync(() => {
          watch(state)
          if (state.phase !== phase) {
            phase = state.phase
            note(`${phase._tag}${phase._tag === "Current" ? "" : `: ${phase.why}`}`)
          }
        })
      )
    )
    return told
  })

/** How the told fills differ from those of the book. */
const differenceOf = (told: ReadonlyArray<string>, book: Trading.Book): string | undefined => {
  const fills = book.fills.map((fill) => `${identity(fill)} false`)
  const missing = fills.filter((fill) => !told.includes(fill))
  const extra = told.filter((fill, index) => !fills.includes(fill) || told.indexOf(fill) !== index)
  return missing.length + extra.length === 0
    ? undefined
    : `fills missing: ${missing.join(", ")}; too many: ${extra.join(", ")}`
}

/**
 * Lets an account live through random trading and faults of stream and reads, and checks after each quiet moment that
 * the state equals the exchange's book, and that each fill came once. `pause`: how many seconds are quiet before each round.
 */
export const storm = (
  row: Row,
  options: { readonly seed: number; readonly rounds: number; readonly pause?: number },
  place: Place = virtual
): Effect.Effect<Report, unknown> =>
  place.run((pass) =>
    Effect.gen(function* () {
      const { name, product } = row
      const { pause = 0, rounds, seed } = options
      const random = generator(seed)
      const binance = yield* SimulatedBinance.SimulatedBinance
      const log: Array<string> = []
      let clock = 0
      const note = (text: string) => log.push(`${clock} s  ${text}`)
      const violate = (text: string): never => {
        throw new Violation(
          `${name} on ${place.name}, seed ${seed}, at ${clock} s: ${text}\n${log.slice(-60).join("\n")}`
        )
      }
      for (const asset of fundsOf[product]) {
        yield* binance.deposit({ product, asset, amount: asset === "USDT" ? "10000000" : "1000" })
      }
      const symbols = markets[product].map(({ symbol }) => symbol)
      // Days are compared as often as by default.
      const reconcileEvery = pause === 0 ? place.reconcileEvery : 900
      const account = yield* row.make({ reconcileEvery: `${reconcileEvery} seconds`, symbols })
      const told = yield* consume(account, note)
      const wait = (seconds: number) =>
        Effect.gen(function* () {
          for (let i = 0; i < seconds; i++) {
            yield* pass(1)
            clock++
          }
          if (told.wrong.length > 0) {
            violate(told.wrong.join("; "))
          }
        })
      const untilCurrent = Effect.repeat(Effect.zipRight(wait(1), account.state), {
        until: ({ phase }) => phase._tag === "Current",
        times: 60
      })
      yield* untilCurrent
      let commands = 0
      let faults = 0
      for (let round = 0; round < rounds; round++) {
        yield* pass(pause)
        clock += pause
        for (let i = 0; i < 25; i++) {
          yield* trade(binance, product, random)
          if (product === "Spot" && i % 8 === 0) {
            yield* tradeBySor(random)
          }
          commands++
          if (random() < 0.12) {
            const candidates = misfortunes(row, yield* binance.book({ product }), random)
            const fault = candidates[Math.floor(random() * candidates.length)]!
            note(`fault ${JSON.stringify(fault)}`)
            yield* binance.inject(fault)
            faults++
          }
          yield* wait(random() < 0.5 ? 0 : Math.ceil(random() * 4))
        }
        yield* wait(30)
        yield* binance.inject(Fault.clear)
        yield* pass(reconcileEvery + 100)
        clock += reconcileEvery + 100
        // On sockets a comparison may be under way.
        yield* untilCurrent
        const state = yield* account.state
        const book = yield* binance.book({ product })
        const truth = pictureOfBook(book)
        const picture = pictureOf(state)
        // Of an algo order that REST has forgotten, the account says that it does not know whether it has ended.
        const algoOrders = picture.algoOrders.filter(
          (algoOrder) => !told.unknown.includes(algoOrder.split(" ")[0]!) || truth.algoOrders.includes(algoOrder)
        )
        const actual = JSON.stringify({ ...picture, algoOrders })
        const expected = JSON.stringify(truth)
        if (state.phase._tag !== "Current" || actual !== expected) {
          violate(`${state.phase._tag}\n     ${actual}\nnot  ${expected}`)
        }
        const difference = differenceOf(told.fills, book)
        if (difference !== undefined) {
          violate(difference)
        }
      }
      const { fills, recovered, recoveries } = told
      return { name, seed, commands, faults, fills: fills.length, recovered, recoveries }
    })
  )
