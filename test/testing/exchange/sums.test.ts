import { setImmediate } from "node:timers/promises"
import { assert, describe, it, onTestFinished } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as BigDecimal from "effect/BigDecimal"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import { SimulatedBinance, type Trading } from "effect-binance-user-data/testing"

type Binance = SimulatedBinance.SimulatedBinance.Service

const decimal = BigDecimal.unsafeFromString
const zero = decimal("0")
const sum = (values: Iterable<BigDecimal.BigDecimal>) => Array.from(values).reduce(BigDecimal.sum, zero)

/** What is checked a million times needs no words before it fails. */
const check = (isTrue: boolean, what: string) => {
  if (!isTrue) {
    assert.fail(what)
  }
}

const assertEqual = (actual: BigDecimal.BigDecimal, expected: BigDecimal.BigDecimal, what: string) => {
  if (!BigDecimal.equals(actual, expected)) {
    assert.fail(`${what}: ${BigDecimal.format(actual)} instead of ${BigDecimal.format(expected)}`)
  }
}

const spotMarkets = [
  { symbol: "BTCUSDT", assets: ["BTC", "USDT"], digits: 2, step: 5, price: 90_000 },
  { symbol: "ETHBTC", assets: ["ETH", "BTC"], digits: 5, step: 3, price: 0.03 }
] as const

interface Place {
  /** Whose account. */
  readonly target: Pick<Trading.Account, "product" | "isolatedSymbol" | "unit">
  readonly market: Trading.MarketProduct
  readonly markets: ReadonlyArray<{
    readonly symbol: string
    readonly assets: ReadonlyArray<string>
    readonly digits: number
    readonly step: number
    readonly price: number
  }>
}

const usdMarkets = [
  { symbol: "BTCUSDT", assets: ["USDT"], digits: 1, step: 3, price: 90_000 },
  { symbol: "SOLUSDT", assets: ["USDT"], digits: 2, step: 0, price: 200 }
] as const

const coinMarkets = [
  { symbol: "BTCUSD_PERP", assets: ["BTC"], digits: 1, step: 0, price: 90_000 },
  { symbol: "ETHUSD_PERP", assets: ["ETH"], digits: 2, step: 0, price: 3000 }
] as const

const optionMarkets = [
  { symbol: "BTC-261225-100000-C", assets: ["USDT"], digits: 3, step: 2, price: 1500 },
  { symbol: "BTC-261225-80000-P", assets: ["USDT"], digits: 3, step: 2, price: 900 }
] as const

const isolated = { product: "Margin", isolatedSymbol: "BTCUSDT" } as const

const places = {
  Spot: { target: { product: "Spot" }, market: "Spot", markets: spotMarkets },
  Cross: { target: { product: "Margin" }, market: "Spot", markets: spotMarkets },
  Isolated: { target: isolated, market: "Spot", markets: [spotMarkets[0], spotMarkets[0]] },
  UsdFutures: { target: { product: "UsdFutures" }, market: "UsdFutures", markets: usdMarkets },
  CoinFutures: { target: { product: "CoinFutures" }, market: "CoinFutures", markets: coinMarkets },
  Options: { target: { product: "EuropeanOptions" }, market: "EuropeanOptions", markets: optionMarkets },
  UM: { target: { product: "PortfolioMargin", unit: "UM" }, market: "UsdFutures", markets: usdMarkets },
  CM: { target: { product: "PortfolioMargin", unit: "CM" }, market: "CoinFutures", markets: coinMarkets },
  MARGIN: { target: { product: "PortfolioMargin", unit: "MARGIN" }, market: "Spot", markets: spotMarkets }
} as const satisfies { readonly [name: string]: Place }

type PlaceName = keyof typeof places

const names = Object.keys(places) as ReadonlyArray<PlaceName>

const placeOf = (name: PlaceName): Place => places[name]

const isMargin = (name: PlaceName) => name === "Cross" || name === "Isolated" || name === "MARGIN"

const isSpotKind = (name: PlaceName) => name === "Spot" || isMargin(name)

interface Command {
  readonly name: string
  readonly place: PlaceName
  /** Where a transfer goes. */
  readonly receiver: PlaceName
  readonly market: number
  /** Around the usual price, in parts. */
  readonly level: number
  readonly size: number
  readonly isBuy: boolean
  readonly choice: number
}

