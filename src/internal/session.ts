import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import type { BinanceError } from "../BinanceError.js"
import type { Frame } from "../Decoder.js"
import type { Product } from "../Environment.js"
import type { Cause, Gap } from "../StreamNotice.js"
import type { Open } from "./connection.js"
import { Duplicates, identityOf } from "./duplicates.js"
import { toMillis } from "./epoch.js"
import { textOf } from "./frame.js"
import type { Hub } from "./hub.js"
import { flightTime, Link, type Options as LinkOptions } from "./link.js"
import * as Span from "./span.js"
import * as Telemetry from "./telemetry.js"
import * as Timers from "./timers.js"

/** What a product brings to its session. */
export interface Source<Event> {
  readonly product: Product
  /** Run once for each session, in its scope. */
  readonly open: Effect.Effect<Open, never, Scope.Scope>
  /** `undefined` for a frame that is no event. Never throws. */
  readonly decode: (frame: Frame) => Event | undefined
  /** The documented interval of the server's pings, in ms. */
  readonly pingInterval: number
}

/** All durations in ms. */
export interface Settings {
  readonly reconnect: Schedule.Schedule<unknown>
  readonly stableAfter: number
  readonly rolloverAge: number
  readonly rolloverJitter: number
  readonly overlap: number
  readonly probeAfter: number
  readonly deadline: number
  readonly pingDeadline: number
  readonly buffer: { readonly elements: number; readonly bytes: number }
}

export type Reconnects = { readonly [C in Cause["_tag"]]?: number }

/** What a session says about its health, piece by piece. Times in epoch ms. */
export interface Health {
  readonly phase: "Connecting" | "Live" | "RollingOver" | "Interrupted"
  readonly liveSince: number | undefined
  readonly lastGap: Gap | undefined
  readonly nextRolloverAt: number | undefined
  readonly rollovers: number
  readonly reconnects: Reconnects
  readonly lastError: BinanceError | undefined
}

export interface Options<Event> {
  readonly source: Source<Event>
  readonly settings: Settings
  readonly hub: Hub<Event>
  readonly report: (change: Partial<Health>) => Effect.Effect<void>
  /** Told whenever another connection delivers, or none. */
  readonly onLink: (link: Link | undefined) => void
}

/** Event times are epoch ms, or µs on a socket that was opened with `timeUnit=MICROSECOND`. */
const eventTimeOf = (event: unknown): number | undefined => {
  const time = (event as { readonly eventTime?: unknown }).eventTime
  return typeof time === "number" ? toMillis(time) : undefined
}

const controlTags = new Map([
  ["listenKeyExpired", "ListenKeyExpired"],
  ["eventStreamTerminated", "EventStreamTerminated"],
  ["serverShutdown", "ServerShutdown"]
])

/** What an event says about its connection, even where the rest of it cannot be read. */
const controlTag = (event: unknown): string | undefined => {
  const { _tag, eventType } = event as { readonly _tag?: string; readonly eventType?: string }
  return _tag === "MalformedEvent" ? controlTags.get(eventType ?? "") : _tag
}

export const describe = (cause: Cause): string => {
  switch (cause._tag) {
    case "SocketClosed":
      return `the socket was closed with ${cause.code}${cause.reason === "" ? "" : ` (${cause.reason})`}`
    case "HalfOpen":
      return `nothing came for ${cause.silence} ms`
    case "KeyExpired":
      return "the listen key expired"
    case "KeyRejected":
      return "the listen key was closed or replaced by another client"
    case "StreamTerminated":
      return "Binance ended the subscription"
    case "ServerShutdown":
      return "the server shuts down"
    case "MaximumAge":
      return `the connection reached the age of ${cause.age} ms`
    case "Overflow":
      return "a buffer was full"
  }
}

/** What ends one connection has to be heeded even if another one has said the same. */
const isAboutConnection = /"(?:listenKeyExpired|eventStreamTerminated|serverShutdown)"/

/** Errors that another attempt, with a fresh credential, may mend. */
const isTransient = (error: BinanceError): boolean =>
  error.isRetryable || error._tag === "InvalidListenKey" || error._tag === "InvalidListenToken"

