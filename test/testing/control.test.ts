import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Fault, SimulatedBinance, type Trading } from "effect-binance-user-data/testing"

/** What a test in another language does: plain HTTP, and JSON. */
const ask = (path: string, body?: unknown) =>
  Effect.gen(function* () {
    const { httpUrl } = yield* SimulatedBinance.SimulatedBinance
    const text = typeof body === "string" ? body : JSON.stringify(body)
    return yield* Effect.promise(async () => {
      const response = await fetch(
        `${httpUrl}/control${path}`,
        body === undefined ? {} : { method: "POST", body: text }
      )
      return { status: response.status, body: (await response.json()) as any }
    })
  })

/** The answer to what succeeds. */
const done = (path: string, body?: unknown) =>
  Effect.map(ask(path, body), (answer) => {
    assert.strictEqual(answer.status, 200, JSON.stringify(answer.body))
    return answer.body
  })

const layer = SimulatedBinance.layer({ control: true })

const market = { product: "UsdFutures", symbol: "BTCUSDT" } as const

const faults: { readonly [name: string]: object } = {
  laggingRead: { by: "5 seconds" },
  slow: { by: 100, processed: "after" },
  lackingOrder: { orderId: "1" },
  cutPage: { rows: 1 },
  errorAnswer: { status: 400, code: -1000 },
  refuseConnects: { refusal: 503, times: 1 },
  stall: { for: "1 second" },
  delayFrames: { by: 10 },
  expireListenKey: { product: "UsdFutures" },
  deleteListenKey: { product: "UsdFutures" },
  rotateListenKey: { product: "UsdFutures" },
  revokeApiKey: { apiKey: "unknown" },
  lateAlgoUpdates: { by: "8 millis" },
  clockSkew: { millis: 100 }
}