const commandAt = (among: ReadonlyArray<PlaceName>): FastCheck.Arbitrary<Command> =>
  FastCheck.record({
    name: FastCheck.constantFrom(
      "limit",
      "limit",
      "market",
      "price",
      "price",
      "stop",
      "list",
      "fill",
      "fill",
      "amend",
      "cancel",
      "expire",
      "deposit",
      "withdraw",
      "transfer",
      "fund",
      "liquidate",
      "leverage",
      "marginType",
      "mode",
      "borrow",
      "repay",
      "interest",
      "level",
      "exercise"
    ),
    place: FastCheck.constantFrom(...among),
    receiver: FastCheck.constantFrom(...among),
    market: FastCheck.nat(1),
    level: FastCheck.integer({ min: 900, max: 1100 }),
    size: FastCheck.integer({ min: 1, max: 400 }),
    isBuy: FastCheck.boolean(),
    choice: FastCheck.nat(11)
  })

/** Three accounts, and what is done to them: all nine would each see little of a sequence. */
const story = FastCheck.shuffledSubarray([...names], { minLength: 3, maxLength: 3 }).chain((among) =>
  FastCheck.record({
    among: FastCheck.constant(among),
    commands: FastCheck.array(commandAt(among), { minLength: 1, maxLength: 40, size: "max" })
  })
)

const futuresOnly = ["fund", "leverage", "marginType", "mode"]
const notOnOptions = [...futuresOnly, "liquidate", "market", "amend"]
const marginOnly = ["borrow", "repay", "interest", "level"]

const isFor = ({ name, place }: Command) =>
  !(isSpotKind(place) && futuresOnly.includes(name)) &&
  !(!isMargin(place) && marginOnly.includes(name)) &&
  !(place === "Options" && notOnOptions.includes(name)) &&
  !(place !== "Options" && name === "exercise") &&
  !(name === "stop" && place === "Options") &&
  !(name === "list" && !isSpotKind(place)) &&
  !(name === "liquidate" && place === "Spot")

/** What is moved or borrowed: of an asset of the market. */
const amountOf = ({ choice, market, name, place, size }: Command) => {
  const { assets } = placeOf(place).markets[market]!
  const asset = assets[choice % assets.length]!
  const unit = (asset === "USDT" ? 100 : 0.01) * (name === "repay" ? 0.01 : 1)
  return { asset, amount: (size * unit).toFixed(4) }
}

/** One call names at most one isolated symbol, and one part of portfolio margin. */
const receiverOf = ({ place, receiver }: Command): PlaceName =>
  placeOf(place).target.product === placeOf(receiver).target.product ? "Spot" : receiver

