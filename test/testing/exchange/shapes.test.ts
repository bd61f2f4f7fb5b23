import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import { connect } from "../harness.js"
import { answer, ask } from "./harness.js"
import { type Case, differences, lacking, products, samplesOf } from "./shape.js"

const hedgeCases: ReadonlyArray<Case> = [
  { sample: "usd-m/positionRisk.v3.hedge", path: "/fapi/v3/positionRisk", apiKey: "hedged" },
  { sample: "coin-m/positionRisk.hedge", path: "/dapi/v1/positionRisk", apiKey: "hedged" }
]

const hedge = Effect.gen(function* () {
  const binance = yield* SimulatedBinance.SimulatedBinance
  for (const [product, symbol] of [
    ["UsdFutures", "ETHUSDT"],
    ["CoinFutures", "ETHUSD_PERP"]
  ] as const) {
    const account = { product, account: "hedged" } as const
    yield* binance.account({ apiKey: "hedged", secretKey: SimulatedBinance.defaultSecretKey, account: "hedged" })
    yield* binance.deposit({ ...account, asset: product === "UsdFutures" ? "USDT" : "ETH", amount: "10000" })
    yield* binance.setPositionMode({ ...account, dualSidePosition: true })
    for (const [side, positionSide] of [
      ["BUY", "LONG"],
      ["SELL", "SHORT"]
    ] as const) {
      yield* binance.placeOrder({ ...account, symbol, side, positionSide, type: "MARKET", quantity: "10" })
    }
  }
})

/** What comes in and goes out beside trading. */
const wallet = Effect.gen(function* () {
  const binance = yield* SimulatedBinance.SimulatedBinance
  yield* binance.withdraw({ product: "Spot", asset: "USDT", amount: "25" })
  yield* binance.transfer({ from: "Spot", to: "UsdFutures", asset: "USDT", amount: "100" })
  yield* binance.payDividend({ asset: "BNB", amount: "0.0125", info: "Launchpool" })
  yield* binance.deposit({ product: "Spot", asset: "SOL", amount: "0.001" })
  yield* binance.convertDust({ assets: ["SOL"] })
})

const spotStory = Effect.gen(function* () {
  const binance = yield* SimulatedBinance.SimulatedBinance
  const product = "Spot"
  const btc = { product, symbol: "BTCUSDT", side: "BUY", type: "LIMIT", timeInForce: "GTC" } as const
  yield* binance.deposit({ product, asset: "USDT", amount: "10000" })
  yield* binance.deposit({ product, asset: "ETH", amount: "1" })
  const filled = yield* binance.placeOrder({ ...btc, quantity: "0.01", price: "89000" })
  yield* binance.fill({ product, ...filled, quantity: "0.004" })
  yield* binance.fill({ product, ...filled })
  const canceled = yield* binance.placeOrder({ ...btc, quantity: "0.01", price: "80000" })
  yield* binance.amend({ product, ...canceled, quantity: "0.008" })
  yield* binance.cancel({ product, ...canceled })
  yield* binance.setPrice({ product, symbol: "BTCUSDT", price: "90000", liquidity: "0.002" })
  const expired = yield* binance.placeOrder({ ...btc, quantity: "0.005", price: "90000", timeInForce: "IOC" })
  const legs = yield* binance.placeOrderList({
    product,
    symbol: "ETHUSDT",
    side: "SELL",
    quantity: "0.5",
    aboveType: "LIMIT_MAKER",
    abovePrice: "3300",
    belowType: "STOP_LOSS_LIMIT",
    belowPrice: "2890",
    belowStopPrice: "2900",
    belowTimeInForce: "GTC",
    listClientOrderId: "oco"
  })
  yield* binance.placeOrder({ ...btc, quantity: "0.001", price: "80000", strategyId: "7", strategyType: "1000000" })
  const trailing = yield* binance.placeOrder({
    product,
    symbol: "BTCUSDT",
    side: "SELL",
    type: "STOP_LOSS",
    quantity: "0.001",
    trailingDelta: 150,
    strategyId: "8",
    strategyType: "1000000"
  })
  yield* binance.setPrice({ product, symbol: "BTCUSDT", price: "90000" })
  const sell = { ...btc, side: "SELL", quantity: "0.001", price: "90600" } as const
  const prevented = yield* binance.placeOrder(sell)
  yield* binance.placeOrder({ ...btc, quantity: "0.001", price: "90600" })
  yield* binance.placeOrder(sell)
  const taken = { ...btc, quantity: "0.001", price: "90600" } as const
  yield* binance.placeOrder({ ...taken, selfTradePreventionMode: "NONE" })
  const peg = { quantity: "0.001", pegPriceType: "PRIMARY_PEG", pegOffsetValue: 5 } as const
  const pegged = yield* binance.placeOrder({ ...btc, ...peg })
  yield* answer("POST", "/api/v3/sor/order", { symbol: "BTCUSDT", side: "BUY", type: "MARKET", quantity: "0.003" })
  yield* wallet
  return { filled, canceled, expired, legs, trailing, prevented, pegged }
})

