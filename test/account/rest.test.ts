import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { Checkpoint } from "effect-binance-user-data"
import { products } from "../products/products.js"
import { adjust, type Provided, runVirtual } from "../support/simulated.js"
import * as VirtualClock from "../support/VirtualClock.js"
import { accounts, make, makeWithCheckpoint } from "./accounts.js"

type Made = Effect.Effect<Effect.Effect<unknown, unknown>, unknown, Provided | Scope.Scope>

/** How often something that runs begins to wait in ten minutes without an event. */
const waits = (made: Made) =>
  runVirtual(
    Effect.gen(function* () {
      const clock = yield* VirtualClock.VirtualClock
      yield* Effect.forkScoped(yield* made)
      yield* adjust("2 minutes")
      const before = clock.slept()
      yield* adjust("10 minutes")
      return clock.slept() - before
    })
  )

const options = { reconcileEvery: "1 day" } as const

for (const row of accounts) {
  it.live(`${row.product}: an account at rest wakes no more often than its stream`, () =>
    Effect.gen(function* () {
      const stream = products.find(({ product }) => product === row.product)!
      const ofStream = yield* waits(Effect.map(stream.make(), (service) => service.forEach(() => {})))
      const ofAccount = yield* waits(Effect.map(make(row, options), ({ run }) => run))
      expect(ofAccount).toBe(ofStream)
      const kept = Effect.map(makeWithCheckpoint(row, options), (account) => account.forEach(() => {}))
      const ofCheckpoints = yield* waits(
        Effect.flatMap(Layer.build(Checkpoint.layerMemory), (store) => Effect.provide(kept, store))
      )
      expect(ofCheckpoints).toBe(ofStream)
    })
  )
}
