import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { type Account, type BinanceError, BinanceHttp, Environment, Spot, SpotAccount } from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import { layerLogon, loggingOn } from "../../support/logon.js"
import * as Server from "../../webSocketApi/server.js"
import { readOf, sample } from "./reading.js"

const session = {
  apiKey: loggingOn.apiKey,
  authorizedSince: 1,
  connectedSince: 1,
  returnRateLimits: true,
  serverTime: Date.now(),
  userDataStream: true
}

/** What a WebSocket API answers: to the first calls of a stream, and to reads what its documentation shows. */
const results: { readonly [method: string]: unknown } = {
  "session.logon": session,
  "userDataStream.subscribe": { subscriptionId: 0 },
  ...Object.fromEntries(
    ["account.status", "openOrders.status", "allOrders", "myTrades"].map((method) => [
      method,
      JSON.parse(sample("spot", `ws.${method}`)).result
    ])
  )
}

/** Over a real socket; where its answers are not enough, REST would fail, because nobody is there. */
const account = Effect.gen(function* () {
  const server = yield* Server.make()
  const asked: Array<readonly [string, object]> = []
  yield* Effect.forkScoped(
    Effect.forever(
      Effect.map(server.next, ({ fail, method, params: { timestamp, ...params }, succeed }) => {
        asked.push([method, params])
        const { code, msg } = JSON.parse(sample("spot", "ws.error")).error
        results[method] === undefined ? fail(400, code, msg) : succeed(results[method])
      })
    )
  )
  const environment = Environment.layerUrl(server.url.replace("ws:", "http:").replace("/ws-api/v3", ""))
  const layer = Layer.merge(BinanceHttp.layer, layerLogon).pipe(
    Layer.provideMerge(Layer.merge(NodeLayer.layer, environment))
  )
  const context = yield* Layer.build(Layer.provideMerge(Spot.layerWith({ authentication: "logon" }), layer))
  const stream = yield* Effect.provide(Spot.Spot, context)
  yield* Effect.forkScoped(Stream.runDrain(stream.events))
  yield* Stream.runHead(Stream.filter(stream.statusChanges, ({ phase }) => phase === "Live"))
  asked.length = 0
  return { account: yield* Effect.provide(SpotAccount.make(), context), asked }
})

const range = { symbol: "BTCUSDT", from: 1_795_593_600_000, to: 1_795_593_900_000 }

const reads: ReadonlyArray<{
  readonly method: string
  readonly read: (account: Account.Reads) => Effect.Effect<ReadonlyArray<unknown>, BinanceError.BinanceError>
  readonly params: object
}> = [
  { method: "openOrders.status", read: ({ openOrders }) => openOrders(), params: {} },
  { method: "account.status", read: ({ balances }) => balances, params: {} },
  {
    method: "allOrders",
    read: ({ orders }) => orders(range),
    params: { symbol: "BTCUSDT", startTime: range.from, endTime: range.to, limit: 1000 }
  },
  {
    method: "myTrades",
    read: ({ trades }) => trades({ symbol: "BTCUSDT", fromId: "1" }),
    params: { symbol: "BTCUSDT", fromId: 1, limit: 1000 }
  }
]

for (const { method, params, read } of reads) {
  it.scopedLive(`${method} asks with integers, and reads the documented answer as that of REST`, () =>
    Effect.gen(function* () {
      const { account: self, asked } = yield* account
      const rows = yield* read(self)
      assert.isNotEmpty(rows)
      assert.deepStrictEqual(rows, yield* readOf("spot", read, JSON.stringify(results[method])))
      assert.deepStrictEqual(asked, [[method, params]])
    })
  )
}

it.scopedLive("an error that is documented is that of REST", () =>
  Effect.gen(function* () {
    const { account: self, asked } = yield* account
    const error = yield* Effect.flip(self.order({ symbol: "BTCUSDT", clientOrderId: "17" }))
    assert.deepInclude(error, { _tag: "BadRequest", code: -1127, operation: "order.status" })
    // A client order id is a text, even of digits.
    assert.deepStrictEqual(asked, [["order.status", { symbol: "BTCUSDT", origClientOrderId: "17" }]])
  })
)

it.scopedLive("an order id that is none is left to Binance", () =>
  Effect.gen(function* () {
    const { account: self, asked } = yield* account
    yield* Effect.flip(self.order({ symbol: "BTCUSDT", orderId: "x" }))
    assert.deepStrictEqual(asked, [["order.status", { symbol: "BTCUSDT", orderId: "x" }]])
  })
)