const futuresStory = (product: "UsdFutures" | "CoinFutures", symbol: string, asset: string, scale: number) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    const isUsd = product === "UsdFutures"
    const order = { product, symbol, timeInForce: "GTC" } as const
    const [usual, other] = isUsd ? (["90000", "3000"] as const) : (["90000", "3000"] as const)
    const second = isUsd ? "ETHUSDT" : "ETHUSD_PERP"
    const quantity = (size: number) => (size * scale).toFixed(isUsd ? 3 : 0)
    yield* binance.deposit({ product, asset, amount: "10000" })
    yield* binance.deposit({ product, asset: isUsd ? "BNB" : "ETH", amount: "10" })
    yield* binance.placeOrder({ ...order, side: "BUY", type: "MARKET", quantity: quantity(30) })
    const exit = yield* binance.placeOrder({
      ...order,
      side: "SELL",
      type: "LIMIT",
      quantity: quantity(10),
      price: "92100",
      reduceOnly: true
    })
    yield* binance.amend({ product, ...exit, price: "92000" })
    yield* binance.fill({ product, ...exit, quantity: quantity(4) })
    const open = yield* binance.placeOrder({
      ...order,
      side: "BUY",
      type: "LIMIT",
      quantity: quantity(10),
      price: "80000"
    })
    const canceled = yield* binance.placeOrder({
      ...order,
      side: "BUY",
      type: "LIMIT",
      quantity: quantity(10),
      price: "81000"
    })
    yield* binance.cancel({ product, ...canceled })
    const stop = { product, symbol, side: "SELL", type: "STOP_MARKET", quantity: quantity(1) } as const
    const dropped = yield* binance.placeAlgoOrder({ ...stop, triggerPrice: "70000" })
    yield* binance.cancelAlgoOrder({ product, algoId: dropped.algoId })
    yield* binance.placeAlgoOrder({ ...stop, triggerPrice: "75000" })
    const algo = yield* binance.placeAlgoOrder({ ...stop, triggerPrice: "85000" })
    yield* binance.setPrice({ product, symbol, price: "84000" })
    yield* binance.setPrice({ product, symbol, price: usual })
    yield* binance.fund({ product, symbol, rate: "0.0001" })
    yield* binance.setPrice({ product, symbol: second, price: other })
    yield* binance.setMarginType({ product, symbol: second, marginType: "ISOLATED" })
    yield* binance.placeOrder({ product, symbol: second, side: "BUY", type: "MARKET", quantity: "10" })
    yield* answer("POST", `${isUsd ? "/fapi" : "/dapi"}/v1/positionMargin`, { symbol: second, amount: "1", type: 1 })
    yield* binance.liquidate({ product, symbol: second })
    const book = yield* binance.book({ product })
    const child = book.orders.find(({ clientOrderId }) => clientOrderId === algo.clientAlgoId)
    return { exit, open, canceled, dropped, algo, child }
  })

const walletCases: ReadonlyArray<Case> = [
  { sample: "spot/apiRestrictions", path: "/sapi/v1/account/apiRestrictions" },
  { sample: "spot/asset.assetDividend", path: "/sapi/v1/asset/assetDividend" },
  { sample: "spot/asset.dribblet", path: "/sapi/v1/asset/dribblet" },
  { sample: "spot/asset.transfer", path: "/sapi/v1/asset/transfer", parameters: { type: "MAIN_UMFUTURE" } },
  { sample: "spot/deposit.hisrec", path: "/sapi/v1/capital/deposit/hisrec" },
  { sample: "spot/withdraw.history", path: "/sapi/v1/capital/withdraw/history" }
]

const spotCases = ({
  canceled,
  expired,
  filled,
  legs,
  pegged,
  prevented,
  trailing
}: Effect.Effect.Success<typeof spotStory>): Array<Case> => {
  const symbol = "BTCUSDT"
  const at = (sample: string, call: string, parameters?: Case["parameters"]): Case => ({
    sample: `spot/${sample}`,
    path: `/api/v3/${call}`,
    parameters
  })
  return [
    at("account", "account"),
    at("allOrderList", "allOrderList"),
    at("allOrders", "allOrders", { symbol }),
    at("myPreventedMatches", "myPreventedMatches", { symbol, orderId: prevented.orderId }),
    at("myTrades", "myTrades", { symbol }),
    at("myTrades.selfTrade", "myTrades", { symbol }),
    at("openOrderList", "openOrderList"),
    at("openOrders", "openOrders"),
    at("order", "order", { symbol, orderId: filled.orderId }),
    at("order.amendments", "order/amendments", { symbol, orderId: canceled.orderId }),
    at("order.canceled", "order", { symbol, orderId: canceled.orderId }),
    at("order.expiredIoc", "order", { symbol, orderId: expired.orderId }),
    at("order.pegged", "order", { symbol, orderId: pegged.orderId }),
    at("order.preventedSelfTrade", "order", { symbol, orderId: prevented.orderId }),
    at("order.trailingStop", "order", { symbol, orderId: trailing.orderId }),
    at("orderList", "orderList", { origClientOrderId: legs.length === 2 ? "oco" : "" }),
    at("myAllocations", "myAllocations", { symbol }),
    ...walletCases
  ]
}

