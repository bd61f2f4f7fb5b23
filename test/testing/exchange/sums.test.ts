import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import { SimulatedBinance, type Trading } from "effect-binance-user-data/testing"

type Binance = SimulatedBinance.SimulatedBinance.Service
type Futures = "UsdFutures" | "CoinFutures"

const decimal = BigDecimal.unsafeFromString
const zero = decimal("0")
const sum = (values: Iterable<BigDecimal.BigDecimal>) => Array.from(values).reduce(BigDecimal.sum, zero)

const assertEqual = (actual: BigDecimal.BigDecimal, expected: BigDecimal.BigDecimal, what: string) => {
  if (!BigDecimal.equals(actual, expected)) {
    assert.fail(`${what}: ${BigDecimal.format(actual)} instead of ${BigDecimal.format(expected)}`)
  }
}

const markets = {
  Spot: [
    { symbol: "BTCUSDT", assets: ["BTC", "USDT"], digits: 2, step: 5, price: 90_000 },
    { symbol: "ETHBTC", assets: ["ETH", "BTC"], digits: 5, step: 3, price: 0.03 }
  ],
  UsdFutures: [
    { symbol: "BTCUSDT", assets: ["USDT"], digits: 1, step: 3, price: 90_000 },
    { symbol: "SOLUSDT", assets: ["USDT"], digits: 2, step: 0, price: 200 }
  ],
  CoinFutures: [
    { symbol: "BTCUSD_PERP", assets: ["BTC"], digits: 1, step: 0, price: 90_000 },
    { symbol: "ETHUSD_PERP", assets: ["ETH"], digits: 2, step: 0, price: 3000 }
  ]
} as const

const products = ["Spot", "UsdFutures", "CoinFutures"] as const

interface Command {
  readonly name: string
  readonly product: Trading.Product
  readonly market: number
  /** Around the usual price, in parts. */
  readonly level: number
  readonly size: number
  readonly isBuy: boolean
  readonly choice: number
}

const command: FastCheck.Arbitrary<Command> = FastCheck.record({
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
    "mode"
  ),
  product: FastCheck.constantFrom(...products),
  market: FastCheck.nat(1),
  level: FastCheck.integer({ min: 900, max: 1100 }),
  size: FastCheck.integer({ min: 1, max: 400 }),
  isBuy: FastCheck.boolean(),
  choice: FastCheck.nat(11)
})

const futuresOnly = ["fund", "liquidate", "leverage", "marginType", "mode"]

const run = (
  binance: Binance,
  hedged: ReadonlySet<string>,
  given: Command
): Effect.Effect<unknown, Trading.Refused> => {
  const { choice, name } = given
  const product: any = given.product
  const market = markets[given.product][given.market]!
  const { symbol } = market
  const price = priceOf(given)
  const quantity = (given.size / 10 ** market.step).toFixed(market.step)
  const side = given.isBuy ? "BUY" : "SELL"
  const reduceOnly = given.product !== "Spot" && choice === 0 ? true : undefined
  const positionSide = hedged.has(given.product)
    ? choice % 2 === 0
      ? ("LONG" as const)
      : ("SHORT" as const)
    : undefined
  const order = { product, symbol, side, quantity, positionSide, reduceOnly } as const
  const asset = market.assets[choice % market.assets.length]!
  const amount = (given.size * (asset === "USDT" ? 100 : 0.01)).toFixed(2)
  const withOpen = (action: (open: Trading.Order) => Effect.Effect<unknown, Trading.Refused>) =>
    Effect.flatMap(binance.book({ product }), ({ openOrders }) =>
      openOrders.length === 0 ? Effect.void : action(openOrders[choice % openOrders.length]!)
    )
  if (given.product === "Spot" && futuresOnly.includes(name)) {
    return Effect.void
  }
  switch (name) {
    case "limit":
      return binance.placeOrder({
        ...order,
        type: given.product === "Spot" && choice === 1 ? "LIMIT_MAKER" : "LIMIT",
        price,
        timeInForce: (["GTC", "GTC", "GTC", "IOC", "FOK", "GTX"] as const)[choice % 6]
      })
    case "market":
      return binance.placeOrder({ ...order, type: "MARKET" })
    case "price":
      return binance.setPrice({
        product,
        symbol,
        price,
        liquidity: choice < 6 ? undefined : (choice / 2 / 10 ** market.step).toFixed(market.step)
      })
    case "stop":
      return given.product === "Spot"
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
      return binance.placeOrderList({
        product: "Spot",
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
          product,
          symbol,
          orderId,
          quantity: choice < 4 ? undefined : quantity,
          isTaker: choice % 2 === 0
        })
      )
    case "amend":
      return withOpen(({ orderId, symbol }) => binance.amend({ product, symbol, orderId, quantity }))
    case "cancel":
      return withOpen(({ orderId, symbol }) => binance.cancel({ product, symbol, orderId }))
    case "expire":
      return withOpen(({ orderId, symbol }) => binance.expire({ product, symbol, orderId }))
    case "deposit":
      return binance.deposit({ product, asset, amount })
    case "withdraw":
      return binance.withdraw({ product, asset, amount })
    case "transfer":
      return binance.transfer({ from: product, to: products[choice % 3]!, asset, amount })
    case "fund":
      return binance.fund({ product, symbol, rate: ((choice - 5) / 10_000).toFixed(4) })
    case "liquidate":
      return binance.liquidate({ product, symbol, positionSide, by: choice === 1 ? "ADL" : "LIQUIDATION" })
    case "leverage":
      return binance.setLeverage({ product, symbol, leverage: 1 + choice })
    case "marginType":
      return binance.setMarginType({ product, symbol, marginType: given.isBuy ? "ISOLATED" : "CROSSED" })
    default:
      return binance.setPositionMode({ product, dualSidePosition: given.isBuy })
  }
}

