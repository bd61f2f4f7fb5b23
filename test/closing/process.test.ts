import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { run, type Signal } from "./process.js"

/** A few runs; `npm run kill` goes on. */
describe("a program that a signal stops closes its keys, or says that it could not", () => {
  for (const signal of ["SIGINT", "SIGTERM"] as ReadonlyArray<Signal>) {
    // While it connects, and when it is live.
    for (const after of [30, 120, 500]) {
      it.live(
        `${signal} after ${after} ms`,
        () =>
          Effect.gen(function* () {
            const { closed, created, ...rest } = yield* run({ signal, after, refusesToClose: false })
            expect(closed).toBe(created)
            expect(rest).toMatchObject({ left: [], unsaid: [], openSockets: 0 })
          }),
        30_000
      )
    }

    it.live(
      `${signal}, when the keys cannot be closed`,
      () =>
        Effect.gen(function* () {
          const { left, openSockets, unsaid } = yield* run({ signal, after: 500, refusesToClose: true })
          expect(left.length).toBeGreaterThan(0)
          expect({ openSockets, unsaid }).toEqual({ openSockets: 0, unsaid: [] })
        }),
      30_000
    )
  }
})