const futuresCases = (
  product: "usd-m" | "coin-m",
  symbol: string,
  { algo, canceled, child, dropped, exit, open }: Effect.Effect.Success<ReturnType<typeof futuresStory>>
): Array<Case> => {
  const isUsd = product === "usd-m"
  const at = (sample: string, call: string, parameters?: Case["parameters"]): Case => ({
    sample: `${product}/${sample}`,
    path: `${isUsd ? "/fapi" : "/dapi"}/${call}`,
    parameters
  })
  const second = isUsd ? "ETHUSDT" : "ETHUSD_PERP"
  const both = [
    at("allOrders", "v1/allOrders", { symbol }),
    at("forceOrders", "v1/forceOrders"),
    at("income", "v1/income"),
    at("openAlgoOrders", "v1/openAlgoOrders"),
    at("openOrder", "v1/openOrder", { symbol, orderId: open.orderId }),
    at("openOrders", "v1/openOrders"),
    at("order", "v1/order", { symbol, orderId: exit.orderId }),
    at("orderAmendment", "v1/orderAmendment", { symbol }),
    at("positionMargin.history", "v1/positionMargin/history", { symbol: second }),
    at("positionSide.dual", "v1/positionSide/dual"),
    at("userTrades", "v1/userTrades", { symbol })
  ]
  return isUsd
    ? [
        ...both,
        at("account.v3", "v3/account"),
        at("accountConfig", "v1/accountConfig"),
        at("algoOrder.canceled", "v1/algoOrder", { algoId: dropped.algoId }),
        at("algoOrder.finished", "v1/algoOrder", { algoId: algo.algoId }),
        at("allAlgoOrders", "v1/allAlgoOrders", { symbol }),
        at("allOrders.allSymbols", "v1/allOrders"),
        at("balance.v3", "v3/balance"),
        at("multiAssetsMargin", "v1/multiAssetsMargin"),
        at("order.fromAlgo", "v1/order", { symbol, orderId: child?.orderId ?? canceled.orderId }),
        at("positionRisk.v2", "v2/positionRisk"),
        at("positionRisk.v3", "v3/positionRisk"),
        at("symbolConfig", "v1/symbolConfig"),
        at("userTrades.fromAlgo", "v1/userTrades", { symbol })
      ]
    : [...both, at("account", "v1/account"), at("balance", "v1/balance"), at("positionRisk", "v1/positionRisk")]
}

/** What the WebSocket API answers. */
const webSocketCases = [
  ["spot/ws.account.status", "account.status", {}],
  ["spot/ws.allOrders", "allOrders", { symbol: "BTCUSDT" }],
  ["spot/ws.error", "allOrders", { symbol: "BTCUSDT", startTime: 0, endTime: 24 * 60 * 60 * 1000 + 1 }],
  ["spot/ws.myTrades", "myTrades", { symbol: "BTCUSDT" }],
  ["spot/ws.openOrders.status", "openOrders.status", {}]
] as const

const samples = ["spot", "usd-m", "coin-m"].flatMap(samplesOf)

it("each product that has samples has a test of them", () => {
  const elsewhere = ["margin", "margin-risk", "options", "portfolio-margin", "portfolio-margin-pro"]
  assert.deepStrictEqual(products.toSorted(), ["spot", "usd-m", "coin-m", ...elsewhere].toSorted())
})

describe("answers have the shape of Binance's", () => {
  it.scoped("every sample", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_795_593_600_000)
      yield* hedge
      const cases = [
        ...hedgeCases,
        ...spotCases(yield* spotStory),
        ...futuresCases("usd-m", "BTCUSDT", yield* futuresStory("UsdFutures", "BTCUSDT", "USDT", 0.001)),
        ...futuresCases("coin-m", "BTCUSD_PERP", yield* futuresStory("CoinFutures", "BTCUSD_PERP", "BTC", 1))
      ]
      assert.deepStrictEqual(yield* differences(cases), [])
      const client = yield* connect("/ws-api/v3")
      for (const [sample, method, params] of webSocketCases) {
        assert.deepStrictEqual(lacking(sample, yield* ask(client, method, params)), [])
      }
      const compared = [...cases.map(({ sample }) => sample), ...webSocketCases.map(([sample]) => sample)]
      assert.deepStrictEqual(samples.toSorted(), compared.toSorted())
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )
})