const priceOf = ({ level, market: index, product }: Command) => {
  const market = markets[product][index]!
  return ((market.price * level) / 1000).toFixed(market.digits)
}

/** What a test knows of accounts without asking: what was paid in and out, prices and modes. */
class Ledger {
  readonly hedged = new Set<string>()
  readonly prices = new Map<string, string>()
  private readonly sums = new Map<string, BigDecimal.BigDecimal>()

  note(command: Command) {
    const { choice, isBuy, market: index, name, product, size } = command
    const market = markets[product][index]!
    if (name === "price") {
      this.prices.set(`${product} ${market.symbol}`, priceOf(command))
    } else if (name === "mode" && isBuy) {
      this.hedged.add(product)
    } else if (name === "mode") {
      this.hedged.delete(product)
    }
    const asset = market.assets[choice % market.assets.length]!
    const amount = decimal((size * (asset === "USDT" ? 100 : 0.01)).toFixed(2))
    if (name === "deposit") {
      this.add(product, asset, amount)
    } else if (name === "withdraw" || name === "transfer") {
      this.add(product, asset, BigDecimal.negate(amount))
    }
    if (name === "transfer") {
      this.add(products[choice % 3]!, asset, amount)
    }
  }

  of(product: string, asset: string) {
    return this.sums.get(`${product} ${asset}`) ?? zero
  }

  private add(product: string, asset: string, amount: BigDecimal.BigDecimal) {
    this.sums.set(`${product} ${asset}`, BigDecimal.sum(this.of(product, asset), amount))
  }
}

const checkOrders = (book: Trading.Book) => {
  const open = new Set(book.openOrders.map(({ orderId }) => orderId))
  for (const order of book.orders) {
    const fills = book.fills.filter((fill) => fill.orderId === order.orderId)
    assertEqual(
      decimal(order.filled),
      sum(fills.map(({ quantity }) => decimal(quantity))),
      `filled of ${order.orderId}`
    )
    assert.isTrue(BigDecimal.lessThanOrEqualTo(decimal(order.filled), decimal(order.quantity)))
    assert.strictEqual(open.has(order.orderId), order.status === "NEW" || order.status === "PARTIALLY_FILLED")
    assert.strictEqual(order.status === "FILLED", order.filled === order.quantity && fills.length > 0)
  }
}

const checkSpot = (book: Trading.Book, ledger: Ledger) => {
  for (const { asset, free, locked, total } of book.balances) {
    const flows = book.fills.flatMap(({ commission, commissionAsset, quantity, side, symbol, value }) => {
      const [base, quote] = markets.Spot.find((market) => market.symbol === symbol)!.assets
      const signed = (text: string, isPlus: boolean) => (isPlus ? decimal(text) : BigDecimal.negate(decimal(text)))
      return [
        ...(asset === base ? [signed(quantity, side === "BUY")] : []),
        ...(asset === quote ? [signed(value, side === "SELL")] : []),
        ...(asset === commissionAsset ? [signed(commission, false)] : [])
      ]
    })
    assertEqual(decimal(total), BigDecimal.sum(ledger.of("Spot", asset), sum(flows)), `spot ${asset}`)
    assert.isFalse(free.startsWith("-"), `free ${asset}`)
    assert.isFalse(locked.startsWith("-"), `locked ${asset}`)
    if (book.openOrders.length === 0) {
      assert.strictEqual(locked, "0")
    }
  }
}

