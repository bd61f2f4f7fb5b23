import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { BinanceHttp, CoinFutures, Spot, UsdFutures } from "effect-binance-user-data"
import { SimulatedBinance, type Trading } from "effect-binance-user-data/testing"
import { answer, signed } from "./harness.js"
import { collect, credentials, step, told } from "./listening.js"

const layer = Layer.mergeAll(Spot.layer, UsdFutures.layer, CoinFutures.layer).pipe(
  Layer.provide(BinanceHttp.layer),
  Layer.provide(credentials),
  Layer.provideMerge(SimulatedBinance.layerMemory())
)

describe("events of what is done to an account", () => {
  it.scoped("spot: an order is placed, filled in parts, and its remainder cancelled", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const seen = yield* collect((yield* Spot.Spot).events)
      const product = "Spot"
      const events = Effect.map(Effect.zipRight(step, seen), (elements) => elements.map(told))
      yield* binance.deposit({ product, asset: "USDT", amount: "1000" })
      assert.deepStrictEqual(yield* events, ["BalanceUpdate", "OutboundAccountPosition"])
      const order = { symbol: "BTCUSDT", side: "BUY", type: "LIMIT", timeInForce: "GTC", price: "80000" } as const
      const placed = yield* binance.placeOrder({ product, ...order, quantity: "0.01" })
      assert.deepStrictEqual(yield* events, ["order NEW NEW", "OutboundAccountPosition"])
      yield* binance.fill({ product, ...placed, quantity: "0.004" })
      assert.deepStrictEqual(yield* events, ["order TRADE PARTIALLY_FILLED", "OutboundAccountPosition"])
      yield* binance.amend({ product, ...placed, quantity: "0.008" })
      assert.deepStrictEqual(yield* events, ["order REPLACED PARTIALLY_FILLED", "OutboundAccountPosition"])
      yield* binance.cancel({ product, ...placed })
      assert.deepStrictEqual(yield* events, ["order CANCELED CANCELED", "OutboundAccountPosition"])
      const legs = yield* binance.placeOrderList({
        product,
        symbol: "BTCUSDT",
        side: "SELL",
        quantity: "0.001",
        aboveType: "LIMIT_MAKER",
        abovePrice: "95000",
        belowType: "STOP_LOSS",
        belowStopPrice: "85000"
      })
      assert.deepStrictEqual(yield* events, ["ListStatus", "order NEW NEW", "order NEW NEW", "OutboundAccountPosition"])
      yield* binance.setPrice({ product, symbol: "BTCUSDT", price: "84000" })
      assert.deepStrictEqual(yield* events, [
        "order EXPIRED EXPIRED",
        "OutboundAccountPosition",
        "order NEW NEW",
        "order TRADE FILLED",
        "OutboundAccountPosition",
        "ListStatus"
      ])
      assert.strictEqual(legs.length, 2)
    }).pipe(Effect.provide(layer))
  )

  it.scoped("USD-M: two buys add up, an algo order closes, funding is paid", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const seen = yield* collect((yield* UsdFutures.UsdFutures).events)
      const product = "UsdFutures"
      const events = Effect.map(Effect.zipRight(step, seen), (elements) => elements.map(told))
      yield* binance.deposit({ product, asset: "USDT", amount: "10000" })
      assert.deepStrictEqual(yield* events, ["account DEPOSIT"])
      const buy = { product, symbol: "BTCUSDT", side: "BUY", type: "MARKET", quantity: "0.1" } as const
      yield* binance.placeOrder(buy)
      const trade = ["order NEW NEW", "TradeLite", "account ORDER", "order TRADE FILLED"]
      assert.deepStrictEqual(yield* events, trade)
      yield* binance.setPrice({ product, symbol: "BTCUSDT", price: "92000" })
      yield* binance.placeOrder(buy)
      assert.deepStrictEqual(yield* events, trade)
      const book = yield* binance.book({ product })
      assert.deepInclude(book.positions[0], { amount: "0.2", entryPrice: "91000", unrealizedProfit: "200" })
      yield* binance.fund({ product, symbol: "BTCUSDT", rate: "0.0001" })
      assert.deepStrictEqual(yield* events, ["account FUNDING_FEE"])
      yield* binance.placeAlgoOrder({
        product,
        symbol: "BTCUSDT",
        side: "SELL",
        type: "STOP_MARKET",
        triggerPrice: "91000",
        closePosition: true
      })
      assert.deepStrictEqual(yield* events, ["algo NEW"])
      yield* binance.setPrice({ product, symbol: "BTCUSDT", price: "90500" })
      assert.deepStrictEqual(yield* events, ["algo TRIGGERING", "algo TRIGGERED", ...trade, "algo FINISHED"])
      const after = yield* binance.book({ product })
      // 10,000 - fees of 3 takes (0.05 %) of 9,000, 9,200 and 18,100 - funding (0.01 % of 18,400) - loss of 100
      assert.deepStrictEqual([after.positions, after.balances[0]?.total], [[], "9880.01"])
    }).pipe(Effect.provide(layer))
  )

  it.scoped("COIN-M: an order that reduces ends with its position, and a liquidation says what it is", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const seen = yield* collect((yield* CoinFutures.CoinFutures).events)
      const product = "CoinFutures"
      const symbol = "BTCUSD_PERP"
      yield* binance.deposit({ product, asset: "BTC", amount: "1" })
      yield* binance.placeOrder({ product, symbol, side: "BUY", type: "MARKET", quantity: "9" })
      const exit = { product, symbol, side: "SELL", type: "LIMIT", timeInForce: "GTC", reduceOnly: true } as const
      const resting = yield* binance.placeOrder({ ...exit, price: "95000", quantity: "100" })
      assert.strictEqual(resting.quantity, "9")
      yield* Effect.zipRight(step, seen)
      yield* binance.liquidate({ product, symbol })
      const events = yield* Effect.zipRight(step, seen)
      assert.deepStrictEqual(events.map(told), [
        "order EXPIRED EXPIRED",
        "order NEW NEW",
        "account ORDER",
        "order CALCULATED FILLED"
      ])
      const last: any = events.at(-1)
      assert.isTrue(last.order.clientOrderId.startsWith("autoclose-"))
      assert.strictEqual(last.order.orderType, "LIQUIDATION")
    }).pipe(Effect.provide(layer))
  )

  it.scoped("nothing is pushed where no stream is open, and streams of other accounts hear nothing", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* binance.deposit({ product: "Spot", asset: "USDT", amount: "1" })
      assert.strictEqual((yield* binance.counters).eventsSent, 0)
      const seen = yield* collect((yield* Spot.Spot).events)
      yield* binance.account({ apiKey: "other", account: "other" })
      yield* binance.deposit({ product: "Spot", account: "other", asset: "USDT", amount: "1" })
      yield* binance.deposit({ product: "UsdFutures", asset: "USDT", amount: "1" })
      assert.deepStrictEqual(yield* Effect.zipRight(step, seen), [])
    }).pipe(Effect.provide(layer))
  )
})

