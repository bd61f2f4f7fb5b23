import { expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type { Book } from "../../src/internal/account/book/book.js"
import { empty } from "../../src/internal/account/book/book.js"
import * as Checkpoints from "../../src/internal/account/checkpoints.js"
import * as VirtualClock from "../support/VirtualClock.js"

/** How often a consumer that handles ten elements a second is saved in a minute, and what is saved at its end. */
const savesOf = (millis: number) =>
  Effect.gen(function* () {
    const saved: Array<Book> = []
    const store = {
      load: () => Effect.succeed(Option.none()),
      save: (_: string, { book }: { readonly book: Book }) =>
        Effect.andThen(Effect.sleep(millis), () => void saved.push(book))
    }
    const checkpoints = Checkpoints.make(store, { product: "Spot", account: "a" }, 1_000)
    let last: Book = empty(0)
    const consume = Effect.gen(function* () {
      const { handled } = yield* checkpoints.track
      const handle = Effect.map(Clock.currentTimeMillis, (now) => {
        last = empty(now)
        handled({ book: last, seq: now })
      })
      yield* Effect.repeat(handle, Schedule.spaced("100 millis"))
    })
    const fiber = yield* Effect.fork(Effect.timeout(Effect.scoped(consume), "1 minute").pipe(Effect.ignore))
    yield* VirtualClock.adjust("1 minute")
    const during = saved.length
    yield* VirtualClock.adjust("10 seconds")
    yield* fiber.await
    expect(saved.at(-1)).toBe(last)
    return during
  })

it.live.each([
  ["at once", 0, 58, 60],
  ["in 10 ms", 10, 58, 60],
  ["in 100 ms: after 5 seconds", 100, 10, 12],
  ["in a second: after 50 seconds", 1_000, 1, 2]
] as const)(
  "a book that is saved %s takes at most 2 %% of the time, and its last is saved",
  ([, millis, least, most]) =>
    Effect.gen(function* () {
      const saves = yield* savesOf(millis)
      expect(saves).toBeGreaterThanOrEqual(least)
      expect(saves).toBeLessThanOrEqual(most)
    }).pipe(VirtualClock.run)
)