const signed = (fill: Trading.Fill, text: string) =>
  fill.side === "BUY" ? decimal(text) : BigDecimal.negate(decimal(text))

/** At the price of the market, below zero for what is short. */
const valueOf = (product: Futures, symbol: string, amount: string, ledger: Ledger) => {
  const { price: usual } = markets[product].find((market) => market.symbol === symbol)!
  const price = decimal(ledger.prices.get(`${product} ${symbol}`) ?? String(usual))
  if (product === "UsdFutures") {
    return BigDecimal.multiply(decimal(amount), price)
  }
  const size = decimal(symbol.startsWith("BTC") ? "100" : "10")
  return BigDecimal.scale(BigDecimal.unsafeDivide(BigDecimal.multiply(decimal(amount), size), price), 8)
}

const checkFutures = (product: Futures, book: Trading.Book, ledger: Ledger) => {
  for (const { asset, total } of book.balances) {
    const income = book.income.filter((row) => row.asset === asset)
    const fills = book.fills.filter((fill) => fill.commissionAsset === asset)
    const of = (type: string) => sum(income.filter((row) => row.type === type).map(({ amount }) => decimal(amount)))
    assertEqual(of("TRANSFER"), ledger.of(product, asset), `transfers of ${asset}`)
    assertEqual(of("REALIZED_PNL"), sum(fills.map((fill) => decimal(fill.realizedProfit))), `realised in ${asset}`)
    assertEqual(of("COMMISSION"), sum(fills.map((fill) => decimal(`-${fill.commission}`))), `commissions in ${asset}`)
    assertEqual(decimal(total), sum(income.map(({ amount }) => decimal(amount))), `wallet of ${asset}`)
  }
  const sides = new Set(book.fills.map(({ positionSide, symbol }) => `${symbol} ${positionSide}`))
  for (const key of sides) {
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
      valueOf(product, fills[0]!.symbol, position?.amount ?? "0", ledger)
    )
    const won = sum(
      [...fills.map(({ realizedProfit }) => realizedProfit), position?.unrealizedProfit ?? "0"].map(decimal)
    )
    assertEqual(won, product === "CoinFutures" ? spent : BigDecimal.negate(spent), `profit of ${key}`)
  }
  assert.isFalse(
    book.positions.some(({ amount, positionSide }) =>
      positionSide === "LONG" ? amount.startsWith("-") : positionSide === "SHORT" && !amount.startsWith("-")
    )
  )
}

const replay = (commands: ReadonlyArray<Command>) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    const ledger = new Ledger()
    for (const product of products) {
      for (const asset of ["USDT", "BTC", "ETH"]) {
        yield* binance.deposit({ product, asset, amount: "0" })
      }
    }
    for (const next of commands) {
      if (yield* Effect.isSuccess(run(binance, ledger.hedged, next))) {
        ledger.note(next)
      }
    }
    for (const product of products) {
      const book = yield* binance.book({ product })
      checkOrders(book)
      if (product === "Spot") {
        checkSpot(book, ledger)
      } else {
        checkFutures(product, book, ledger)
      }
    }
  }).pipe(Effect.provide(SimulatedBinance.layerMemory({ seed: 1 })))

const funded: ReadonlyArray<Command> = products.flatMap((product) =>
  [0, 1].flatMap((market) =>
    [0, 1].map((choice) => ({
      name: "deposit",
      product,
      market,
      level: 1000,
      size: 400,
      isBuy: true,
      choice
    }))
  )
)

describe("an account", () => {
  it("whatever is done to it, its sums fit", { timeout: 120_000 }, () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.array(command, { minLength: 1, maxLength: 40, size: "max" }), (commands) => {
        Effect.runSync(replay([...funded, ...commands]))
      }),
      { numRuns: Number(process.env.SUMS_RUNS ?? 10_000), seed: 20_261_126 }
    )
  })
})
