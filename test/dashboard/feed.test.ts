import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Feed from "../../examples/dashboard/feed.js"
import * as State from "../../examples/dashboard/state.js"
import { sources } from "../../examples/dashboard/streams.js"

const fault = (text: string): State.Happening => ({ _tag: "Fault", at: 0, name: "Spot", text })

const make = Feed.make(State.empty("simulated", sources), { pause: 100 })

/** A browser that takes a message when it is told to. */
const browser = (feed: Feed.Feed) =>
  Effect.gen(function* () {
    const pull = yield* Stream.toPull(feed.messages)
    const next = Effect.map(pull, (chunk) => Array.from(chunk))
    return Effect.gen(function* () {
      const fiber = yield* Effect.fork(next)
      yield* TestClock.adjust("100 millis")
      const messages = yield* Fiber.join(fiber)
      expect(messages).toHaveLength(1)
      return messages[0]!
    })
  })

const texts = (message: State.Message) =>
  (message._tag === "Snapshot" ? message.view.log : message.log).map(({ text }) => text)

describe("Feed", () => {
  it.scoped("tells a late browser everything at first, and then what changes", () =>
    Effect.gen(function* () {
      const feed = yield* make
      yield* feed.report(fault("before"))
      const next = yield* browser(feed)
      const snapshot = yield* next
      expect(snapshot._tag).toBe("Snapshot")
      expect(texts(snapshot)).toEqual(["before"])
      yield* feed.report(fault("after"))
      const change = yield* next
      expect(change._tag).toBe("Change")
      expect(texts(change)).toEqual(["after"])
    })
  )

  it.scoped("waits while nothing changes", () =>
    Effect.gen(function* () {
      const feed = yield* make
      const messages = yield* Queue.unbounded<State.Message>()
      yield* Effect.forkScoped(Stream.runForEach(feed.messages, (message) => Queue.offer(messages, message)))
      yield* TestClock.adjust("1 hour")
      expect(yield* Queue.size(messages)).toBe(1)
      yield* feed.report(fault("one"))
      yield* TestClock.adjust("1 hour")
      expect(yield* Queue.size(messages)).toBe(2)
    })
  )

  it.scoped("tells a slow browser in one message all that it missed", () =>
    Effect.gen(function* () {
      const feed = yield* make
      const next = yield* browser(feed)
      yield* next
      yield* Effect.forEach(["a", "b", "c"], (text) => feed.report(fault(text)))
      expect(texts(yield* next)).toEqual(["c", "b", "a"])
    })
  )

  it.scoped("tells a very slow browser everything again", () =>
    Effect.gen(function* () {
      const feed = yield* make
      const next = yield* browser(feed)
      yield* next
      yield* Effect.forEach(
        Array.from({ length: 10_000 }, (_, index) => String(index)),
        (text) => feed.report(fault(text))
      )
      const message = yield* next
      expect(message._tag).toBe("Snapshot")
      expect(texts(message)).toHaveLength(State.limits.log)
      expect(texts(message)[0]).toBe("9999")
    })
  )

  it.scoped("does not let a slow browser hold up another one", () =>
    Effect.gen(function* () {
      const feed = yield* make
      const slow = yield* browser(feed)
      const quick = yield* browser(feed)
      yield* slow
      yield* quick
      for (const text of ["a", "b", "c"]) {
        yield* feed.report(fault(text))
        expect(texts(yield* quick)).toEqual([text])
      }
      expect(texts(yield* slow)).toEqual(["c", "b", "a"])
    })
  )
})
