import * as EffectCause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import * as HashMap from "effect/HashMap"
import type * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Runtime from "effect/Runtime"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import type { BinanceError } from "../BinanceError.js"
import type { Product } from "../Environment.js"
import type { Cause, Gap } from "../StreamNotice.js"
import type { Open } from "./connection.js"
import { Duplicates, identityOf } from "./duplicates.js"
import { toMillis } from "./epoch.js"
import { type Frame, textOf } from "./frame.js"
import { Hub, type Options as HubOptions } from "./hub.js"
import { type Follower, flightTime, Link, type Options as LinkOptions, type Turn } from "./link.js"
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

/** Whoever began a session, and wants to know what becomes of it. */
export interface Owner<Event> {
  readonly source: Source<Event>
  readonly settings: Settings
  readonly report: (change: Partial<Health>) => Effect.Effect<void>
  /** Told whenever another connection delivers, or none. */
  readonly onLink: (session: Session<Event>, link: Link | undefined) => void
  /** Told when everything is closed, and before the consumers are. */
  readonly onEnd: (session: Session<Event>, exit: Exit.Exit<void, BinanceError>) => Effect.Effect<void>
}

/** What a session of this fiber works with: it ends on its own terms, and nobody has interrupted it. */
export const runtime: Effect.Effect<Runtime.Runtime<never>> = Effect.map(
  Effect.uninterruptible(Effect.runtime<never>()),
  (runtime) =>
    EffectCause.isEmpty(FiberRefs.getOrDefault(runtime.fiberRefs, FiberRef.interruptedCause))
      ? runtime
      : Runtime.deleteFiberRef(runtime, FiberRef.interruptedCause)
)

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
 * Keeps one stream alive until it is stopped, or fails with what no new connection can mend.
 *
 * There is one way to get a connection, and one way to recover: whatever ended a connection, the next one starts from
 * nothing, and no state says "reconnecting". A fiber runs only while there is something to do: a stream that is live
 * waits for its link to call.
 */
export class Session<Event> implements LinkOptions, Follower, HubOptions {
  readonly hub: Hub<Event>
  readonly timers: Timers.Timers
  consumers = 1
  hasEnded = false

  private readonly telemetry: Telemetry.Telemetry
  private fiber: Fiber.RuntimeFiber<void> | undefined
  /** The one that delivers. */
  private link: Link | undefined
  /** All that have to be closed, the newest first. */
  private links: ReadonlyArray<Link> = []
  private open: Open | undefined
  private backoff: Schedule.ScheduleDriver<unknown> | undefined
  private reconnects: Reconnects = {}
  private rollovers = 0
  private deliveredAt = 0
  /** The events of the connection that delivers, while another one is being opened beside it. */
  private remembered: Duplicates | undefined
  /** The events that the connection before this one has delivered and this one may bring again. */
  private expected: Duplicates | undefined
  private isLive = false
  private isEnding = false

  constructor(
    private readonly owner: Owner<Event>,
    /** That of the consumer that came first, but uninterruptible. */
    private readonly runtime: Runtime.Runtime<never>,
    private readonly clock: Clock.Clock,
    private readonly scope: Scope.CloseableScope
  ) {
    this.timers = Timers.of(clock)
    this.telemetry = Telemetry.of(owner.source.product)
    this.hub = new Hub(this)
  }

  start() {
    this.work(this.begin)
  }