const run = (
  binance: Binance,
  hedged: ReadonlySet<string>,
  given: Command
): Effect.Effect<unknown, Trading.Refused> => {
  const { choice, name } = given
  const { market: marketProduct, markets, target: whose } = placeOf(given.place)
  const target: any = whose
  const market = markets[given.market]!
  const { symbol } = market
  const price = priceOf(given)
  const quantity = (given.size / 10 ** market.step).toFixed(market.step)
  const side = given.isBuy ? "BUY" : "SELL"
  const isSpot = isSpotKind(given.place)
  const reduceOnly = !isSpot && choice === 0 ? true : undefined
  const positionSide = hedged.has(given.place) ? (choice % 2 === 0 ? ("LONG" as const) : ("SHORT" as const)) : undefined
  const sideEffectType = (["NO_SIDE_EFFECT", "AUTO_BORROW_REPAY", "MARGIN_BUY", "AUTO_REPAY"] as const)[choice % 4]!
  const order = {
    ...target,
    symbol,
    side,
    quantity,
    positionSide,
    reduceOnly,
    // Futures know all but the last.
    selfTradePreventionMode: preventionModes[given.size % (isSpot ? 5 : 4)]!,
    ...(isMargin(given.place) ? { sideEffectType } : {})
  }
  const { amount, asset } = amountOf(given)
  const withOpen = (action: (open: Trading.Order) => Effect.Effect<unknown, Trading.Refused>) =>
    Effect.flatMap(binance.book(target), ({ openOrders }) =>
      openOrders.length === 0 ? Effect.void : action(openOrders[choice % openOrders.length]!)
    )
  if (!isFor(given)) {
    return Effect.void
  }
  switch (name) {
    case "limit":
      return binance.placeOrder({
        ...order,
        type: isSpot && choice === 1 ? "LIMIT_MAKER" : "LIMIT",
        price,
        timeInForce: (["GTC", "GTC", "GTC", "IOC", "FOK", "GTX"] as const)[choice % 6]
      })
    case "market":
      return binance.placeOrder({ ...order, type: "MARKET" })
    case "price":
      return binance.setPrice({
        product: marketProduct,
        symbol,
        price,
        liquidity: choice < 6 ? undefined : (choice / 2 / 10 ** market.step).toFixed(market.step)
      })
    case "stop":
      return isSpot
        ? binance.placeOrder({
            ...order,
            type: (["STOP_LOSS", "TAKE_PROFIT", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"] as const)[choice % 4]!,
            stopPrice: price,
            trailingDelta: choice > 7 ? 100 * choice : undefined,
            price,
            timeInForce: "GTC"
          })
        : binance.placeAlgoOrder({
            ...order,
            type: (["STOP_MARKET", "TAKE_PROFIT_MARKET", "STOP", "TRAILING_STOP_MARKET"] as const)[choice % 4]!,
            triggerPrice: price,
            price,
            timeInForce: "GTC",
            callbackRate: "1",
            closePosition: choice === 5 ? true : undefined
          })
    case "list":
      return choice > 5
        ? binance.placeOrderList(otoOf(given))
        : binance.placeOrderList({
            ...target,
            symbol: "BTCUSDT",
            side,
            quantity: (given.size / 1000).toFixed(3),
            aboveType: given.isBuy ? "STOP_LOSS_LIMIT" : "LIMIT_MAKER",
            abovePrice: "95000",
            aboveStopPrice: given.isBuy ? "94000" : undefined,
            aboveTimeInForce: given.isBuy ? "GTC" : undefined,
            belowType: given.isBuy ? "LIMIT_MAKER" : "STOP_LOSS_LIMIT",
            belowPrice: "85000",
            belowStopPrice: given.isBuy ? undefined : "86000",
            belowTimeInForce: given.isBuy ? undefined : "GTC"
          })
    case "fill":
      return withOpen(({ orderId, symbol }) =>
        binance.fill({
          ...target,
          symbol,
          orderId,
          quantity: choice < 4 ? undefined : quantity,
          isTaker: choice % 2 === 0
        })
      )
    case "amend":
      return withOpen(({ orderId, symbol }) => binance.amend({ ...target, symbol, orderId, quantity }))
    case "cancel":
      return withOpen(({ orderId, symbol }) => binance.cancel({ ...target, symbol, orderId }))
    case "expire":
      return withOpen(({ orderId, symbol }) => binance.expire({ ...target, symbol, orderId }))
    case "deposit":
      return binance.deposit({ ...target, asset, amount })
    case "withdraw":
      return binance.withdraw({ ...target, asset, amount })
    case "transfer":
      return binance.transfer({
        from: target.product,
        to: placeOf(receiverOf(given)).target.product,
        isolatedSymbol: target.isolatedSymbol ?? placeOf(receiverOf(given)).target.isolatedSymbol,
        unit: target.unit ?? placeOf(receiverOf(given)).target.unit,
        asset,
        amount
      })
    case "borrow":
      return binance.borrow({ ...target, asset, amount })
    case "repay":
      return binance.repay({ ...target, asset, amount })
    case "interest":
      return binance.accrueInterest(target)
    case "exercise":
      return binance.exercise({ symbol, price: String(70_000 + 100 * given.size) })
    case "level":
      return binance.setMarginLevel({ ...target, level: (0.9 + given.size / 200).toFixed(2) })
    case "fund":
      return binance.fund({ product: marketProduct as "UsdFutures", symbol, rate: ((choice - 5) / 10_000).toFixed(4) })
    case "liquidate":
      return binance.liquidate({ ...target, symbol, positionSide, by: choice === 1 ? "ADL" : "LIQUIDATION" })
    case "leverage":
      return binance.setLeverage({ ...target, symbol, leverage: 1 + choice })
    case "marginType":
      return binance.setMarginType({ ...target, symbol, marginType: given.isBuy ? "ISOLATED" : "CROSSED" })
    default:
      return binance.setPositionMode({ ...target, dualSidePosition: given.isBuy })
  }
}

/** What waits is sold or bought after its first order; one order waits, or two. */
const otoOf = ({ choice, isBuy, level, place, size }: Command): Trading.OrderListRequest => {
  const side = isBuy ? ("BUY" as const) : ("SELL" as const)
  const pendingQuantity = (size / 2000).toFixed(4)
  const first = {
    ...(placeOf(place).target as Trading.Account<"Spot">),
    symbol: "BTCUSDT",
    workingType: "LIMIT",
    workingSide: side,
    workingQuantity: (size / 1000).toFixed(3),
    workingPrice: String(90 * level),
    workingTimeInForce: choice === 6 ? "IOC" : "GTC",
    pendingSide: choice > 8 ? side : isBuy ? "SELL" : "BUY",
    pendingQuantity
  } as const
  return choice % 2 === 0
    ? {
        ...first,
        pendingType: (["MARKET", "LIMIT", "STOP_LOSS"] as const)[(choice / 2) % 3]!,
        pendingPrice: "90000",
        pendingStopPrice: "88000",
        pendingTimeInForce: "GTC"
      }
    : {
        ...first,
        pendingAboveType: isBuy ? "LIMIT_MAKER" : "STOP_LOSS",
        pendingAbovePrice: "95000",
        pendingAboveStopPrice: "95000",
        pendingBelowType: isBuy ? "STOP_LOSS" : "LIMIT_MAKER",
        pendingBelowPrice: "85000",
        pendingBelowStopPrice: "85000"
      }
}

const preventionModes = ["NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT"] as const

const priceOf = ({ level, market: index, place }: Command) => {
  const market = placeOf(place).markets[index]!
  return ((market.price * level) / 1000).toFixed(market.digits)
}

/** What a test knows of accounts without asking: what was paid in and out, prices and modes. */
class Ledger {
  readonly hedged = new Set<string>()
  /** Options whose positions ended without a trade. */
  readonly expired = new Set<string>()
  readonly prices = new Map<string, string>()
  private readonly sums = new Map<string, BigDecimal.BigDecimal>()

  note(command: Command) {
    const { isBuy, market: index, name, place } = command
    const { market, markets } = placeOf(place)
    if (!isFor(command)) {
      return
    }
    if (name === "price") {
      this.prices.set(`${market} ${markets[index]!.symbol}`, priceOf(command))
    } else if (name === "mode" && isBuy) {
      this.hedged.add(place)
    } else if (name === "mode") {
      this.hedged.delete(place)
    } else if (name === "exercise") {
      this.expired.add(markets[index]!.symbol)
    }
    const { amount: text, asset } = amountOf(command)
    const amount = decimal(text)
    if (name === "deposit") {
      this.add(place, asset, amount)
    } else if (name === "withdraw" || name === "transfer") {
      this.add(place, asset, BigDecimal.negate(amount))
    }
    if (name === "transfer") {
      this.add(receiverOf(command), asset, amount)
    }
  }

  of(product: string, asset: string) {
    return this.sums.get(`${product} ${asset}`) ?? zero
  }

  private add(product: string, asset: string, amount: BigDecimal.BigDecimal) {
    this.sums.set(`${product} ${asset}`, BigDecimal.sum(this.of(product, asset), amount))
  }
}

/** Nothing is left of what a fill or self-trade prevention ended, and something of all others. */
const checkSpotOrders = ({ orders }: Trading.Book) => {
  for (const { filled, orderId, prevented, quantity, status } of orders) {
    const used = BigDecimal.sum(decimal(filled), decimal(prevented))
    const isUsedUp = status === "FILLED" || status === "EXPIRED_IN_MATCH"
    check(BigDecimal.equals(used, decimal(quantity)) === isUsedUp, `used of ${orderId}: ${status}`)
    check(BigDecimal.lessThanOrEqualTo(used, decimal(quantity)), `more than all of ${orderId}`)
  }
}

const checkOrders = (book: Trading.Book) => {
  const open = new Set(book.openOrders.map(({ orderId }) => orderId))
  const filled = Arr.groupBy(book.fills, ({ orderId }) => orderId)
  for (const order of book.orders) {
    const fills = filled[order.orderId] ?? []
    assertEqual(
      decimal(order.filled),
      sum(fills.map(({ quantity }) => decimal(quantity))),
      `filled of ${order.orderId}`
    )
    check(BigDecimal.lessThanOrEqualTo(decimal(order.filled), decimal(order.quantity)), `overfilled ${order.orderId}`)
    const isOpen = ["NEW", "PENDING_NEW", "PARTIALLY_FILLED"].includes(order.status)
    check(open.has(order.orderId) === isOpen, `${order.status} and open ${order.orderId}`)
    const left = BigDecimal.subtract(decimal(order.quantity), decimal(order.prevented))
    const isFilled = fills.length > 0 && BigDecimal.equals(decimal(order.filled), left)
    const isToBe = isFilled && order.status !== "EXPIRED_IN_MATCH"
    check((order.status === "FILLED") === isToBe, `${order.status} and filled ${order.orderId}`)
  }
}

const rowsOf = ({ income }: Trading.Book, asset: string, isIt: (type: string) => boolean) =>
  sum(income.filter((row) => row.asset === asset && isIt(row.type)).map(({ amount }) => decimal(amount)))

const isLoan = (type: string) => type === "BORROW" || type.startsWith("REPAY")

const checkSpot = (name: PlaceName, book: Trading.Book, ledger: Ledger) => {
  for (const { asset, borrowed, free, interest, locked, total } of book.balances) {
    const flows = book.fills.flatMap(({ commission, commissionAsset, quantity, side, symbol, value }) => {
      const [base, quote] = spotMarkets.find((market) => market.symbol === symbol)!.assets
      const signed = (text: string, isPlus: boolean) => (isPlus ? decimal(text) : BigDecimal.negate(decimal(text)))
      return [
        ...(asset === base ? [signed(quantity, side === "BUY")] : []),
        ...(asset === quote ? [signed(value, side === "SELL")] : []),
        ...(asset === commissionAsset ? [signed(commission, false)] : [])
      ]
    })
    const loans = rowsOf(book, asset, isLoan)
    assertEqual(decimal(total), sum([ledger.of(name, asset), ...flows, loans]), `${name} ${asset}`)
    const owed = BigDecimal.sum(
      loans,
      rowsOf(book, asset, (type) => type === "INTEREST")
    )
    assertEqual(BigDecimal.sum(decimal(borrowed), decimal(interest)), owed, `owed by ${name} of ${asset}`)
    if (isMargin(name)) {
      const all = rowsOf(book, asset, (type) => type !== "INTEREST")
      assertEqual(decimal(total), all, `capital flow of ${name} in ${asset}`)
    }
    check(!free.startsWith("-"), `free ${asset}`)
    check(!locked.startsWith("-"), `locked ${asset}`)
    check(locked === "0" || book.openOrders.length > 0, `locked ${asset} without an order`)
  }
}

const signed = (fill: Trading.Fill, text: string) =>
  fill.side === "BUY" ? decimal(text) : BigDecimal.negate(decimal(text))

/** At the price of the market, below zero for what is short. */
const valueOf = (name: PlaceName, symbol: string, amount: string, ledger: Ledger) => {
  const { market, markets } = placeOf(name)
  const { price: usual } = markets.find((candidate) => candidate.symbol === symbol)!
  const price = decimal(ledger.prices.get(`${market} ${symbol}`) ?? String(usual))
  if (market !== "CoinFutures") {
    return BigDecimal.multiply(decimal(amount), price)
  }
  const size = decimal(symbol.startsWith("BTC") ? "100" : "10")
  return BigDecimal.scale(BigDecimal.unsafeDivide(BigDecimal.multiply(decimal(amount), size), price), 8)
}

const checkFutures = (name: PlaceName, book: Trading.Book, ledger: Ledger) => {
  for (const { asset, total } of book.balances) {
    const income = book.income.filter((row) => row.asset === asset)
    const fills = book.fills.filter((fill) => fill.commissionAsset === asset)
    const of = (type: string) => sum(income.filter((row) => row.type === type).map(({ amount }) => decimal(amount)))
    assertEqual(of("TRANSFER"), ledger.of(name, asset), `transfers of ${asset}`)
    if (name === "Options") {
      assertEqual(of("CONTRACT"), sum(fills.map((fill) => BigDecimal.negate(signed(fill, fill.value)))), "premiums")
      const fees = of("FEE")
      check(BigDecimal.lessThanOrEqualTo(fees, sum(fills.map((fill) => decimal(`-${fill.commission}`)))), "fees")
      assertEqual(decimal(total), sum(income.map(({ amount }) => decimal(amount))), `wallet of ${asset}`)
      continue
    }
    assertEqual(of("REALIZED_PNL"), sum(fills.map((fill) => decimal(fill.realizedProfit))), `realised in ${asset}`)
    assertEqual(of("COMMISSION"), sum(fills.map((fill) => decimal(`-${fill.commission}`))), `commissions in ${asset}`)
    assertEqual(decimal(total), sum(income.map(({ amount }) => decimal(amount))), `wallet of ${asset}`)
  }
  const sides = new Set(book.fills.map(({ positionSide, symbol }) => `${symbol} ${positionSide}`))
  for (const key of sides) {
    if (ledger.expired.has(key.split(" ")[0]!)) {
      continue
    }
    const fills = book.fills.filter(({ positionSide, symbol }) => `${symbol} ${positionSide}` === key)
    const position = book.positions.find(({ positionSide, symbol }) => `${symbol} ${positionSide}` === key)
    assertEqual(
      decimal(position?.amount ?? "0"),
      sum(fills.map((fill) => signed(fill, fill.quantity))),
      `position ${key}`
    )
    // What was won, realised or not, is what selling and buying differ by, once what is left is sold too.
    const spent = BigDecimal.subtract(
      sum(fills.map((fill) => signed(fill, fill.value))),
      valueOf(name, fills[0]!.symbol, position?.amount ?? "0", ledger)
    )
    const won = sum(
      [...fills.map(({ realizedProfit }) => realizedProfit), position?.unrealizedProfit ?? "0"].map(decimal)
    )
    assertEqual(won, placeOf(name).market === "CoinFutures" ? spent : BigDecimal.negate(spent), `profit of ${key}`)
  }
  for (const { amount, positionSide, symbol } of book.positions) {
    const isShort = amount.startsWith("-")
    check(positionSide === "BOTH" || isShort === (positionSide === "SHORT"), `${positionSide} ${symbol} ${amount}`)
  }
}

const replay = (among: ReadonlyArray<PlaceName>, commands: ReadonlyArray<Command>) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    const ledger = new Ledger()
    for (const next of [...among.flatMap(funding), ...commands]) {
      if (yield* Effect.isSuccess(run(binance, ledger.hedged, next))) {
        ledger.note(next)
      }
    }
    for (const name of new Set([...among, ...commands.map(receiverOf)])) {
      const book = yield* binance.book(placeOf(name).target)
      checkOrders(book)
      if (isSpotKind(name)) {
        checkSpotOrders(book)
        checkSpot(name, book, ledger)
      } else {
        checkFutures(name, book, ledger)
      }
    }
  }).pipe(Effect.provide(SimulatedBinance.layerMemory({ seed: 1 })))

