import { Spot } from "@binance/spot"
import * as Effect from "effect/Effect"
import { Fault, type SimulatedBinance } from "effect-binance-user-data/testing"
import { assert, describe } from "vitest"
import { client, connection, eventually, keys, received, takeN } from "./simulated.js"

interface Key {
  readonly apiKey: string
  readonly apiSecret?: string
  readonly privateKey?: string
}

const webSocketApi = (binance: SimulatedBinance.SimulatedBinance.Service, key: Key, query = "") =>
  connection(() =>
    new Spot({
      configurationWebsocketAPI: { ...key, wsURL: `${binance.webSocketUrl}/ws-api/v3${query}` }
    }).websocketAPI.connect()
  )

type WebSocketApi = Effect.Effect.Success<ReturnType<typeof webSocketApi>>

const events = ({ stream }: Awaited<ReturnType<WebSocketApi["userDataStreamSubscribe"]>>) =>
  received<Parameters<Parameters<typeof stream.on>[1]>[0]>((callback) => stream.on("message", callback))

const assertTradingDay = (
  binance: SimulatedBinance.SimulatedBinance.Service,
  next: Effect.Effect.Success<ReturnType<typeof events>>
) =>
  Effect.gen(function* () {
    const pushed = yield* binance.tradingDay("Spot")
    const events = yield* takeN(next, pushed)
    const orders = events.flatMap((event) => (event.e === "executionReport" ? [event.X] : []))
    assert.deepStrictEqual(orders, ["NEW", "PARTIALLY_FILLED", "NEW", "FILLED", "CANCELED", "NEW", "FILLED"])
    const names = new Set(events.map(({ e }) => e))
    assert.includeMembers(Array.from(names), ["executionReport", "outboundAccountPosition", "balanceUpdate"])
  })

const rejection = (call: () => Promise<unknown>) =>
  Effect.flip(Effect.tryPromise({ try: call, catch: (error) => error }))

describe("@binance/spot", () => {
  for (const kind of ["hmac", "rsa", "ed25519"] as const) {
    client(`subscribes with a signature (${kind}) and receives the events of a trading day`, (binance) =>
      Effect.gen(function* () {
        const api = yield* webSocketApi(binance, keys[kind])
        const subscribed = yield* Effect.promise(() => api.userDataStreamSubscribeSignature())
        assert.equal(subscribed.response.data.subscriptionId, 0)
        yield* assertTradingDay(binance, yield* events(subscribed))
      })
    )
  }

  client("logs on with Ed25519, subscribes and receives the events of a trading day", (binance) =>
    Effect.gen(function* () {
      const api = yield* webSocketApi(binance, keys.ed25519)
      yield* Effect.promise(() => api.sessionLogon())
      const status = yield* Effect.promise(() => api.sessionStatus())
      assert.strictEqual(status.data.apiKey, keys.ed25519.apiKey)
      const subscribed = yield* Effect.promise(() => api.userDataStreamSubscribe())
      yield* assertTradingDay(binance, yield* events(subscribed))
      const subscriptions = yield* Effect.promise(() => api.sessionSubscriptions())
      assert.lengthOf(subscriptions.data as unknown as ReadonlyArray<unknown>, 1)
      yield* Effect.promise(() => api.userDataStreamUnsubscribe())
      yield* Effect.promise(() => api.sessionLogout())
      const { subscriptions: left } = yield* binance.counters
      assert.strictEqual(left, 0)
    })
  )

  // Logged on, the connector leaves out the API key and the signature of every signed request.
  client("subscribes with the signature of the session it is logged on to", (binance) =>
    Effect.gen(function* () {
      const api = yield* webSocketApi(binance, keys.ed25519)
      yield* Effect.promise(() => api.sessionLogon())
      const subscribed = yield* Effect.promise(() => api.userDataStreamSubscribeSignature())
      yield* assertTradingDay(binance, yield* events(subscribed))
    })
  )

  client("receives microseconds when asked for them", (binance) =>
    Effect.gen(function* () {
      const api = yield* webSocketApi(binance, keys.hmac, "?timeUnit=MICROSECOND")
      const next = yield* events(yield* Effect.promise(() => api.userDataStreamSubscribeSignature()))
      yield* binance.tradingDay("Spot")
      const event = yield* next
      assert.match(String("E" in event ? event.E : ""), /^\d{16}$/)
    })
  )

  client("understands the errors of sessions and subscriptions", (binance) =>
    Effect.gen(function* () {
      const api = yield* webSocketApi(binance, keys.hmac)
      const codes = []
      for (const call of [
        () => api.sessionLogon(),
        () => api.userDataStreamSubscribe(),
        () => api.userDataStreamUnsubscribe({ subscriptionId: 7 })
      ]) {
        const error = yield* rejection(call)
        codes.push((error as { readonly code: unknown }).code)
      }
      assert.deepStrictEqual(codes, [-2028, -1193, -2036])
    })
  )

  client("opens another socket and logs on again when the server shuts down", (binance) =>
    Effect.gen(function* () {
      const api = yield* webSocketApi(binance, keys.ed25519)
      yield* Effect.promise(() => api.sessionLogon())
      yield* binance.inject(Fault.serverShutdown())
      yield* eventually(binance.requestCount("session.logon"), (count) => count === 2)
      yield* eventually(binance.sockets, (sockets) => sockets.length === 1)
      const subscribed = yield* Effect.promise(() => api.userDataStreamSubscribe())
      yield* assertTradingDay(binance, yield* events(subscribed))
    })
  )
})
