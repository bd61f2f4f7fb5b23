import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import type { BinanceError } from "../../BinanceError.js"
import type { Cause } from "../../StreamNotice.js"
import type { Open } from "../connection/connection.js"
import { attributesOf, type Identity, withAccount } from "../identity.js"
import * as Span from "../span.js"
import { Link, type Options as LinkOptions, type Replacement } from "./link.js"
import type { Settings } from "./settings.js"
import * as Watch from "./watch.js"

/** Opens and closes the connections of one session. */
export interface Connecting {
  /** One attempt. Calls `onLink` before anything can arrive. */
  readonly once: (onLink: (link: Link) => void) => Effect.Effect<Link, BinanceError>
  /** Mutes a connection and closes it in the background: a dead peer would make the close wait. */
  readonly leave: (link: Link) => Effect.Effect<void>
  /** Waits until the schedule allows the next attempt; `false` once the schedule has ended. */
  readonly backOff: Effect.Effect<boolean>
  /** The same before replacing a connection that was not live for long. One that was begins the schedule anew. */
  readonly pauseAfter: (link: Link) => Effect.Effect<boolean>
}

export interface Options extends LinkOptions {
  readonly settings: Settings
  readonly identity: Identity
  readonly open: Open
  /** The scope of the session. */
  readonly scope: Scope.Scope
}

const makeLink = (scope: Scope.CloseableScope, options: LinkOptions) =>
  Effect.gen(function* () {
    const lost = yield* Deferred.make<Cause, BinanceError>()
    const replacement = yield* Deferred.make<Replacement, BinanceError>()
    return new Link(scope, lost, replacement, yield* Deferred.make<void>(), options)
  })

/** The age at which a connection is replaced, in ms: jittered, so that many streams do not roll over at once. */
const lifetimeOf = ({ rolloverAge, rolloverJitter }: Settings): Effect.Effect<number> =>
  Effect.map(Random.next, (random) => Math.round(rolloverAge * (1 - rolloverJitter * random)))

const makeBackOff = (settings: Settings) =>
  Effect.gen(function* () {
    const driver = yield* Schedule.driver(settings.reconnect)
    const backOff = Effect.map(Effect.option(driver.next(undefined)), Option.isSome)
    const pauseAfter = (link: Link) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        now - link.liveAt < settings.stableAfter ? backOff : Effect.as(driver.reset, true)
      )
    return { backOff, pauseAfter }
  })

export const make = (options: Options): Effect.Effect<Connecting> =>
  Effect.gen(function* () {
    const { identity, scope, settings } = options

    const once: Connecting["once"] = (onLink) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          const link = yield* makeLink(yield* Scope.fork(scope, ExecutionStrategy.sequential), options)
          onLink(link)
          options.evidence.serverClock.nextConnection()
          const connection = yield* restore(
            options
              .open(link)
              .pipe(
                Effect.provideService(Scope.Scope, link.scope),
                Span.around("UserDataStream.connect", { attributes: attributesOf(identity) }),
                Effect.mapError(withAccount(identity.account))
              )
          ).pipe(Effect.onError(() => Scope.close(link.scope, Exit.void)))
          link.attach(connection, options.evidence.clocks.wall(), yield* lifetimeOf(settings))
          // Our own close is not a loss.
          yield* Scope.addFinalizer(
            link.scope,
            Effect.sync(() => link.mute())
          )
          yield* Effect.forkIn(Effect.interruptible(Watch.watch(link, settings)), link.scope)
          return link
        })
      )

    return {
      once,
      leave: (link) =>
        Effect.uninterruptible(
          Effect.suspend(() => {
            link.mute()
            return Effect.asVoid(Effect.forkIn(Scope.close(link.scope, Exit.void), scope))
          })
        ),
      ...(yield* makeBackOff(settings))
    }
  })