  /** Ends everything, and waits for it; harmless when it has ended before. */
  get stop(): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.hasEnded) {
        return Effect.void
      }
      if (this.fiber === undefined) {
        this.isEnding = true
        this.fiber = this.fork(this.end(Exit.interrupt(FiberId.none)))
      }
      // Again, because it may have come to rest in the moment in which it was interrupted.
      return Effect.zipRight(Fiber.interrupt(this.fiber), this.stop)
    })
  }

  // ---------------------------------------------------------------------------
  // what links and consumers want to know
  // ---------------------------------------------------------------------------

  now(): number {
    return this.clock.unsafeCurrentTimeMillis()
  }

  get probeAfter(): number {
    return this.owner.settings.probeAfter
  }

  get deadline(): number {
    return this.owner.settings.deadline
  }

  get pingDeadline(): number {
    return this.owner.settings.pingDeadline
  }

  get held(): Settings["buffer"] {
    return this.owner.settings.buffer
  }

  get buffer(): Settings["buffer"] {
    return this.owner.settings.buffer
  }

  onPressure(isFull: boolean) {
    this.link?.setPaused(isFull)
  }

  onTaken(elements: number) {
    this.telemetry.taken(elements)
  }

  onOverflow(gap: Gap): Effect.Effect<void> {
    this.telemetry.gap(gap)
    return Effect.logWarning(
      `A consumer of the stream of ${this.product} missed events: ${describe(gap.cause)}. Consume faster, or allow a larger buffer`
    )
  }

  deliver(link: Link, frame: Frame) {
    const isKnown = this.isDuplicate(frame)
    if (isKnown && !isAboutConnection.test(textOf(frame))) {
      return
    }
    const event = this.owner.source.decode(frame)
    if (event === undefined) {
      return
    }
    this.deliveredAt = link.lastFrameAt
    const time = eventTimeOf(event)
    if (!isKnown) {
      this.telemetry.event(
        (event as { readonly _tag: string })._tag,
        time === undefined ? undefined : this.deliveredAt - time
      )
      // Not when it was read, which is later than it happened.
      const at = time !== undefined && time <= link.lastFrameAt ? time : link.completeUntil(false)
      this.hub.publish(event, at, frame.length)
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

  onTurn(link: Link, turn: Exit.Exit<Turn, BinanceError>) {
    // At the end links tell of nothing but their own goodbye.
    if (!this.isEnding) {
      this.work(
        Effect.flatMap(turn, ({ _tag, cause }) =>
          _tag === "Recover" ? this.recover(link, cause) : this.rollOver(link, cause)
        )
      )
    }
  }

  private isDuplicate(frame: Frame): boolean {
    if (this.expected === undefined && this.remembered === undefined) {
      return false
    }
    const identity = identityOf(textOf(frame))
    this.remembered?.add(identity)
    return this.expected?.take(identity) === true
  }

  // ---------------------------------------------------------------------------
  // one thing after another
  // ---------------------------------------------------------------------------

  private get product(): Product {
    return this.owner.source.product
  }

  private fork(effect: Effect.Effect<void>): Fiber.RuntimeFiber<void> {
    return Runtime.runFork(this.runtime, effect, {
      // Not at once: that would be inside of what has called.
      immediate: false,
      updateRefs: (refs, fiberId) =>
        FiberRefs.updateAs(refs, {
          fiberId,
          fiberRef: FiberRef.currentLogAnnotations,
          value: HashMap.set(FiberRefs.getOrDefault(refs, FiberRef.currentLogAnnotations), "product", this.product)
        })
    })
  }

  /** Gets a connection that delivers, and watches it; the end of the session if there is none to be had. */
  private work(connection: Effect.Effect<Link, BinanceError>) {
    this.fiber = this.fork(
      Effect.matchCauseEffect(Effect.interruptible(Effect.flatMap(connection, (link) => this.plan(link))), {
        onFailure: (cause) => this.end(Exit.failCause(cause)),
        onSuccess: (link) =>
          Effect.sync(() => {
            this.fiber = undefined
            link.tellTurn(this)
          })
      })
    )
  }

  private end(exit: Exit.Exit<never, BinanceError>): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.isEnding = true
      this.setLive(false)
      return Effect.zipRight(
        Effect.exit(
          Effect.zipRight(
            Effect.forEach(this.links, (link) => this.close(link), { discard: true }),
            Scope.close(this.scope, exit)
          )
        ),
        Effect.suspend(() => {
          this.hasEnded = true
          this.setLink(undefined)
          const ended = Exit.isInterrupted(exit) ? Exit.void : Exit.asVoid(exit)
          this.hub.end(ended)
          return this.owner.onEnd(this, ended)
        })
      )
    })
  }

  private get begin(): Effect.Effect<Link, BinanceError> {
    return Effect.gen(this, function* () {
      this.open = yield* Scope.extend(this.owner.source.open, this.scope)
      const link = yield* this.connectPersistently(true)
      this.hub.live(undefined)
      this.setLive(true)
      yield* this.takeOver(link)
      yield* this.owner.report({ phase: "Live", liveSince: link.liveAt, lastError: undefined })
      yield* Effect.logInfo(`The stream of ${this.product} is live`)
      return link
    })
  }

  private plan(link: Link): Effect.Effect<Link> {
    return Effect.gen(this, function* () {
      const { rolloverAge, rolloverJitter } = this.owner.settings
      const jitter = rolloverJitter * (yield* Random.next)
      const due = (link.connection?.openedAt ?? link.liveAt) + Math.round(rolloverAge * (1 - jitter))
      yield* this.owner.report({ nextRolloverAt: due })
      link.rollOverAfter(due - this.now(), { _tag: "MaximumAge", age: rolloverAge })
      return link
    })
  }

  private setLive(live: boolean) {
    if (live !== this.isLive) {
      this.isLive = live
      this.telemetry.live(live ? 1 : -1)
    }
  }

  private setLink(link: Link | undefined) {
    this.link = link
    this.owner.onLink(this, link)
  }

  // ---------------------------------------------------------------------------
  // connections
  // ---------------------------------------------------------------------------

  private connect(onConnected: (link: Link) => void): Effect.Effect<Link, BinanceError> {
    return Effect.uninterruptibleMask((restore) =>
      Effect.gen(this, function* () {
        const link = new Link(yield* Scope.make(), this)
        this.links = [link].concat(this.links)
        yield* restore(this.watched(link)).pipe(
          Effect.provideService(Scope.Scope, link.scope),
          Effect.onError(() => this.close(link))
        )
        onConnected(link)
        return link
      })
    )
  }

  private watched(link: Link) {
    return Effect.map(this.open!(link, this.runtime), (connection) => {
      link.attach(connection)
      link.watch()
    }).pipe(Span.around("UserDataStream.connect", { attributes: { product: this.product } }))
  }

  private close(link: Link): Effect.Effect<void> {
    return Effect.suspend(() => {
      // Its own goodbye is of no interest to consumers.
      link.mute()
      this.links = this.links.filter((other) => other !== link)
      return Scope.close(link.scope, Exit.void)
    })
  }

  /** Does not wait for the goodbye of a socket that may be dead. */
  private disconnect(link: Link) {
    return Effect.uninterruptible(
      Effect.suspend(() => {
        link.mute()
        return Effect.forkIn(this.close(link), this.scope)
      })
    )
  }

  private connectPersistently(
    canFail: boolean,
    onConnected: (link: Link) => void = () => {}
  ): Effect.Effect<Link, BinanceError> {
    return Effect.catchAll(this.connect(onConnected), (error) =>
      canFail && !isTransient(error)
        ? Effect.fail(error)
        : Effect.logInfo(`Could not connect the stream of ${this.product}; trying again`, error.message).pipe(
            Effect.zipRight(this.owner.report({ lastError: error })),
            Effect.zipRight(Effect.mapError(this.backOff, () => error)),
            Effect.zipRight(Effect.suspend(() => this.connectPersistently(canFail, onConnected)))
          )
    )
  }

  /** Fails when the schedule has ended. */
  private get backOff(): Effect.Effect<unknown, Option.Option<never>> {
    return Effect.gen(this, function* () {
      this.backoff ??= yield* Schedule.driver(this.owner.settings.reconnect)
      return yield* this.backoff.next(undefined)
    })
  }

  /** At once if the connection was good for some time, or else after a while. */
  private pauseAfter(link: Link): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.now() - link.liveAt < this.owner.settings.stableAfter) {
        return Effect.ignore(this.backOff)
      }
      this.backoff = undefined
      return Effect.void
    })
  }

  /** The old connection may have been ahead by the overlap; what is still under way comes before the answer. */
  private forget(link: Link, duplicates: Duplicates) {
    return Effect.sleep(this.owner.settings.overlap).pipe(
      Effect.zipRight(link.proof),
      Effect.zipRight(
        Effect.sync(() => {
          if (this.expected === duplicates) {
            this.expected = undefined
          }
        })
      )
    )
  }

  /** From now on this connection delivers: first what it has held back, less what its predecessor delivered. */
  private takeOver(link: Link, duplicates?: Duplicates): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.remembered = undefined
      this.expected = duplicates
      this.setLink(link)
      for (const text of link.startDelivering()) {
        this.deliver(link, text)
      }
      link.setPaused(this.hub.isFull())
      return duplicates === undefined ? Effect.void : Effect.forkIn(this.forget(link, duplicates), link.scope)
    })
  }

  private recover(
    old: Link,
    cause: Cause,
    ready?: { readonly link: Link; readonly duplicates: Duplicates }
  ): Effect.Effect<Link, BinanceError> {
    return Effect.gen(this, function* () {
      old.mute()
      this.setLink(undefined)
      this.reconnects = { ...this.reconnects, [cause._tag]: (this.reconnects[cause._tag] ?? 0) + 1 }
      this.hub.interrupted({ cause, lastFrameAt: old.lastFrameAt })
      this.telemetry.interrupted(cause)
      this.setLive(false)
      yield* this.disconnect(old)
      yield* this.owner.report({
        phase: "Interrupted",
        liveSince: undefined,
        nextRolloverAt: undefined,
        reconnects: this.reconnects
      })
      yield* Effect.logWarning(`The stream of ${this.product} was interrupted: ${describe(cause)}`)
      if (ready === undefined || this.now() - old.liveAt >= this.owner.settings.stableAfter) {
        yield* this.pauseAfter(old)
      }
      const link = ready?.link ?? (yield* this.connectPersistently(true))
      const gap = gapBetween(old, link, cause)
      this.hub.live(gap)
      this.telemetry.gap(gap)
      this.setLive(true)
      yield* this.takeOver(link, ready?.duplicates)
      yield* this.owner.report({ phase: "Live", liveSince: link.liveAt, lastGap: gap, lastError: undefined })
      yield* Effect.logInfo(`The stream of ${this.product} is live again`)
      return link
    }).pipe(Span.around("UserDataStream.recover", { attributes: { product: this.product, cause: cause._tag } }))
  }

  private rollOver(old: Link, cause: Cause): Effect.Effect<Link, BinanceError> {
    return Effect.gen(this, function* () {
      const { settings } = this.owner
      yield* this.owner.report({ phase: "RollingOver" })
      const duplicates = new Duplicates(settings.buffer.elements)
      this.remembered = duplicates
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
      const prepare: Effect.Effect<undefined> = Effect.gen(this, function* () {
        const candidate = yield* this.connectPersistently(false, (link) => {
          next = link
        })
        isProven = false
        let isAlive = false
        const signOfLife = Effect.map(Effect.timeoutOption(candidate.proof, settings.overlap * 2), (answer) => {
          isAlive = answer._tag === "Some"
        })
        const hasStood = yield* Effect.raceFirst(
          Effect.as(Effect.all([overlap, signOfLife], { concurrency: "unbounded", discard: true }), true),
          Effect.as(Effect.exit(candidate.lost), false)
        )
        // An opened socket proves nothing: it has to answer where the old one answers, and to bring something where
        // the old one does.
        const isDeaf =
          (isProven && !isAlive) ||
          (candidate.holdsNothing &&
            this.deliveredAt > candidate.liveAt + flightTime &&
            this.deliveredAt < this.now() - flightTime)
        if (hasStood && !isDeaf) {
          return undefined
        }
        yield* this.disconnect(candidate)
        next = undefined
        yield* this.backOff
        return yield* prepare
      }).pipe(Effect.catchAll(() => Effect.never))

      const lost: Cause | undefined = yield* Effect.raceFirst(Effect.zipRight(this.pauseAfter(old), prepare), old.lost)

      if (next === undefined) {
        this.remembered = undefined
        // The new connection broke at the last moment, and the old one is still there.
        return yield* lost === undefined ? this.rollOver(old, cause) : this.recover(old, lost)
      }
      const isComplete = isProven || (lost !== undefined && isClean(lost) && this.now() - next.liveAt >= flightTime)
      if (!isComplete || !sameCredential(old, next)) {
        const reason: Cause = sameCredential(old, next)
          ? { _tag: "HalfOpen", silence: this.now() - old.lastFrameAt }
          : { _tag: "KeyRejected" }
        return yield* this.recover(old, lost ?? reason, { link: next, duplicates })
      }
      old.mute()
      this.rollovers++
      this.hub.rolledOver({ cause, duplicates: next.countHeld((text) => duplicates.has(identityOf(text))) })
      yield* this.takeOver(next, duplicates)
      yield* this.disconnect(old)
      yield* this.owner.report({ phase: "Live", rollovers: this.rollovers, lastError: undefined })
      this.telemetry.rolledOver(cause)
      yield* Effect.logInfo(`The stream of ${this.product} rolled over: ${describe(cause)}`)
      return next
    }).pipe(Span.around("UserDataStream.rollOver", { attributes: { product: this.product, cause: cause._tag } }))
  }
}
