import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Supervisor from "effect/Supervisor"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { adjust, virtual } from "./harness.js"
import { listenKeyProducts } from "./products.js"

describe("a stream that waits has no fiber but that of its consumer", () => {
  for (const row of listenKeyProducts) {
    virtual(
      row.product,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const supervisor = yield* Supervisor.track
        const service = yield* row.make({ rolloverAge: "3 hours" })
        const consumer = yield* Effect.supervised(Effect.fork(service.forEach(() => {})), supervisor)
        const idle = Effect.gen(function* () {
          yield* adjust("1 minute")
          expect((yield* service.status).phase).toBe("Live")
          expect(yield* supervisor.value).toEqual([consumer])
        })
        yield* idle
        // Some keepalives later, and after a roll-over and a recovery.
        yield* adjust("2 hours")
        yield* idle
        yield* adjust("2 hours")
        expect((yield* service.status).rollovers).toBe(1)
        yield* idle
        yield* binance.inject(Fault.expireListenKey({ product: row.product }))
        yield* adjust("1 minute")
        expect((yield* service.status).reconnects).toEqual({ KeyExpired: 1 })
        yield* idle
      })
    )
  }
})
