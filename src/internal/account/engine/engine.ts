import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Ref from "effect/Ref"
import type * as Scope from "effect/Scope"
import type { BinanceError } from "../../../BinanceError.js"
import type { StreamNotice } from "../../../StreamNotice.js"
import type { MalformedEvent } from "../../../UserDataEvent.js"
import { elapsed } from "../../clock.js"
import { describe } from "../../session/causes.js"
import { apply, nextDue, overdue } from "../book/apply.js"
import type { Doubt } from "../book/book.js"
import type { Entry } from "./consumers.js"
import type { EngineContext } from "./context.js"
import { type Incoming, isNotice } from "./inbox.js"
import { recover } from "./recover.js"
import { between, Due, sinceAgreed, type Trigger } from "./trigger.js"

/** How long a confirmation is put off while REST cannot be read. */
const confirmAgainAfter = Duration.minutes(5)

/** How many events are handed on at once. */
const batchSize = 1024

const later = <Event>({ inbox }: EngineContext<Event>, delay: Duration.DurationInput, trigger: Trigger) =>
  Effect.forkScoped(Effect.zipRight(Effect.sleep(delay), inbox.offer(new Due(trigger))))

const reconcileRegularly = <Event>(engine: EngineContext<Event>) =>
  Effect.gen(function* () {
    const jitter = 0.9 + 0.2 * (yield* Random.next)
    yield* Effect.sleep(Duration.times(engine.settings.reconcileEvery, jitter))
    // While REST is down they would wait for each other, and all be done when it is back.
    const done = yield* Deferred.make<void>()
    yield* engine.inbox.offer(new Due({ kind: "Check", why: "a regular comparison", canWait: true }, done))
    yield* Deferred.await(done)
  }).pipe(Effect.forever, Effect.forkScoped)

const doubting = (doubts: ReadonlyArray<Doubt>): Trigger => ({
  kind: "Doubt",
  doubts,
  why: doubts.map(({ _tag }) => _tag).join(", ")
})

/** Recovers, and looks once more soon: REST may not have known everything yet. */
const recoverAndConfirm = <Event>(
  engine: EngineContext<Event>,
  trigger: Trigger
): Effect.Effect<void, BinanceError, Scope.Scope> =>
  Effect.gen(function* () {
    const { gap: span, untold: symbols } = yield* recover(engine, trigger)
    const soon = Duration.seconds(10 + 20 * (yield* Random.next))
    const gap = span && (() => span)
    yield* later(engine, soon, { kind: "Confirm", gap, symbols, why: "REST may have been behind", canWait: true })
  })

/** How far the local clock is ahead of the one that nobody sets. */
const lead = Effect.zipWith(Clock.currentTimeMillis, elapsed, (local, at) => local - at)

/** Whether the local clock was set since this was asked last. A computer that slept seems to have done so. */
const makeWasSet = Effect.map(Effect.flatMap(lead, Ref.make), (last) =>
  Effect.zipWith(lead, Ref.get(last), (now, before) => ({ now, before })).pipe(
    Effect.tap(({ now }) => Ref.set(last, now)),
    Effect.map(({ before, now }) => Math.abs(now - before) > 1_000)
  )
)

const onNotice = <Event>(engine: EngineContext<Event>, notice: StreamNotice, wasSet: Effect.Effect<boolean>) =>
  Effect.gen(function* () {
    const { consumers, view } = engine
    if (notice._tag === "Interrupted") {
      const why = `the stream was interrupted: ${describe(notice.cause)}`
      yield* view.update(view.book(), { _tag: "Stale", since: notice.lastFrameAt, why })
    }
    yield* consumers.publish([{ element: notice, fills: [], book: view.book() }])
    switch (notice._tag) {
      case "Opened":
        return yield* recoverAndConfirm(
          engine,
          engine.isRestart
            ? { kind: "Restart", gap: sinceAgreed, why: "the account was not consumed until now" }
            : { kind: "Start", why: "the stream was opened" }
        )
      case "Resumed":
        return yield* recoverAndConfirm(engine, {
          kind: "Gap",
          // When it began is not known if the clock was set meanwhile.
          gap: (yield* wasSet) ? sinceAgreed : between(notice.gap),
          why: describe(notice.gap.cause)
        })
    }
  })

/** Applies the events that are there, up to the next notice or timer. */
const takeEvents = <Event>({ factsOf, inbox, view }: EngineContext<Event>, first: Event, now: number) => {
  const entries: Array<Entry<Event>> = []
  const doubts: Array<Doubt> = []
  let book = view.book()
  for (let event: Event | undefined = first; event !== undefined; ) {
    const applied = apply(book, factsOf(event), now)
    book = applied.book
    doubts.push(...applied.doubts)
    entries.push({ element: event, fills: applied.fills, book })
    event = entries.length < batchSize ? inbox.pollEvent() : undefined
  }
  return { book, doubts, entries }
}