/** A closing handshake says that everything before it has arrived, but not how long it was under way. */
const isClean = (cause: Cause): boolean => cause._tag === "SocketClosed" && cause.code !== 1006

const sameCredential = (a: Link, b: Link): boolean =>
  a.connection?.credential.identity === b.connection?.credential.identity

const gapBetween = (old: Link, next: Link, cause: Cause): Gap => {
  const from = old.completeUntil(
    cause._tag === "KeyExpired" || cause._tag === "KeyRejected" || !sameCredential(old, next)
  )
  return { from, to: Math.max(from, next.liveAt), cause }
}

/**
 * Keeps one stream alive until it is interrupted, or fails with what no new connection can mend.
 *
 * There is one way to get a connection, and one way to recover: whatever ended a connection, the next one starts from
 * nothing, and no state says "reconnecting".
 */
export const run = <Event>(options: Options<Event>): Effect.Effect<never, BinanceError, Scope.Scope> =>
  Effect.gen(function* () {
    const { hub, onLink, report, settings, source } = options
    const { product } = source
    const telemetry = Telemetry.of(product)
    const scope = yield* Effect.scope
    const clock = yield* Effect.clock
    const now = () => clock.unsafeCurrentTimeMillis()
    const open = yield* source.open
    const backoff = yield* Schedule.driver(settings.reconnect)
    const reconnects: { [C in Cause["_tag"]]?: number } = {}
    let rollovers = 0
    let deliveredAt = 0
    /** The events of the connection that delivers, while another one is being opened beside it. */
    let remembered: Duplicates | undefined
    /** The events that the connection before this one has delivered and this one may bring again. */
    let expected: Duplicates | undefined

    let isLive = false
    const setLive = (live: boolean) => {
      if (live !== isLive) {
        isLive = live
        telemetry.live(live ? 1 : -1)
      }
    }

    const isDuplicate = (frame: Frame): boolean => {
      if (expected === undefined && remembered === undefined) {
        return false
      }
      const identity = identityOf(textOf(frame))
      remembered?.add(identity)
      return expected?.take(identity) === true
    }

    const deliver = (link: Link, frame: Frame): void => {
      const isKnown = isDuplicate(frame)
      if (isKnown && !isAboutConnection.test(textOf(frame))) {
        return
      }
      const event = source.decode(frame)
      if (event === undefined) {
        return
      }
      deliveredAt = now()
      const time = eventTimeOf(event)
      if (!isKnown) {
        telemetry.event((event as { readonly _tag: string })._tag, time === undefined ? undefined : deliveredAt - time)
        // Not when it was read, which is later than it happened.
        const at = time !== undefined && time <= link.lastFrameAt ? time : link.completeUntil(false)
        hub.publish(event, at, frame.length)
      }
      switch (controlTag(event)) {
        case "ListenKeyExpired":
          link.proveByFrame(time)
          link.lose({ _tag: "KeyExpired" })
          break
        case "EventStreamTerminated":
          link.proveByFrame(time)
          link.lose({ _tag: "StreamTerminated" })
          break
        case "ServerShutdown":
          link.proveByFrame(time)
          link.rollOver({ _tag: "ServerShutdown" })
          break
        default:
          link.proveByEvent(time)
      }
    }

    const linkOptions: LinkOptions = {
      now,
      timers: Timers.of(clock),
      probeAfter: settings.probeAfter,
      deadline: settings.deadline,
      pingDeadline: settings.pingDeadline,
      held: settings.buffer,
      deliver
    }

    const watched = (link: Link) =>
      Effect.map(open(link.receiver), (connection) => {
        link.attach(connection)
        link.watch()
      }).pipe(Span.around("UserDataStream.connect", { attributes: { product } }))

    const connect = (onConnected: (link: Link) => void): Effect.Effect<Link, BinanceError> =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          const link = new Link(yield* Scope.fork(scope, scope.strategy), linkOptions)
          yield* restore(watched(link)).pipe(
            Effect.provideService(Scope.Scope, link.scope),
            Effect.onError(() => Scope.close(link.scope, Exit.void))
          )
          // Its own goodbye is of no interest to consumers.
          yield* Scope.addFinalizer(
            link.scope,
            Effect.sync(() => link.mute())
          )
          onConnected(link)
          return link
        })
      )

    /** Does not wait for the goodbye of a socket that may be dead. */
    const disconnect = (link: Link) =>
      Effect.uninterruptible(
        Effect.suspend(() => {
          link.mute()
          return Effect.forkIn(Scope.close(link.scope, Exit.void), scope)
        })
      )

    const connectPersistently = (
      canFail: boolean,
      onConnected: (link: Link) => void = () => {}
    ): Effect.Effect<Link, BinanceError> =>
      Effect.catchAll(connect(onConnected), (error) =>
        canFail && !isTransient(error)
          ? Effect.fail(error)
          : Effect.logInfo(`Could not connect the stream of ${product}; trying again`, error.message).pipe(
              Effect.zipRight(report({ lastError: error })),
              Effect.zipRight(Effect.mapError(backoff.next(undefined), () => error)),
              Effect.zipRight(Effect.suspend(() => connectPersistently(canFail, onConnected)))
            )
      )

    /** The old connection may have been ahead by the overlap; what is still under way comes before the answer. */
    const forget = (link: Link, duplicates: Duplicates) =>
      Effect.sleep(settings.overlap).pipe(
        Effect.zipRight(link.proof),
        Effect.zipRight(
          Effect.sync(() => {
            if (expected === duplicates) {
              expected = undefined
            }
          })
        )
      )

    /** From now on this connection delivers: first what it has held back, less what its predecessor delivered. */
    const takeOver = (link: Link, duplicates?: Duplicates): Effect.Effect<void> =>
      Effect.suspend(() => {
        remembered = undefined
        expected = duplicates
        onLink(link)
        for (const text of link.startDelivering()) {
          deliver(link, text)
        }
        link.setPaused(hub.isFull())
        return duplicates === undefined ? Effect.void : Effect.forkIn(forget(link, duplicates), link.scope)
      })

    const recover = (
      old: Link,
      cause: Cause,
      ready?: { readonly link: Link; readonly duplicates: Duplicates }
    ): Effect.Effect<Link, BinanceError> =>
      Effect.gen(function* () {
        old.mute()
        onLink(undefined)
        reconnects[cause._tag] = (reconnects[cause._tag] ?? 0) + 1
        hub.interrupted({ cause, lastFrameAt: old.lastFrameAt })
        telemetry.interrupted(cause)
        setLive(false)
        yield* disconnect(old)
        yield* report({
          phase: "Interrupted",
          liveSince: undefined,
          nextRolloverAt: undefined,
          reconnects: { ...reconnects }
        })
        yield* Effect.logWarning(`The stream of ${product} was interrupted: ${describe(cause)}`)
        if (now() - old.liveAt >= settings.stableAfter) {
          yield* backoff.reset
        } else if (ready === undefined) {
          yield* Effect.ignore(backoff.next(undefined))
        }
        const link = ready?.link ?? (yield* connectPersistently(true))
        const gap = gapBetween(old, link, cause)
        hub.live(gap)
        telemetry.gap(gap)
        setLive(true)
        yield* takeOver(link, ready?.duplicates)
        yield* report({ phase: "Live", liveSince: link.liveAt, lastGap: gap, lastError: undefined })
        yield* Effect.logInfo(`The stream of ${product} is live again`)
        return link
      }).pipe(Span.around("UserDataStream.recover", { attributes: { product, cause: cause._tag } }))

    const rollOver = (old: Link, cause: Cause): Effect.Effect<Link, BinanceError> =>
      Effect.gen(function* () {
        yield* report({ phase: "RollingOver" })
        const duplicates = new Duplicates(settings.buffer.elements)
        remembered = duplicates
        let next: Link | undefined
        let isProven = false

        // What the old connection sends from here on also comes over the new one. Once the old one has answered a probe,
        // all that it was sent before has arrived as well: nothing can be missing between the two.
        const overlap = Effect.all(
          [
            Effect.sleep(settings.overlap),
            Effect.timeoutOption(
              Effect.tap(old.proof, () =>
                Effect.sync(() => {
                  isProven = true
                })
              ),
              settings.overlap * 2
            )
          ],
          { concurrency: "unbounded", discard: true }
        )

        /** Ends when there is a new connection that has stood beside the old one for the whole overlap. */
        const prepare: Effect.Effect<undefined> = Effect.gen(function* () {
          const candidate = yield* connectPersistently(false, (link) => {
            next = link
          })
          isProven = false
          let isAlive = false
          const signOfLife = Effect.map(Effect.timeoutOption(candidate.proof, settings.overlap * 2), (answer) => {
            isAlive = answer._tag === "Some"
          })
          const hasStood = yield* Effect.raceFirst(
            Effect.as(Effect.all([overlap, signOfLife], { concurrency: "unbounded", discard: true }), true),
            Effect.as(Effect.exit(Deferred.await(candidate.lost)), false)
          )
          // An opened socket proves nothing: it has to answer where the old one answers, and to bring something where
          // the old one does.
          const isDeaf =
            (isProven && !isAlive) ||
            (candidate.holdsNothing && deliveredAt > candidate.liveAt + flightTime && deliveredAt < now() - flightTime)
          if (hasStood && !isDeaf) {
            return undefined
          }
          yield* disconnect(candidate)
          next = undefined
          yield* backoff.next(undefined)
          return yield* prepare
        }).pipe(Effect.catchAll(() => Effect.never))

        const prepareInTime =
          now() - old.liveAt >= settings.stableAfter
            ? Effect.zipRight(backoff.reset, prepare)
            : Effect.zipRight(Effect.ignore(backoff.next(undefined)), prepare)

        const lost: Cause | undefined = yield* Effect.raceFirst(prepareInTime, Deferred.await(old.lost))

        if (next === undefined) {
          remembered = undefined
          // The new connection broke at the last moment, and the old one is still there.
          return yield* lost === undefined ? rollOver(old, cause) : recover(old, lost)
        }
        const isComplete = isProven || (lost !== undefined && isClean(lost) && now() - next.liveAt >= flightTime)
        if (!isComplete || !sameCredential(old, next)) {
          const reason: Cause = sameCredential(old, next)
            ? { _tag: "HalfOpen", silence: now() - old.lastFrameAt }
            : { _tag: "KeyRejected" }
          return yield* recover(old, lost ?? reason, { link: next, duplicates })
        }
        old.mute()
        rollovers++
        hub.rolledOver({ cause, duplicates: next.countHeld((text) => duplicates.has(identityOf(text))) })
        yield* takeOver(next, duplicates)
        yield* disconnect(old)
        yield* report({ phase: "Live", rollovers, lastError: undefined })
        telemetry.rolledOver(cause)
        yield* Effect.logInfo(`The stream of ${product} rolled over: ${describe(cause)}`)
        return next
      }).pipe(Span.around("UserDataStream.rollOver", { attributes: { product, cause: cause._tag } }))

    const first = yield* connectPersistently(true)
    hub.live(undefined)
    setLive(true)
    yield* Effect.addFinalizer(() => Effect.sync(() => setLive(false)))
    yield* takeOver(first)
    yield* report({ phase: "Live", liveSince: first.liveAt, lastError: undefined })
    yield* Effect.logInfo(`The stream of ${product} is live`)

    let link = first
    for (;;) {
      const jitter = settings.rolloverJitter * (yield* Random.next)
      const due = (link.connection?.openedAt ?? link.liveAt) + Math.round(settings.rolloverAge * (1 - jitter))
      yield* report({ nextRolloverAt: due })
      link.rollOverAfter(due - now(), { _tag: "MaximumAge", age: settings.rolloverAge })
      const { _tag, cause } = yield* Deferred.await(link.turn)
      link = yield* _tag === "Recover" ? recover(link, cause) : rollOver(link, cause)
    }
  })
