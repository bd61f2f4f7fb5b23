import { expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { Checkpoint } from "effect-binance-user-data"
import type { Book } from "../../src/internal/account/book/book.js"
import { empty } from "../../src/internal/account/book/book.js"
import * as Checkpoints from "../../src/internal/account/checkpoints.js"
import * as VirtualClock from "../support/VirtualClock.js"
import { makeLog } from "../telemetry/observer.js"

/** How often a consumer that handles ten elements a second is saved in a minute, and what is saved at its end. */
const savesOf = (millis: number) =>
  Effect.gen(function* () {
    const saved: Array<Book> = []
    const store = {
      load: () => Effect.succeed(Option.none()),
      save: (_: string, { book }: { readonly book: Book }) =>
        Effect.andThen(Effect.sleep(millis), () => void saved.push(book))
    }
    const checkpoints = yield* Checkpoints.make(
      store,
      { product: "Spot", account: "a" },
      { every: 1_000, restored: undefined }
    )
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

const owner = { product: "Spot", account: "a", name: "alpha" } as const

const full = new Checkpoint.CheckpointError({ kind: "Store", reason: "no space is left" })

it.live("a store that fails is a warning a minute at most, and says whose checkpoint it is", () => {
  const log = makeLog()
  return Effect.gen(function* () {
    const checkpoints = yield* Checkpoints.make({ load: () => full, save: () => full }, owner, {
      every: 1_000,
      restored: undefined
    })
    const consume = Effect.gen(function* () {
      const { handled } = yield* checkpoints.track
      handled({ book: empty(0), seq: 0 })
      yield* Effect.never
    })
    const fiber = yield* Effect.fork(Effect.scoped(consume))
    yield* VirtualClock.adjust("150 seconds")
    yield* Fiber.interrupt(fiber)
    const lines = log.lines.map(({ level, text }) => `${level.label} ${text}`)
    const line =
      "Account alpha: The store of the checkpoint Spot-a failed: no space is left. A restart goes on from what was saved before, and tells again what came since"
    expect(lines.filter((text) => text !== `INFO ${line}`)).toEqual(Array(3).fill(`WARN ${line}`))
    expect(yield* Effect.flip(checkpoints.commit({ seq: 1, book: empty(0) }))).toMatchObject({
      message: "Account alpha: The store of the checkpoint Spot-a failed: no space is left"
    })
    expect(
      yield* Effect.flip(Checkpoints.load({ load: () => full, save: () => full }, owner, { onInvalid: "fail" }))
    ).toMatchObject({
      message: "Account alpha: The store of the checkpoint Spot-a failed: no space is left"
    })
  }).pipe(Effect.provide(log.layer), VirtualClock.run)
})

it.live("a checkpoint that cannot be read says whose it is, or is left aside with a warning", () => {
  const log = makeLog()
  const store = { load: () => Effect.asSome(Checkpoint.fromJson("")), save: () => Effect.void }
  return Effect.gen(function* () {
    expect(yield* Effect.flip(Checkpoints.load(store, owner, { onInvalid: "fail" }))).toMatchObject({
      message:
        'Account alpha: The checkpoint Spot-a cannot be read: it is empty, cut off or something else. To start without it, set checkpoint: { onInvalid: "startFresh" }'
    })
    expect(yield* Checkpoints.load(store, owner, { onInvalid: "startFresh" })).toBeUndefined()
    expect(log.lines.map(({ level, text }) => `${level.label} ${text}`)).toEqual([
      "WARN The account starts without its checkpoint Spot-a: it is empty, cut off or something else"
    ])
  }).pipe(Effect.provide(log.layer))
})