describe("the control API", () => {
  it.scopedLive("does to an account what the service does", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      assert.deepStrictEqual(yield* done("/deposit", { product: "UsdFutures", asset: "USDT", amount: "1000" }), {
        asset: "USDT",
        total: "1000",
        free: "1000",
        locked: "0",
        borrowed: "0",
        interest: "0"
      })
      const order = { ...market, side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: "0.010", price: "89000" }
      const placed: Trading.Order = yield* done("/placeOrder", order)
      assert.deepInclude(placed, { status: "NEW", price: "89000", quantity: "0.01" })
      const { orderId } = placed
      yield* done("/amend", { ...market, orderId, quantity: "0.008" })
      assert.deepInclude(yield* done("/fill", { ...market, orderId, quantity: "0.004" }), { quantity: "0.004" })
      assert.deepInclude(yield* done("/cancel", { ...market, orderId }), { status: "CANCELED" })
      const other: Trading.Order = yield* done("/placeOrder", { ...order, newClientOrderId: "mine" })
      assert.deepInclude(yield* done("/expire", { ...market, orderId: other.orderId }), { status: "EXPIRED" })
      assert.isNull(yield* done("/setPrice", { ...market, price: "91000" }))
      assert.isNull(yield* done("/fund", { ...market, rate: "0.0001" }))
      yield* done("/transfer", { from: "UsdFutures", to: "Spot", asset: "USDT", amount: "10" })
      assert.deepInclude(yield* done("/liquidate", market), { status: "FILLED" })
      assert.deepStrictEqual(
        yield* done("/book", { product: "UsdFutures" }),
        JSON.parse(JSON.stringify(yield* binance.book({ product: "UsdFutures" })))
      )
      assert.lengthOf((yield* binance.book({ product: "Spot" })).balances, 1)
      assert.isAbove(yield* done("/tradingDay", { product: "Spot" }), 5)
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("adds accounts, pushes, and tells what clients did", () =>
    Effect.gen(function* () {
      const { httpUrl } = yield* SimulatedBinance.SimulatedBinance
      yield* done("/account", { apiKey: "another", account: "other" })
      yield* Effect.promise(() =>
        fetch(`${httpUrl}/fapi/v1/listenKey`, { method: "POST", headers: { "X-MBX-APIKEY": "another" } })
      )
      assert.strictEqual((yield* done("/counters")).liveKeys, 1)
      assert.deepStrictEqual(
        (yield* done("/requests")).map(({ endpoint, outcome }: any) => [endpoint, outcome]),
        [["POST /fapi/v1/listenKey", "200"]]
      )
      assert.deepStrictEqual(yield* done("/sockets"), [])
      assert.isAbove(yield* done("/serverTime"), 1_700_000_000_000)
      assert.strictEqual(yield* done("/requestCount"), 1)
      assert.strictEqual(yield* done("/requestCount", { endpoint: "POST /fapi/v1/listenKey" }), 1)
      assert.strictEqual(yield* done("/requestCount", { endpoint: "POST /dapi/v1/listenKey" }), 0)
      assert.strictEqual(yield* done("/pushRaw", { product: "Spot", event: { e: "new" } }), 0)
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("makes every fault of the module", () =>
    Effect.gen(function* () {
      const { httpUrl } = yield* SimulatedBinance.SimulatedBinance
      const list = yield* done("")
      const names = Object.keys(Fault)
      assert.deepStrictEqual(
        Object.keys(list)
          .flatMap((path) => path.split("/control/faults/")[1] ?? [])
          .sort(),
        names.sort()
      )
      for (const name of names) {
        assert.strictEqual(yield* done(`/faults/${name}`, faults[name] ?? {}), 0, name)
      }
      yield* done("/faults/clear")
      yield* done("/faults/forbidden", { endpoint: "GET /fapi/v1/ping" })
      const status = () => Effect.promise(async () => (await fetch(`${httpUrl}/fapi/v1/ping`)).status)
      assert.deepStrictEqual([yield* status(), yield* status()], [403, 200])
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("lists its methods, with what each takes", () =>
    Effect.gen(function* () {
      const list = yield* done("")
      assert.deepStrictEqual(list["/control/cancel"].required, ["product", "symbol", "orderId"])
      assert.include(list["/control/setPrice"].properties.price.description, "decimal")
      assert.includeMembers(Object.keys(list), ["/control/setPrice", "/control/book", "/control/faults/dropSockets"])
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("answers mistakes with what to do", () =>
    Effect.gen(function* () {
      const mistake = (path: string, body?: unknown) =>
        Effect.map(ask(path, body), ({ body, status }) => [status, body._tag, body.message ?? body.msg] as const)
      const order = { ...market, side: "BUY", type: "MARKET", quantity: "0.010" }
      assert.deepStrictEqual(yield* mistake("/placeOrder", order), [400, "Refused", "Margin is insufficient."])
      assert.deepStrictEqual((yield* ask("/placeOrder", order)).body.code, -2019)
      const deposit = { product: "Margin", isolatedSymbol: "NOPE", asset: "USDT", amount: "1" }
      assert.deepStrictEqual(yield* mistake("/deposit", deposit), [400, "Refused", "Invalid symbol."])
      const table = [
        ["/setPrice", { ...market, price: 90_000 }, "price: Expected a decimal number as text, actual 90000"],
        ["/setPrice", { ...market, price: "90000", prize: "1" }, "prize: is unexpected, expected: "],
        ["/setPrice", { price: "x" }, "product: is missing\nsymbol: is missing\nprice: Expected a decimal"],
        ["/setPrice", [], "The body is not a JSON object."],
        [
          "/setPrice",
          { ...market, symbol: "NOPE", price: "1" },
          "NOPE is no symbol of UsdFutures that is simulated: there are BTCUSDT, ETHUSDT,"
        ],
        ["/fund", { ...market, symbol: "NOPE", rate: "0.0001" }, "NOPE is no symbol of UsdFutures"],
        [
          "/deposit",
          { product: "UsdFutures", account: "alise", asset: "USDT", amount: "1" },
          'There is no account "alise", only "default": give it an API key first'
        ],
        ["/book", { product: "Spot", account: "alise" }, 'There is no account "alise"'],
        ["/tradingDay", { product: "Spot", account: "alise" }, 'There is no account "alise"'],
        ["/pushRaw", { product: "Spot", account: "alise", event: {} }, 'There is no account "alise"'],
        ["/cancel", { ...market, orderId: "first" }, "an id as text"],
        ["/deposit", "{", "The body is not JSON."],
        ["/faults/slow", { by: "a while" }, "5 seconds"],
        ["/account", { apiKey: "k", publicKey: "no PEM" }, "error"]
      ] as const
      for (const [path, body, text] of table) {
        const [status, tag, message] = yield* mistake(path, body)
        assert.deepStrictEqual([status, tag], [400, "InvalidRequest"], path)
        assert.include(message, text)
        assert.isBelow(message.length, 400, message)
      }
      assert.deepStrictEqual(yield* mistake("/setPrize", {}), [
        404,
        "UnknownMethod",
        "There is no /control/setPrize: GET /control lists what there is."
      ])
      assert.deepStrictEqual(yield* mistake("/dropSockets", {}), [
        404,
        "UnknownMethod",
        "There is no /control/dropSockets: it is /control/faults/dropSockets."
      ])
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("is there only where it was asked for", () =>
    Effect.gen(function* () {
      const { httpUrl } = yield* SimulatedBinance.SimulatedBinance
      assert.strictEqual((yield* Effect.promise(() => fetch(`${httpUrl}/control`))).status, 404)
    }).pipe(Effect.provide(SimulatedBinance.layer()))
  )
})
