import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import { signed } from "./harness.js"

const spot = { symbol: "BTCUSDT" }
const coin = { symbol: "BTCUSD_PERP" }
const pair = { pair: "BTCUSD" }
const option = { symbol: "BTC-261225-100000-C" }

type Row = readonly [path: string, weight: number, parameters?: { readonly [name: string]: string | number }]

/** What reads cost, as Binance documents it. */
const table: { readonly [header: string]: ReadonlyArray<Row> } = {
  "x-mbx-used-weight-1m": [
    ["/api/v3/account", 20],
    ["/api/v3/openOrders", 80],
    ["/api/v3/openOrders", 6, spot],
    ["/api/v3/openOrderList", 6],
    ["/api/v3/account/commission", 20, spot],
    ["/api/v3/rateLimit/order", 40],
    ["/api/v3/order", 4, { ...spot, orderId: 1 }],
    ["/api/v3/allOrders", 20, spot],
    ["/api/v3/allOrderList", 20],
    ["/api/v3/orderList", 4, { orderListId: 1 }],
    ["/api/v3/myTrades", 20, spot],
    ["/api/v3/myTrades", 5, { ...spot, orderId: 1 }],
    ["/api/v3/order/amendments", 4, { ...spot, orderId: 1 }],
    ["/api/v3/myPreventedMatches", 2, { ...spot, preventedMatchId: 1 }],
    ["/api/v3/myPreventedMatches", 20, { ...spot, orderId: 1 }],
    ["/api/v3/myAllocations", 20, spot],
    ...["/fapi/v3/account", "/fapi/v3/balance", "/fapi/v3/positionRisk"].map((path) => [path, 5] as const),
    ...["/fapi/v2/positionRisk", "/fapi/v1/symbolConfig", "/fapi/v1/accountConfig"].map((path) => [path, 5] as const),
    ["/fapi/v1/positionSide/dual", 30],
    ["/fapi/v1/multiAssetsMargin", 30],
    ["/fapi/v1/openOrders", 1, spot],
    ["/fapi/v1/openOrders", 40],
    ["/fapi/v1/openAlgoOrders", 1, spot],
    ["/fapi/v1/openAlgoOrders", 40],
    ["/fapi/v1/order", 1, { ...spot, orderId: 1 }],
    ["/fapi/v1/algoOrder", 1, { algoId: 1 }],
    ["/fapi/v1/allOrders", 5],
    ["/fapi/v1/allAlgoOrders", 5, spot],
    ["/fapi/v1/userTrades", 5, spot],
    ["/fapi/v1/income", 30],
    ["/fapi/v1/forceOrders", 20, spot],
    ["/fapi/v1/forceOrders", 50],
    ["/fapi/v1/positionMargin/history", 1, spot],
    ["/fapi/v1/orderAmendment", 1, spot],
    ["/dapi/v1/account", 5],
    ["/dapi/v1/balance", 1],
    ["/dapi/v1/positionRisk", 1],
    ["/dapi/v1/positionSide/dual", 30],
    ["/dapi/v1/openOrders", 1, coin],
    ["/dapi/v1/openOrders", 40],
    ["/dapi/v1/openAlgoOrders", 40],
    ["/dapi/v1/order", 1, { ...coin, orderId: 1 }],
    ["/dapi/v1/allOrders", 5, pair],
    ["/dapi/v1/userTrades", 5, pair],
    ["/dapi/v1/income", 20],
    ["/dapi/v1/forceOrders", 50],
    ["/eapi/v1/marginAccount", 3],
    ["/eapi/v1/position", 5],
    ["/eapi/v1/openOrders", 1, option],
    ["/eapi/v1/openOrders", 40],
    ["/eapi/v1/order", 1, { ...option, orderId: 1 }],
    ["/eapi/v1/historyOrders", 3, option],
    ["/eapi/v1/userTrades", 5, option],
    ["/eapi/v1/exerciseRecord", 5],
    ["/eapi/v1/bill", 1, { currency: "USDT" }],
    ["/eapi/v1/block/user-trades", 5],
    ["/papi/v1/account", 20],
    ["/papi/v1/balance", 20],
    ["/papi/v1/um/account", 5],
    ["/papi/v2/um/account", 5],
    ["/papi/v1/cm/account", 5],
    ["/papi/v1/um/positionRisk", 5],
    ["/papi/v1/cm/positionRisk", 1],
    ["/papi/v1/um/accountConfig", 5],
    ["/papi/v1/um/symbolConfig", 5],
    ["/papi/v1/um/positionSide/dual", 30],
    ["/papi/v1/um/openOrders", 40],
    ["/papi/v1/cm/openOrders", 1, coin],
    ["/papi/v1/um/algo/openAlgoOrders", 40],
    ["/papi/v1/cm/conditional/openOrders", 1, coin],
    ["/papi/v1/cm/conditional/openOrders", 40],
    ["/papi/v1/cm/conditional/allOrders", 1, coin],
    ["/papi/v1/cm/conditional/allOrders", 40],
    ["/papi/v1/margin/openOrders", 5, spot],
    ["/papi/v1/margin/openOrderList", 5],
    ["/papi/v1/um/order", 1, { ...spot, orderId: 1 }],
    ["/papi/v1/margin/order", 10, { ...spot, orderId: 1 }],
    ["/papi/v1/um/allOrders", 5, spot],
    ["/papi/v1/cm/allOrders", 20, coin],
    ["/papi/v1/cm/allOrders", 40, pair],
    ["/papi/v1/margin/allOrders", 100, spot],
    ["/papi/v1/margin/allOrderList", 100],
    ["/papi/v1/margin/orderList", 5, { orderListId: 1 }],
    ["/papi/v1/um/algo/allAlgoOrders", 5, spot],
    ["/papi/v1/um/userTrades", 5, spot],
    ["/papi/v1/cm/userTrades", 20, coin],
    ["/papi/v1/cm/userTrades", 40, pair],
    ["/papi/v1/margin/myTrades", 5, spot],
    ["/papi/v1/um/income", 30],
    ["/papi/v1/cm/income", 30],
    ["/papi/v1/um/forceOrders", 20, spot],
    ["/papi/v1/cm/forceOrders", 50],
    ["/papi/v1/margin/forceOrders", 1],
    ["/papi/v1/margin/marginLoan", 10, { asset: "USDT" }],
    ["/papi/v1/margin/repayLoan", 10, { asset: "USDT" }],
    ["/papi/v1/margin/marginInterestHistory", 1],
    ["/papi/v1/portfolio/interest-history", 50],
    ["/papi/v1/portfolio/negative-balance-exchange-record", 100],
    ["/papi/v1/um/orderAmendment", 1, spot]
  ],
  "x-sapi-used-ip-weight-1m": [
    ["/sapi/v1/margin/account", 10],
    ["/sapi/v1/margin/isolated/account", 10],
    ["/sapi/v1/margin/isolated/accountLimit", 1],
    ["/sapi/v1/margin/openOrders", 10, spot],
    ["/sapi/v1/margin/openOrderList", 10],
    ["/sapi/v1/margin/tradeCoeff", 10],
    ["/sapi/v1/margin/order", 10, { ...spot, orderId: 1 }],
    ["/sapi/v1/margin/allOrders", 200, spot],
    ["/sapi/v1/margin/allOrderList", 200],
    ["/sapi/v1/margin/orderList", 10, { orderListId: 1 }],
    ["/sapi/v1/margin/myTrades", 10, spot],
    ["/sapi/v1/margin/myPreventedMatches", 10, { ...spot, orderId: 1 }],
    ["/sapi/v1/margin/capital-flow", 100],
    ["/sapi/v1/margin/borrow-repay", 10, { type: "BORROW", startTime: 0 }],
    ["/sapi/v1/margin/interestHistory", 1],
    ["/sapi/v1/margin/transfer", 1],
    ["/sapi/v1/margin/forceLiquidationRec", 1],
    ["/sapi/v1/portfolio/account", 5],
    ["/sapi/v2/portfolio/account", 5],
    ["/sapi/v1/portfolio/balance", 20],
    ["/sapi/v1/portfolio/pmloan-history", 500],
    ["/sapi/v1/portfolio/interest-history", 50],
    ["/sapi/v1/account/apiRestrictions", 1],
    ["/sapi/v1/capital/deposit/hisrec", 1],
    ["/sapi/v1/asset/transfer", 1, { type: "MAIN_MARGIN" }],
    ["/sapi/v1/asset/assetDividend", 10],
    ["/sapi/v1/asset/dribblet", 1]
  ],
  "x-sapi-used-uid-weight-1m": [
    ["/sapi/v1/margin/liquidation-loan", 100],
    ["/sapi/v1/portfolio/pmLoan", 500],
    ["/sapi/v1/capital/withdraw/history", 18_000]
  ]
}

describe("reads cost what Binance documents", () => {
  it.effect.each(Object.entries(table))("%s", ([header, rows]) =>
    Effect.gen(function* () {
      const costs = yield* Effect.forEach(rows, ([path, , parameters]) =>
        Effect.gen(function* () {
          yield* TestClock.adjust("1 minute")
          const { headers } = yield* signed("GET", path, parameters)
          return [path, Number(headers[header]), parameters]
        })
      )
      assert.deepStrictEqual(
        costs,
        rows.map(([path, weight, parameters]) => [path, weight, parameters])
      )
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )
})
