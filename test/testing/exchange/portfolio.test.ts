import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { BinanceHttp, PortfolioMargin, PortfolioMarginPro } from "effect-binance-user-data"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import { answer, refusal } from "./harness.js"
import { collect, credentials, step, told } from "./listening.js"
import { type Case, differences, samplesOf } from "./shape.js"

const layer = Layer.mergeAll(PortfolioMargin.layer, PortfolioMarginPro.layer).pipe(
  Layer.provide(BinanceHttp.layer),
  Layer.provide(credentials),
  Layer.provideMerge(SimulatedBinance.layerMemory())
)

const um = { product: "PortfolioMargin" } as const
const cm = { product: "PortfolioMargin", unit: "CM" } as const
const margin = { product: "PortfolioMargin", unit: "MARGIN" } as const
const symbol = "BTCUSDT"
const coin = "BTCUSD_PERP"

/** Funding that an account cannot pay, what that costs and how it is paid off; and a loan that Pro pays back. */
const negative = Effect.gen(function* () {
  const binance = yield* SimulatedBinance.SimulatedBinance
  yield* binance.fund({ product: "UsdFutures", symbol, rate: "1.2" })
  for (const product of ["PortfolioMargin", "PortfolioMarginPro"] as const) {
    yield* binance.accrueInterest({ product })
    yield* binance.exchangeNegativeBalances({ product })
  }
  yield* binance.lendBankruptcyLoan({ amount: "10" })
  yield* binance.deposit({ product: "Spot", asset: "USDC", amount: "4" })
  yield* answer("POST", "/sapi/v1/portfolio/repay")
})

/** Something of everything in each part. */
const story = Effect.gen(function* () {
  const binance = yield* SimulatedBinance.SimulatedBinance
  for (const { asset, target, ...market } of [
    { target: um, asset: "USDT", symbol, quantity: "0.1" },
    { target: cm, asset: "BTC", symbol: coin, quantity: "10" }
  ]) {
    const order = { ...target, ...market, type: "LIMIT", timeInForce: "GTC", side: "BUY" } as const
    yield* binance.deposit({ ...target, asset, amount: "10000" })
    yield* binance.placeOrder({ ...order, type: "MARKET" })
    const exit = yield* binance.placeOrder({ ...order, side: "SELL", price: "92100", reduceOnly: true })
    yield* binance.amend({ ...target, ...exit, quantity: market.quantity, price: "92000" })
    yield* binance.placeOrder({ ...order, price: "80000" })
  }
  for (const [target, other, asset] of [
    [um, "ETHUSDT", "USDT"],
    [cm, "ETHUSD_PERP", "ETH"]
  ] as const) {
    yield* binance.deposit({ ...target, asset, amount: "100" })
    yield* binance.placeOrder({ ...target, symbol: other, side: "BUY", type: "MARKET", quantity: "1" })
    yield* binance.liquidate({ ...target, symbol: other })
  }
  const stop = { ...um, symbol, side: "SELL", type: "STOP_MARKET", quantity: "0.001" } as const
  const dropped = yield* binance.placeAlgoOrder({ ...stop, triggerPrice: "70000" })
  yield* binance.cancelAlgoOrder({ ...um, algoId: dropped.algoId })
  yield* binance.placeAlgoOrder({ ...stop, triggerPrice: "75000" })
  const trailing = { symbol: coin, side: "SELL", quantity: 1, reduceOnly: true } as const
  const post = (parameters: { readonly [name: string]: string | number | boolean }) =>
    answer("POST", "/papi/v1/cm/conditional/order", { ...trailing, ...parameters })
  yield* post({ strategyType: "STOP_MARKET", stopPrice: "70000" })
  const { strategyId } = yield* post({ strategyType: "TRAILING_STOP_MARKET", callbackRate: "1" })
  yield* binance.setPrice({ product: "CoinFutures", symbol: coin, price: "88000" })
  yield* binance.setPrice({ product: "CoinFutures", symbol: coin, price: "90000" })
  yield* binance.deposit({ ...margin, asset: "USDT", amount: "10000" })
  yield* binance.borrow({ ...margin, asset: "USDT", amount: "500" })
  yield* binance.repay({ ...margin, asset: "USDT", amount: "100" })
  const buy = { symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: "0.01" } as const
  yield* answer("POST", "/papi/v1/margin/order", { ...buy, price: "90000" })
  yield* binance.liquidate({ ...margin, symbol })
  yield* binance.placeOrder({ ...margin, ...buy, price: "80000" })
  yield* answer("POST", "/papi/v1/margin/order/oco", {
    ...{ symbol, side: "BUY", quantity: "0.01", price: "80000", stopPrice: "95000", listClientOrderId: "oco" }
  })
  yield* negative
  const book = yield* binance.book(um)
  const { orders } = yield* binance.book(margin)
  return {
    strategyId,
    algoId: dropped.algoId,
    umOrder: book.orders[1]!.orderId,
    cmOrder: (yield* binance.book(cm)).orders[1]!.orderId,
    marginOrder: orders[0]!.orderId
  }
})

