import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import { connect, frontEnds } from "../harness.js"
import { answer, ask } from "./harness.js"

const tables = [
  {
    name: "spot",
    path: "/ws-api/v3",
    product: "Spot",
    symbol: "BTCUSDT",
    asset: "USDT",
    quantity: "0.01",
    reads: [
      ["account.status", "/api/v3/account", {}],
      ["openOrders.status", "/api/v3/openOrders", {}],
      ["allOrders", "/api/v3/allOrders", { symbol: "BTCUSDT" }],
      ["myTrades", "/api/v3/myTrades", { symbol: "BTCUSDT" }]
    ]
  },
  {
    name: "USD-M",
    path: "/ws-fapi/v1",
    product: "UsdFutures",
    symbol: "BTCUSDT",
    asset: "USDT",
    quantity: "0.01",
    reads: [
      ["v2/account.status", "/fapi/v3/account", {}],
      ["v2/account.balance", "/fapi/v3/balance", {}],
      ["v2/account.position", "/fapi/v3/positionRisk", {}]
    ]
  },
  {
    name: "COIN-M",
    path: "/ws-dapi/v1",
    product: "CoinFutures",
    symbol: "BTCUSD_PERP",
    asset: "BTC",
    quantity: "10",
    reads: [
      ["account.status", "/dapi/v1/account", {}],
      ["account.balance", "/dapi/v1/balance", {}],
      ["account.position", "/dapi/v1/positionRisk", {}]
    ]
  }
] as const

const exact = (value: unknown) =>
  JSON.parse(JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? Number(inner) : inner)))

describe.each(frontEnds)("orders by the WebSocket API, $name", ({ layer }) => {
  it.scoped.each(tables)("$name: place, query and cancel; reads tell what REST tells", (given) =>
    Effect.gen(function* () {
      const { asset, path, product, quantity, symbol } = given
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* binance.deposit({ product, asset, amount: "10000" })
      const client = yield* connect(path)
      const order = { symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity, price: "80000" }
      const bought = yield* ask(client, "order.place", { ...order, price: "90000" })
      assert.strictEqual(bought.status, 200)
      const placed = yield* ask(client, "order.place", { ...order, newClientOrderId: "mine" })
      assert.deepInclude(placed.result, { clientOrderId: "mine", ...(product === "Spot" ? {} : { status: "NEW" }) })
      const { orderId } = placed.result
      const asked = yield* ask(client, "order.status", { symbol, orderId })
      assert.deepInclude(asked.result, { orderId, status: "NEW", price: asked.result.price })
      for (const [method, call, parameters] of given.reads) {
        const read = yield* ask(client, method, parameters)
        assert.hasAllKeys(read, ["id", "status", "result", "rateLimits"])
        assert.deepStrictEqual(read.result, exact(yield* answer("GET", call, parameters)), method)
      }
      const canceled = yield* ask(client, "order.cancel", { symbol, orderId })
      assert.strictEqual(canceled.result.status, "CANCELED")
      const refused = yield* ask(client, "order.cancel", { symbol, orderId })
      assert.deepStrictEqual([refused.status, refused.error], [400, { code: -2011, msg: "Unknown order sent." }])
      const book = yield* binance.book({ product })
      assert.deepStrictEqual(
        book.orders.map(({ status }) => status),
        ["FILLED", "CANCELED"]
      )
    }).pipe(Effect.provide(layer()))
  )
})
