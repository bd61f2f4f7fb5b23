import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import { layerAnswering } from "./answers.js"
import {
  algoOrder,
  balances,
  openAlgoOrders,
  openOrders,
  order,
  orders,
  type Product,
  positions,
  products,
  type Read,
  readOf,
  sample,
  symbols,
  trades
} from "./reading.js"

/** Each sample, how it is read, and what of the rows is looked at. */
const samples: ReadonlyArray<
  readonly [
    product: Product,
    name: string,
    read: Read,
    fields: ReadonlyArray<string>,
    rows: ReadonlyArray<ReadonlyArray<unknown>>
  ]
> = [
  [
    "spot",
    "openOrders",
    openOrders,
    ["symbol", "orderId", "status", "orderListId", "stopPrice"],
    [
      ["ETHUSDT", "31200000451", "NEW", "98001234", undefined],
      ["ETHUSDT", "31200000452", "NEW", "98001234", "2900.00000000"],
      ["SOLUSDT", "17800000221", "NEW", "98001240", undefined],
      ["SOLUSDT", "17800000222", "PENDING_NEW", "98001240", undefined],
      ["BNBUSDT", "8800000031", "NEW", undefined, undefined]
    ]
  ],
  [
    "spot",
    "allOrders",
    orders,
    ["orderId", "status", "filled", "averagePrice", "updatedAt"],
    [
      ["52100000123", "FILLED", "0.01000000", "91500", 1795593700123],
      ["52100000777", "CANCELED", "0.00000000", undefined, 1795593655000],
      ["52100000790", "EXPIRED", "0.00200000", "91400", 1795593800000]
    ]
  ],
  ["spot", "order", order, ["clientOrderId", "side", "createdAt"], [["mm-btc-0001", "BUY", 1795590000000]]],
  ["spot", "order.canceled", order, ["clientOrderId", "status"], [["mm-btc-0002", "CANCELED"]]],
  ["spot", "order.expiredIoc", order, ["timeInForce", "quantity"], [["IOC", "0.00500000"]]],
  ["spot", "order.pegged", order, ["price", "status"], [["91350.00000000", "NEW"]]],
  ["spot", "order.preventedSelfTrade", order, ["status", "filled"], [["EXPIRED_IN_MATCH", "0.00000000"]]],
  ["spot", "order.trailingStop", order, ["type", "price"], [["STOP_LOSS", "0.00000000"]]],
  [
    "spot",
    "myTrades",
    trades,
    ["tradeId", "orderId", "side", "price", "quantity", "commission", "commissionAsset", "isMaker", "time"],
    [
      ["5310000001", "52100000123", "BUY", "91500.00000000", "0.00400000", "0.00000400", "BTC", true, 1795592400000],
      ["5310000420", "52100000123", "BUY", "91500.00000000", "0.00600000", "0.00000600", "BTC", true, 1795593700123],
      ["5310000533", "52100000790", "BUY", "91400.00000000", "0.00200000", "0.00000200", "BTC", false, 1795593800000]
    ]
  ],
  [
    "spot",
    "myTrades.selfTrade",
    trades,
    ["tradeId", "orderId", "side"],
    [
      ["5310000600", "52100000802", "BUY"],
      ["5310000600", "52100000803", "SELL"]
    ]
  ],
  [
    "spot",
    "account",
    balances,
    ["asset", "total", "free", "locked", "updatedAt"],
    [
      ["BTC", "0.111988", "0.11198800", "0.00000000", 1795593800000],
      ["USDT", "8904.2", "8319.20000000", "585.00000000", 1795593800000],
      ["ETH", "0.5", "0.00000000", "0.50000000", 1795593800000],
      ["BNB", "1.25", "0.25000000", "1.00000000", 1795593800000]
    ]
  ],
  ["usd-m", "openOrders", openOrders, ["symbol", "orderId", "reduceOnly"], [["SOLUSDT", "8389800000999", true]]],
  ["usd-m", "openOrder", order, ["orderId", "status"], [["8389800000999", "NEW"]]],
  [
    "usd-m",
    "allOrders",
    orders,
    ["orderId", "status", "averagePrice"],
    [
      ["8389770012345", "FILLED", "92000.00000"],
      ["8389770019999", "CANCELED", undefined],
      ["8389770020001", "EXPIRED", undefined]
    ]
  ],
  [
    "usd-m",
    "allOrders.allSymbols",
    (reads) => reads.orders({ from: 0, to: 1000 }),
    ["symbol", "orderId"],
    [
      ["BTCUSDT", "8389770012345"],
      ["BTCUSDT", "8389770019999"],
      ["BTCUSDT", "8389770020001"],
      ["SOLUSDT", "8389800000999"],
      ["ETHUSDT", "8389900000777"]
    ]
  ],
  ["usd-m", "forceOrders", orders, ["orderId", "clientOrderId"], [["8386000000555", "autoclose-1795593780000000020"]]],
  ["usd-m", "order", order, ["clientOrderId", "filled"], [["um-exit-1", "0.010"]]],
  ["usd-m", "order.fromAlgo", order, ["clientOrderId", "type", "price"], [["alg-tp-eth", "MARKET", "0"]]],
  [
    "usd-m",
    "openAlgoOrders",
    openAlgoOrders,
    ["algoId", "status", "triggerPrice", "orderId", "triggeredAt"],
    [["4000001123456", "NEW", "90000.00", undefined, undefined]]
  ],
  [
    "usd-m",
    "algoOrder.finished",
    algoOrder,
    ["algoId", "status", "orderId", "triggeredAt", "price"],
    [["4000001123999", "FINISHED", "8389900000777", 1795593745090, undefined]]
  ],
  ["usd-m", "algoOrder.canceled", algoOrder, ["clientAlgoId", "status"], [["alg-old", "CANCELED"]]],
  [
    "usd-m",
    "allAlgoOrders",
    openAlgoOrders,
    ["algoId", "status"],
    [
      ["4000001123999", "FINISHED"],
      ["4000001124111", "CANCELED"],
      ["4000001124222", "REJECTED"]
    ]
  ],
  [
    "usd-m",
    "userTrades",
    trades,
    ["tradeId", "side", "realizedProfit", "commission", "isMaker"],
    [
      ["6201000101", "SELL", "4.00000000", "0.07360000", true],
      ["6201000155", "SELL", "6.00000000", "0.11040000", true]
    ]
  ],
  ["usd-m", "userTrades.fromAlgo", trades, ["tradeId", "orderId"], [["5500000321", "8389900000777"]]],
  [
    "usd-m",
    "balance.v3",
    balances,
    ["asset", "total", "crossWalletBalance", "available", "updatedAt"],
    [
      ["USDT", "5121.43700000", "5121.43700000", { amount: "5041.43700000", readAt: 0 }, 1795593745100],
      ["BNB", "0.00000000", "0.00000000", { amount: "0.00000000", readAt: 0 }, 0]
    ]
  ],
  ["usd-m", "positionRisk.v3", positions, ["symbol", "positionSide", "amount"], [["SOLUSDT", "BOTH", "10"]]],
  [
    "usd-m",
    "positionRisk.v3.hedge",
    positions,
    ["positionSide", "amount", "entryPrice", "isolatedWallet", "marginAsset"],
    [
      ["LONG", "10", "200.0", "0", "USDT"],
      ["SHORT", "-4", "203.0", "40.10000000", "USDT"]
    ]
  ],
  ["usd-m", "positionRisk.v2", positions, ["symbol", "marginType"], [["SOLUSDT", "cross"]]],
  ["coin-m", "openOrders", openOrders, ["symbol", "orderId"], [["ETHUSD_PERP", "7712000013000"]]],
  ["coin-m", "openOrder", order, ["symbol", "quantity"], [["ETHUSD_PERP", "20"]]],
  ["coin-m", "order", order, ["averagePrice", "filled"], [["92000.0", "10"]]],
  [
    "coin-m",
    "allOrders",
    orders,
    ["orderId", "status"],
    [
      ["7712000012345", "FILLED"],
      ["7712000012999", "CANCELED"]
    ]
  ],
  ["coin-m", "forceOrders", orders, ["symbol", "timeInForce"], [["BTCUSD_261225", "IOC"]]],
  ["coin-m", "openAlgoOrders", openAlgoOrders, ["algoId", "reduceOnly"], [["4000002123456", true]]],
  [
    "coin-m",
    "userTrades",
    trades,
    ["tradeId", "quantity", "commissionAsset"],
    [
      ["880100101", "4", "BTC"],
      ["880100155", "6", "BTC"]
    ]
  ],
  ["coin-m", "balance", balances, ["asset", "total"], [["BTC", "0.05011837"]]],
  ["coin-m", "positionRisk", positions, ["symbol", "marginType", "amount"], [["ETHUSD_PERP", "isolated", "20"]]],
  [
    "coin-m",
    "positionRisk.hedge",
    positions,
    ["positionSide", "amount"],
    [
      ["LONG", "6"],
      ["SHORT", "-3"]
    ]
  ]
]