const cases = (made: Effect.Effect.Success<typeof story>): ReadonlyArray<Case> => {
  const at = (sample: string, parameters: Case["parameters"] = {}, path = sample.replaceAll(".", "/")): Case => ({
    sample: `portfolio-margin/${sample}`,
    path: `/papi/v1/${path}`,
    parameters
  })
  const futures = (unit: "um" | "cm", own: string, orderId: string) => [
    at(`${unit}.allOrders`, { symbol: own }),
    at(`${unit}.forceOrders`),
    at(`${unit}.income`),
    at(`${unit}.openOrders`),
    at(`${unit}.order`, { symbol: own, orderId }),
    at(`${unit}.orderAmendment`, { symbol: own }),
    at(`${unit}.positionRisk`),
    at(`${unit}.positionSide.dual`),
    at(`${unit}.userTrades`, { symbol: own })
  ]
  return [
    ...futures("um", symbol, made.umOrder),
    ...futures("cm", coin, made.cmOrder),
    at("account"),
    at("balance"),
    at("balance.oneAsset", { asset: "USDT" }, "balance"),
    at("cm.account"),
    at("cm.conditional.allOrders"),
    at("cm.conditional.openOrders"),
    at("cm.conditional.orderHistory", { symbol: coin, strategyId: made.strategyId }),
    at("margin.allOrderList"),
    at("margin.allOrders", { symbol }),
    at("margin.forceOrders"),
    at("margin.marginInterestHistory"),
    at("margin.marginLoan", { asset: "USDT" }),
    at("margin.myTrades", { symbol }),
    at("margin.openOrderList"),
    at("margin.openOrders", { symbol }),
    at("margin.order", { symbol, orderId: made.marginOrder }),
    at("margin.orderList", { origClientOrderId: "oco" }),
    at("margin.repayLoan", { asset: "USDT" }),
    at("rateLimit.order"),
    at("um.account.v1", {}, "um/account"),
    { ...at("um.account.v2"), path: "/papi/v2/um/account" },
    at("um.accountConfig"),
    at("um.algo.algoOrder", { algoId: made.algoId }),
    at("um.algo.allAlgoOrders", { symbol }),
    at("um.algo.openAlgoOrders"),
    at("um.symbolConfig"),
    { sample: "portfolio-margin-pro/account", path: "/sapi/v1/portfolio/account" },
    { sample: "portfolio-margin-pro/account.span", path: "/sapi/v2/portfolio/account" },
    { sample: "portfolio-margin-pro/balance", path: "/sapi/v1/portfolio/balance" },
    { sample: "portfolio-margin-pro/pmLoan", path: "/sapi/v1/portfolio/pmLoan" },
    { sample: "portfolio-margin-pro/pmloan-history", path: "/sapi/v1/portfolio/pmloan-history" },
    { sample: "portfolio-margin-pro/interest-history", path: "/sapi/v1/portfolio/interest-history" },
    at("portfolio.interest-history"),
    at("portfolio.negative-balance-exchange-record", { startTime: 1_795_593_600_000, endTime: 1_795_593_600_000 })
  ]
}

const amounts = (rows: ReadonlyArray<any>) => rows.map(({ algoStatus, strategyStatus }) => algoStatus ?? strategyStatus)

