import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Shared from "../../src/internal/shared.js"

it.scoped("one who comes while the last one leaves gets a resource that goes on", () =>
  Effect.gen(function* () {
    let running = 0
    const { join, leave } = yield* Shared.make({
      begin: Effect.sync(() => {
        running++
        let hasStopped = false
        return {
          stop: Effect.sync(() => {
            running -= hasStopped ? 0 : 1
            hasStopped = true
          }),
          // A fiber may yield anywhere.
          hasEnded: Effect.as(Effect.yieldNow(), false)
        }
      }),
      title: "The resource"
    })
    const first = yield* join
    const coming = yield* Effect.fork(join)
    yield* Effect.yieldNow()
    yield* leave(first)
    const came = yield* Fiber.await(coming)
    expect(Exit.map(came, ({ count }) => count)).toEqual(Exit.succeed(1))
    expect(running).toBe(1)
  })
)