/** The open orders, positions and balances that events have told of. */
class Told {
  readonly orders = new Map<string, string>()
  readonly positions = new Map<string, string>()
  readonly balances = new Map<string, string>()

  hear(event: any) {
    if (event._tag === "OrderTradeUpdate") {
      const { filledAccumulatedQuantity, orderId, orderStatus } = event.order
      if (orderStatus === "NEW" || orderStatus === "PARTIALLY_FILLED") {
        this.orders.set(String(orderId), `${orderStatus} ${Number(filledAccumulatedQuantity)}`)
      } else {
        this.orders.delete(String(orderId))
      }
    } else if (event._tag === "AccountUpdate") {
      for (const { asset, walletBalance } of event.updateData.balances) {
        this.balances.set(asset, walletBalance)
      }
      for (const { positionAmount, symbol } of event.updateData.positions ?? []) {
        this.positions.set(symbol, positionAmount)
      }
    }
  }
}

describe("a small bot, from order to book", () => {
  it.scoped("what the stream told, what REST tells and the truth are the same", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const { events } = yield* UsdFutures.UsdFutures
      const heard = new Told()
      const bot = yield* Effect.fork(Stream.runForEach(events, (event) => Effect.sync(() => heard.hear(event))))
      yield* step
      const product = "UsdFutures"
      const symbol = "BTCUSDT"
      yield* binance.deposit({ product, asset: "USDT", amount: "100000" })
      const limit = { symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: "0.010" }
      for (let i = 0; i < 20; i++) {
        yield* answer("POST", "/fapi/v1/order", { ...limit, price: 89_990 - i * 10 })
      }
      for (const price of ["89975", "89900", "90100", "89850"]) {
        yield* binance.setPrice({ product, symbol, price, liquidity: "0.035" })
        yield* TestClock.adjust("1 minute")
        yield* answer("POST", "/fapi/v1/order", { symbol, side: "SELL", type: "MARKET", quantity: "0.005" })
      }
      const [first] = (yield* binance.book({ product })).openOrders
      yield* answer("DELETE", "/fapi/v1/order", { symbol, orderId: first?.orderId ?? "" })
      yield* step
      const book: Trading.Book = yield* binance.book({ product })
      const open = yield* answer("GET", "/fapi/v1/openOrders", { symbol })
      const positions = yield* answer("GET", "/fapi/v3/positionRisk", { symbol })
      const balances = yield* answer("GET", "/fapi/v3/balance")
      const ofBook = book.openOrders.map(({ filled, orderId, status }) => [orderId, `${status} ${Number(filled)}`])
      assert.isAbove(ofBook.length, 5)
      assert.deepStrictEqual(Array.from(heard.orders), ofBook)
      assert.deepStrictEqual(
        open.map((row: any) => [String(row.orderId), `${row.status} ${Number(row.executedQty)}`]),
        ofBook
      )
      assert.deepStrictEqual(heard.positions.get(symbol), positions[0].positionAmt)
      assert.strictEqual(Number(positions[0].positionAmt), Number(book.positions[0]?.amount))
      assert.deepStrictEqual(heard.balances.get("USDT"), balances[0].balance)
      assert.strictEqual(Number(balances[0].balance), Number(book.balances[0]?.total))
      yield* Fiber.interrupt(bot)
    }).pipe(Effect.provide(layer))
  )

  it.scoped("ids beyond what a number can hold are exact, over REST and on the stream", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* binance.deposit({ product: "Spot", asset: "USDT", amount: "10000" })
      const order = { symbol: "BTCUSDT", side: "BUY", type: "MARKET", quantity: "0.01" }
      yield* signed("POST", "/api/v3/order", order)
      const { body } = yield* signed("POST", "/api/v3/order", order)
      assert.strictEqual(body.orderId, 9_007_199_254_740_994n)
      const trades = yield* answer("GET", "/api/v3/myTrades", { symbol: "BTCUSDT", fromId: "9007199254740994" })
      assert.deepStrictEqual(
        trades.map(({ id }: any) => id),
        [9_007_199_254_740_994n]
      )
    }).pipe(Effect.provide(SimulatedBinance.layerMemory({ firstId: "9007199254740993" })))
  )
})