describe("samples of Binance's answers", () => {
  it.effect.each(samples)("%s %s", ([product, name, read, fields, expected]) =>
    Effect.gen(function* () {
      const rows = yield* readOf(product, read, sample(product, name))
      assert.deepStrictEqual(
        rows.map((row) => fields.map((field) => row[field])),
        expected.map((row) => [...row])
      )
    })
  )

  it.effect.each(["usd-m", "coin-m"] as const)("%s income names the symbols, each once", (product) =>
    Effect.gen(function* () {
      const expected = { "usd-m": ["BTCUSDT", "ETHUSDT"], "coin-m": ["BTCUSD_PERP"] }[product]
      assert.deepStrictEqual<unknown>(yield* readOf(product, symbols, sample(product, "income")), expected)
    })
  )

  it.effect("spot order lists name the symbols", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual<unknown>(yield* readOf("spot", symbols, sample("spot", "allOrderList")), [
        "ETHUSDT",
        "SOLUSDT"
      ])
    })
  )

  it.effect.each([
    ["usd-m", { "/fapi/v1/accountConfig": "accountConfig", "/fapi/v1/symbolConfig": "symbolConfig" }],
    ["coin-m", { "/dapi/v1/positionSide/dual": "positionSide.dual", "/dapi/v1/positionRisk": "positionRisk" }]
  ] as const)("%s modes", ([product, paths]) =>
    Effect.gen(function* () {
      const modes = yield* Effect.flatMap(products[product], (reads) => reads.modes).pipe(
        Effect.provide(layerAnswering((path) => ({ text: sample(product, (paths as Record<string, string>)[path]!) })))
      )
      const [first, second] = product === "usd-m" ? ["BTCUSDT", "SOLUSDT"] : ["BTCUSD_PERP", "ETHUSD_PERP"]
      assert.deepStrictEqual(
        {
          ...modes,
          leverage: Object.fromEntries(HashMap.toEntries(modes.leverage)),
          marginType: Object.fromEntries(HashMap.toEntries(modes.marginType))
        },
        {
          dualSidePosition: false,
          ...(product === "usd-m" ? { multiAssetsMargin: false } : {}),
          leverage: { [first]: product === "usd-m" ? 10 : 20, [second]: 20 },
          marginType: { [first]: "cross", [second]: "isolated" }
        }
      )
    })
  )
})