/** What a place begins with. */
const funding = (place: PlaceName): ReadonlyArray<Command> => {
  const first = {
    name: "deposit",
    place,
    receiver: place,
    market: 0,
    level: 1000,
    size: 1600,
    isBuy: true,
    choice: 0
  }
  const deposits = [0, 1].flatMap((market) => [0, 1].map((choice) => ({ ...first, market, choice })))
  const byAsset = new Map(deposits.map((deposit) => [amountOf(deposit).asset, deposit]))
  return [
    ...byAsset.values(),
    ...(isMargin(place) ? [0, 1].map((choice) => ({ ...first, name: "borrow", size: 20, choice })) : [])
  ]
}

describe("an account", () => {
  it("whatever is done to it, its sums fit", { timeout: 600_000 }, async () => {
    // Much is refused, and nobody reads the stack traces.
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    onTestFinished(() => {
      Error.stackTraceLimit = stackTraceLimit
    })
    await FastCheck.assert(
      FastCheck.asyncProperty(story, async ({ among, commands }) => {
        // The test runner gives up a worker that does not answer for a minute.
        await setImmediate()
        Effect.runSync(replay(among, commands))
      }),
      { numRuns: Number(process.env.SUMS_RUNS ?? 10_000), seed: 20_261_126 }
    )
  })
})