describe("portfolio margin", () => {
  it.scoped("answers have the shape of Binance's, every sample", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_795_593_600_000)
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* binance.deposit({ product: "UsdFutures", asset: "USDT", amount: "1000" })
      yield* binance.placeOrder({ product: "UsdFutures", symbol, side: "BUY", type: "MARKET", quantity: "0.01" })
      yield* binance.deposit({ product: "Margin", asset: "USDT", amount: "20000" })
      const all = cases(yield* story)
      assert.deepStrictEqual(yield* differences(all), [])
      assert.deepStrictEqual(
        ["portfolio-margin", "portfolio-margin-pro"].flatMap(samplesOf).sort(),
        all.map(({ sample }) => sample).sort()
      )
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )

  it.scoped("each part tells what happens to it on the one stream, and says which it is", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const seen = Effect.zipRight(step, yield* collect((yield* PortfolioMargin.PortfolioMargin).events))
      const units = Effect.map(seen, (events) => events.map((event: any) => `${event.businessUnit} ${told(event)}`))
      yield* binance.deposit({ ...um, asset: "USDT", amount: "1000" })
      assert.deepStrictEqual(yield* units, ["UM account DEPOSIT"])
      yield* binance.placeOrder({ ...um, symbol, side: "BUY", type: "MARKET", quantity: "0.01" })
      assert.deepStrictEqual(yield* units, ["UM order NEW NEW", "UM account ORDER", "UM order TRADE FILLED"])
      yield* binance.setLeverage({ ...um, symbol, leverage: 10 })
      assert.deepStrictEqual(yield* units, ["UM AccountConfigUpdate"])
      const stop = { symbol, side: "SELL", type: "STOP_MARKET", triggerPrice: "80000", quantity: "0.01" } as const
      yield* binance.placeAlgoOrder({ ...um, ...stop })
      const [algo]: any = yield* seen
      assert.deepStrictEqual([algo.businessUnit, algo.algoOrder.algoStatus], ["UM", "NEW"])
      yield* binance.deposit({ ...cm, asset: "BTC", amount: "1" })
      yield* binance.placeOrder({ ...cm, symbol: coin, side: "BUY", type: "MARKET", quantity: "5" })
      assert.deepStrictEqual(yield* units, [
        "CM account DEPOSIT",
        "CM order NEW NEW",
        "CM account ORDER",
        "CM order TRADE FILLED"
      ])
      yield* binance.placeAlgoOrder({ ...cm, ...stop, symbol: coin, quantity: "5" })
      yield* binance.setPrice({ product: "CoinFutures", symbol: coin, price: "79000" })
      assert.deepStrictEqual(
        (yield* seen).map((event: any) => event.strategyOrder?.strategyOrderStatus ?? told(event)),
        ["NEW", "TRIGGERED", "order NEW NEW", "account ORDER", "order TRADE FILLED", "FINISHED"]
      )
      yield* binance.deposit({ ...margin, asset: "USDT", amount: "1000" })
      yield* binance.borrow({ ...margin, asset: "USDT", amount: "100" })
      const lent: ReadonlyArray<any> = yield* seen
      assert.deepStrictEqual(lent.map(told), [
        ...["BalanceUpdate", "OutboundAccountPosition", "BalanceUpdate", "OutboundAccountPosition"],
        ...["LiabilityChange", "LiabilityChange"]
      ])
      assert.deepInclude(lent.at(-1), {
        liabilityType: "INTEREST",
        principal: "100.00000000",
        totalLiability: "100.00125000"
      })
      const [row] = [yield* answer("GET", "/papi/v1/balance", { asset: "USDT" })]
      assert.deepInclude(row, {
        crossMarginBorrowed: "100.00000000",
        crossMarginAsset: "1100.00000000",
        umWalletBalance: "999.55000000"
      })
      const list = { symbol, side: "BUY", quantity: "0.001", price: "80000", stopPrice: "95000" }
      yield* answer("POST", "/papi/v1/margin/order/oco", list)
      assert.deepStrictEqual((yield* seen).map(told), ["order NEW NEW", "order NEW NEW", "OutboundAccountPosition"])
    }).pipe(Effect.provide(layer))
  )

  it.scoped("the ratio falls with the market, and REST has the status that the stream told", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const seen = Effect.zipRight(step, yield* collect((yield* PortfolioMargin.PortfolioMargin).events))
      const read = Effect.map(answer("GET", "/papi/v1/account"), ({ accountStatus }) => accountStatus)
      assert.strictEqual((yield* answer("GET", "/papi/v1/account")).uniMMR, "99999999.00000000")
      assert.strictEqual((yield* Effect.flip(binance.setMarginLevel({ ...um, level: "1" }))).code, -3010)
      yield* binance.deposit({ ...um, asset: "USDT", amount: "1000" })
      yield* binance.placeOrder({ ...um, symbol, side: "BUY", type: "MARKET", quantity: "0.1" })
      yield* seen
      assert.strictEqual(yield* read, "NORMAL")
      yield* binance.setPrice({ product: "UsdFutures", symbol, price: "80500" })
      const [called]: any = yield* seen
      // 1,000 - 4.5 - 950 of equity over 0.4 % of 8,050
      assert.deepInclude(called, {
        riskLevel: "MARGIN_CALL",
        uniMmr: "1.41304347",
        maintenanceMarginUsd: "32.20000000"
      })
      assert.strictEqual(yield* read, "MARGIN_CALL")
      yield* binance.setMarginLevel({ ...um, level: "1.02" })
      assert.deepInclude((yield* seen)[0], { riskLevel: "FORCE_LIQUIDATION", uniMmr: "1.02000000" })
      yield* binance.setMarginLevel({ ...um, level: "30" })
      assert.deepStrictEqual(yield* seen, [])
      assert.strictEqual(yield* read, "NORMAL")
    }).pipe(Effect.provide(layer))
  )

  it.scoped("Pro looks at the accounts of the other products", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const seen = Effect.zipRight(step, yield* collect((yield* PortfolioMarginPro.PortfolioMarginPro).events))
      for (const product of ["UsdFutures", "Margin", "EuropeanOptions"] as const) {
        yield* binance.deposit({ product, asset: "USDT", amount: "1000" })
      }
      yield* binance.placeOrder({ product: "UsdFutures", symbol, side: "BUY", type: "MARKET", quantity: "0.1" })
      yield* binance.pushAccountUpdate({})
      const [update]: any = yield* seen
      assert.deepInclude(update, { accountEquityUsd: "2995.50000000", maintenanceMarginUsd: "36.00000000" })
      const account = yield* answer("GET", "/sapi/v1/portfolio/account")
      assert.deepInclude(account, { accountEquity: "2995.50000000", uniMMR: update.uniMmr, accountStatus: "NORMAL" })
      yield* binance.setMarginLevel({ product: "PortfolioMarginPro", level: "1.1" })
      assert.deepInclude((yield* seen)[0], { riskLevel: "REDUCE_ONLY" })
    }).pipe(Effect.provide(layer))
  )

  it.scoped(
    "algo and conditional orders: placed, listed and cancelled over REST; what has no such orders says so",
    () =>
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        yield* answer("POST", "/sapi/v1/asset/transfer", { type: "MAIN_PORTFOLIO_MARGIN", asset: "USDT", amount: 0 })
        yield* binance.deposit({ ...um, asset: "USDT", amount: "1000" })
        const stop = { symbol, side: "SELL", quantity: "0.001" }
        const algo = { ...stop, algoType: "CONDITIONAL", type: "STOP_MARKET", triggerPrice: "80000" }
        const { algoId } = yield* answer("POST", "/papi/v1/um/algo/order", algo)
        assert.deepStrictEqual(amounts(yield* answer("GET", "/papi/v1/um/algo/openAlgoOrders")), ["NEW"])
        yield* answer("DELETE", "/papi/v1/um/algo/order", { symbol, algoId })
        assert.deepStrictEqual(amounts(yield* answer("GET", "/papi/v1/um/algo/allAlgoOrders", { symbol })), [
          "CANCELED"
        ])
        const strategy = { symbol: coin, side: "SELL", quantity: 1, strategyType: "STOP_MARKET", stopPrice: "80000" }
        yield* answer("POST", "/papi/v1/cm/conditional/order", { ...strategy, newClientStrategyId: "mine" })
        const path = "/papi/v1/cm/conditional"
        assert.deepStrictEqual(amounts(yield* answer("GET", `${path}/openOrders`, { symbol: coin })), ["NEW"])
        yield* answer("DELETE", `${path}/order`, { symbol: coin, newClientStrategyId: "mine" })
        assert.deepStrictEqual(amounts(yield* answer("GET", `${path}/allOrders`, { symbol: coin })), ["CANCELED"])
        const wrong = yield* Effect.flip(
          binance.placeAlgoOrder({ ...margin, ...stop, side: "SELL", type: "STOP_MARKET" })
        )
        assert.strictEqual(wrong.code, -1130)
        assert.strictEqual((yield* Effect.flip(binance.borrow({ ...um, asset: "USDT", amount: "1" }))).code, -1130)
        yield* answer("POST", "/papi/v1/marginLoan", { asset: "USDT", amount: "1" }).pipe(Effect.exit)
        yield* binance.deposit({ ...margin, asset: "USDT", amount: "1000" })
        yield* answer("POST", "/papi/v1/marginLoan", { asset: "USDT", amount: "100" })
        yield* answer("POST", "/papi/v1/repayLoan", { asset: "USDT", amount: "50" })
        const [loan] = (yield* answer("GET", "/papi/v1/margin/repayLoan", { asset: "USDT" })).rows
        assert.deepInclude(loan, { amount: "50.00000000", interest: "0.00125000" })
      }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )

  it.scoped("a futures wallet below zero costs interest, and is paid off with what the margin part has", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const product = "PortfolioMargin"
      yield* binance.deposit({ ...um, asset: "USDT", amount: "1000" })
      yield* binance.placeOrder({ ...um, symbol, side: "BUY", type: "MARKET", quantity: "0.1" })
      yield* binance.fund({ product: "UsdFutures", symbol, rate: "0.2" })
      const read = Effect.map(answer("GET", "/papi/v1/balance", { asset: "USDT" }), (row) => [
        row.umWalletBalance,
        row.crossMarginFree,
        row.crossMarginInterest
      ])
      // 1,000 - 4.5 of fees - 1,800 of funding
      assert.deepStrictEqual(yield* read, ["-804.50000000", "0.00000000", "0.00000000"])
      yield* binance.accrueInterest({ product })
      assert.strictEqual((yield* Effect.flip(binance.exchangeNegativeBalances({ product }))).code, -3020)
      yield* binance.deposit({ ...margin, asset: "USDT", amount: "1000" })
      const seen = Effect.zipRight(step, yield* collect((yield* PortfolioMargin.PortfolioMargin).events))
      yield* binance.exchangeNegativeBalances({ product })
      const events: ReadonlyArray<any> = yield* seen
      assert.deepStrictEqual(events.map(told), ["BalanceUpdate", "OutboundAccountPosition", "account AUTO_EXCHANGE"])
      assert.deepStrictEqual(yield* read, ["0.00000000", "195.50000000", "0.01005625"])
      const [exchange] = yield* answer("GET", "/papi/v1/um/income", { incomeType: "AUTO_EXCHANGE" })
      assert.strictEqual(exchange.income, "804.50000000")
      yield* binance.accrueInterest({ product })
      const rows = yield* answer("GET", "/papi/v1/portfolio/interest-history", { asset: "USDT" })
      assert.deepStrictEqual(
        rows.map(({ interest, principal }: { readonly [name: string]: string }) => [interest, principal]),
        [["0.01005625", "804.50000000"]]
      )
      assert.strictEqual((yield* refusal("GET", "/papi/v1/portfolio/negative-balance-exchange-record"))[1], -1102)
    }).pipe(Effect.provide(layer))
  )

  it.effect("a bankruptcy loan of Pro is paid back as far as spot has USDC", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const path = "/sapi/v1/portfolio"
      const owed = Effect.map(answer("GET", `${path}/pmLoan`), ({ amount }) => amount)
      const repay = refusal("POST", `${path}/repay`)
      const usdc = { product: "Spot", asset: "USDC" } as const
      yield* binance.lendBankruptcyLoan({ amount: "10" })
      assert.deepStrictEqual(yield* repay, [400, -3041, "Balance is not enough"])
      yield* binance.deposit({ ...usdc, amount: "4" })
      yield* repay
      assert.strictEqual(yield* owed, "6.00")
      yield* binance.deposit({ ...usdc, amount: "8" })
      yield* repay
      assert.strictEqual(yield* owed, "0.00")
      assert.strictEqual((yield* binance.book({ product: "Spot" })).balances[0]!.free, "2")
      const { rows } = yield* answer("GET", `${path}/pmloan-history`)
      assert.deepStrictEqual(
        rows.map(({ amount }: { readonly amount: string }) => amount),
        ["6.00000000", "4.00000000"]
      )
    }).pipe(Effect.provide(layer))
  )
})
