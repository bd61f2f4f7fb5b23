import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import type { AccountElement, Phase, State } from "../../Account.js"
import type { BinanceError } from "../../BinanceError.js"
import type { StreamNotice } from "../../StreamNotice.js"
import { describe } from "../session/causes.js"
import { apply, type Book, type Doubt } from "./book.js"
import type { Consumers, Entry } from "./consumers.js"
import type { Fact } from "./fact.js"
import { Due, type Inbox, isNotice } from "./inbox.js"
import { type Mending, mend } from "./mending.js"
import type * as Reconcile from "./reconcile.js"
import type { Recoveries } from "./recovery.js"
import type { AccountTelemetry } from "./telemetry.js"

/** How an account behaves, with every default in its place. */
export interface Settings {
  readonly symbols: ReadonlyArray<string>
  readonly reconcileEvery: Duration.Duration
  /** In ms. */
  readonly overlap: number
}

/** The account as its readers see it. */
export interface View {
  readonly state: () => State
  readonly book: () => Book
  readonly update: (book: Book, phase?: Phase) => Effect.Effect<void>
}

/** What keeps an account. */
export interface Engine<Event> extends Recoveries {
  readonly product: Reconcile.Start["product"]
  readonly settings: Settings
  readonly factsOf: (event: Event) => ReadonlyArray<Fact>
  readonly inbox: Inbox<Event>
  readonly consumers: Consumers<Event | StreamNotice | AccountElement>
  /** By how many ms Binance's clock is ahead. */
  readonly clockOffset: Effect.Effect<number>
  readonly telemetry: AccountTelemetry
  readonly view: View
  /** When the checkpoint was made that this start goes on from, in epoch ms on the local clock. */
  readonly restartFrom: number | undefined
}

/** Doubts are asked about soon, and then ever more slowly. */
const doubtDelays = [Duration.seconds(2), Duration.seconds(8), Duration.minutes(1), Duration.minutes(5)]

/** How many events are handed on at once. */
const batchSize = 1024

const later = <Event>({ inbox }: Engine<Event>, delay: Duration.DurationInput, mending: Mending) =>
  Effect.forkScoped(Effect.zipRight(Effect.sleep(delay), inbox.offer(new Due(mending))))

const reconcileRegularly = <Event>(engine: Engine<Event>) =>
  Effect.gen(function* () {
    const jitter = 0.9 + 0.2 * (yield* Random.next)
    yield* Effect.sleep(Duration.times(engine.settings.reconcileEvery, jitter))
    yield* engine.inbox.offer(new Due({ kind: "Check", why: "a regular comparison" }))
  }).pipe(Effect.forever, Effect.forkScoped)

const doubting = (doubts: ReadonlyArray<Doubt>, turn: number): Mending => ({
  kind: "Doubt",
  doubts,
  turn,
  why: doubts.map(({ _tag }) => _tag).join(", ")
})

/** Mends, and asks again later about what stays in doubt and about what REST may not have known yet. */
const mendAndFollow = <Event>(engine: Engine<Event>, mending: Mending): Effect.Effect<void, BinanceError, Scope.Scope> =>
  Effect.gen(function* () {
    const doubts = yield* mend(engine, mending)
    if (mending.kind === "Start" || mending.kind === "Restart" || mending.kind === "Gap") {
      const soon = Duration.seconds(10 + 20 * (yield* Random.next))
      yield* later(engine, soon, { kind: "Confirm", why: "what REST may not have known yet" })
    }
    if (doubts.length > 0) {
      const turn = (mending.turn ?? 0) + 1
      yield* later(engine, doubtDelays[Math.min(turn, doubtDelays.length - 1)]!, doubting(doubts, turn))
    }
  })

const onNotice = <Event>(engine: Engine<Event>, notice: StreamNotice) =>
  Effect.gen(function* () {
    const { consumers, restartFrom, view } = engine
    if (notice._tag === "Interrupted") {
      const why = `the stream was interrupted: ${describe(notice.cause)}`
      yield* view.update(view.book(), { _tag: "Stale", since: notice.lastFrameAt, why })
    }
    yield* consumers.publish([{ element: notice, fills: [], book: view.book() }])
    switch (notice._tag) {
      case "Opened":
        return yield* mendAndFollow(
          engine,
          restartFrom === undefined
            ? { kind: "Start", why: "the stream was opened" }
            : { kind: "Restart", gap: { from: restartFrom, to: notice.at }, why: "the program was not running" }
        )
      case "Resumed":
        return yield* mendAndFollow(engine, { kind: "Gap", gap: notice.gap, why: describe(notice.gap.cause) })
    }
  })

/** The events that are there, up to the next notice or timer. */
const takeEvents = <Event>({ factsOf, inbox, view }: Engine<Event>, first: Event, now: number) => {
  const entries: Array<Entry<Event>> = []
  const doubts: Array<Doubt> = []
  let { book } = { book: view.book() }
  let element: ReturnType<typeof inbox.poll> = first
  for (;;) {
    if (element === undefined || element instanceof Due || isNotice(element)) {
      return { book, doubts, entries, next: element }
    }
    const applied = apply(book, factsOf(element), now)
    book = applied.book
    doubts.push(...applied.doubts)
    entries.push({ element, fills: applied.fills, book })
    element = entries.length < batchSize ? inbox.poll() : undefined
  }
}

/** A hole is mended at once; what may still be under way is waited for. */
const onDoubts = <Event>(engine: Engine<Event>, doubts: ReadonlyArray<Doubt>) =>
  doubts.some(({ _tag }) => _tag === "MissingFills")
    ? mendAndFollow(engine, doubting(doubts, 0))
    : later(engine, doubtDelays[0]!, doubting(doubts, 0))

/** Keeps an account until its stream fails. */
export const run = <Event>(engine: Engine<Event>): Effect.Effect<never, BinanceError, Scope.Scope> =>
  Effect.gen(function* () {
    const { consumers, inbox, view } = engine
    yield* reconcileRegularly(engine)
    let incoming = yield* inbox.next
    for (;;) {
      let next: typeof incoming | undefined
      if (incoming instanceof Due) {
        yield* mendAndFollow(engine, incoming.mending)
        if (incoming.done !== undefined) {
          yield* Deferred.succeed(incoming.done, undefined)
        }
      } else if (isNotice(incoming)) {
        yield* onNotice(engine, incoming)
      } else {
        const taken = takeEvents(engine, incoming, yield* Clock.currentTimeMillis)
        next = taken.next
        yield* view.update(taken.book)
        yield* consumers.publish(taken.entries)
        if (taken.doubts.length > 0) {
          // What was taken already comes after what is mended now: an inbox cannot take it back.
          yield* onDoubts(engine, taken.doubts)
        }
      }
      incoming = next ?? (yield* inbox.next)
    }
  })