/** How often what could not be read is made up for, in ms: after a change at Binance that may be all events. */
const unreadEvery = 60_000

/** An event that cannot be read may have been any: soon REST tells what happened since it was asked last. */
const makeOnUnread = <Event>(engine: EngineContext<Event>) =>
  Effect.map(Ref.make(Number.NEGATIVE_INFINITY), (planned) =>
    Effect.gen(function* () {
      const now = yield* elapsed
      const last = yield* Ref.get(planned)
      if (now < last) {
        return
      }
      const at = Math.max(now, last + unreadEvery)
      yield* Ref.set(planned, at)
      const why = "an event could not be read"
      const since = yield* Clock.currentTimeMillis
      yield* engine.view.update(engine.view.book(), { _tag: "Stale", since, why })
      yield* later(engine, at - now, { kind: "Gap", gap: sinceAgreed, why })
    })
  )

const isUnread = <Event>({ element }: Entry<Event>): boolean =>
  (element as { readonly _tag?: string })._tag === ("MalformedEvent" satisfies MalformedEvent["_tag"])

const onEvents = <Event>(
  engine: EngineContext<Event>,
  first: Event,
  onUnread: Effect.Effect<void, never, Scope.Scope>
) =>
  Effect.gen(function* () {
    const { book, doubts, entries } = takeEvents(engine, first, yield* engine.reads.now)
    yield* engine.view.update(book)
    yield* engine.consumers.publish(entries)
    yield* entries.some(isUnread) ? onUnread : Effect.void
    if (doubts.length > 0) {
      yield* recover(engine, doubting(doubts))
    }
  })

/** What comes in next; `undefined` if something that was announced is overdue before that. */
const nextIncoming = <Event>(
  { inbox, reads, view }: EngineContext<Event>,
  isLive: boolean
): Effect.Effect<Incoming<Event> | undefined, BinanceError> =>
  Effect.gen(function* () {
    const due = isLive ? nextDue(view.book()) : undefined
    return due === undefined ? yield* inbox.next : yield* inbox.nextWithin(due - (yield* reads.now))
  })

const onOverdue = <Event>(engine: EngineContext<Event>) =>
  Effect.gen(function* () {
    const { reads, view } = engine
    const { book, doubts } = overdue(view.book(), yield* reads.now)
    yield* view.update(book)
    if (doubts.length > 0) {
      yield* recover(engine, doubting(doubts))
    }
  })

const complete = ({ done }: Due) => (done === undefined ? Effect.void : Deferred.succeed(done, undefined))

/** The next regular comparison comes by itself. */
const putOff = <Event>(engine: EngineContext<Event>, trigger: Trigger) =>
  trigger.kind === "Confirm" ? later(engine, confirmAgainAfter, trigger) : Effect.void

const onDue = <Event>(engine: EngineContext<Event>, due: Due) =>
  Effect.gen(function* () {
    const { trigger } = due
    yield* Effect.catchIf(
      trigger.kind === "Gap" ? recoverAndConfirm(engine, trigger) : recover(engine, trigger),
      (error) => trigger.canWait === true && error.isRetryable,
      () => putOff(engine, trigger)
    )
    yield* complete(due)
  })

/** The recovery of one gap says nothing about another one. */
const isOfOtherGap = ({ trigger }: Due): boolean => trigger.gap !== undefined

/** Keeps an account until its stream fails. */
export const run = <Event>(engine: EngineContext<Event>): Effect.Effect<never, BinanceError, Scope.Scope> =>
  Effect.gen(function* () {
    yield* reconcileRegularly(engine)
    const wasSet = yield* makeWasSet
    const onUnread = yield* makeOnUnread(engine)
    let isLive = false
    /** What was due while the stream was down, for when it is back and what it missed is recovered. */
    let postponed: ReadonlyArray<Due> = []
    for (;;) {
      const incoming: Incoming<Event> | undefined = yield* nextIncoming(engine, isLive)
      if (incoming === undefined) {
        yield* onOverdue(engine)
      } else if (incoming instanceof Due) {
        if (isLive) {
          yield* onDue(engine, incoming)
        } else {
          postponed = [...postponed, incoming]
        }
      } else if (isNotice(incoming)) {
        yield* onNotice(engine, incoming, wasSet)
        isLive = incoming._tag !== "Interrupted"
        if (isLive) {
          yield* Effect.forEach(postponed, (due) => (isOfOtherGap(due) ? onDue(engine, due) : complete(due)), {
            discard: true
          })
          postponed = []
        }
      } else {
        yield* onEvents(engine, incoming, onUnread)
      }
    }
  })
