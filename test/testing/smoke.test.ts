import { assert, describe, it } from "@effect/vitest"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import * as Effect from "effect/Effect"
import { call, connect, frontEnds, listenKey } from "./harness.js"

describe.each(frontEnds)("$name", ({ layer }) => {
  it.scoped("smoke", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const key = yield* listenKey("/dapi/v1/listenKey")
      const socket = yield* connect(`/ws/${key}`)
      assert.strictEqual(yield* binance.pushRaw({ product: "CoinFutures" }, { e: "x", E: 1 }), 1)
      assert.deepStrictEqual(yield* socket.nextJson, { e: "x", E: 1 })
      assert.strictEqual(yield* binance.tradingDay("CoinFutures"), 5)
      for (let i = 0; i < 5; i++) {
        assert.include(yield* socket.next, '"E"')
      }
      assert.strictEqual((yield* call("DELETE", "/dapi/v1/listenKey")).text, "{}")
      yield* socket.roundTrip
      const c = yield* binance.counters
      assert.strictEqual(c.openSockets, 1)
    }).pipe(Effect.provide(layer()))
  )
})
