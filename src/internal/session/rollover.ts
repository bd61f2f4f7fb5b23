import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { BinanceError } from "../../BinanceError.js"
import type { Cause } from "../../StreamNotice.js"
import type { Connecting } from "./connecting.js"
import type { Link } from "./link.js"
import { flightTime } from "./proof.js"
import type { Settings } from "./settings.js"

/** How it ended that a new connection stood beside the old one. */
export type Standing =
  /** The new one can take over. `isProven`: the old one has shown that nothing of it is missing. */
  | { readonly _tag: "Stood"; readonly next: Link; readonly isProven: boolean }
  /** The old one was lost while the new one stood beside it. */
  | { readonly _tag: "OldLost"; readonly next: Link; readonly isProven: boolean; readonly cause: Cause }
  /** The new one is open, and brings nothing. */
  | { readonly _tag: "Deaf"; readonly next: Link }
  | { readonly _tag: "NewLost"; readonly next: Link }

/** The same, for all attempts together. */
export type Outcome =
  | Extract<Standing, { readonly next: Link; readonly isProven: boolean }>
  /** The old one was lost, and there is no new one. */
  | { readonly _tag: "Alone"; readonly cause: Cause }

/** Asks for a sign of life; `None` if none comes in time. A connection that is not read cannot answer. */
const answered = (link: Link, patience: number): Effect.Effect<Option.Option<void>> =>
  Effect.timeoutOption(link.answer, patience).pipe(
    Effect.repeat({ until: (answer) => Option.isSome(answer) || !link.isPaused })
  )

/**
 * Lets a new connection stand beside the old one. What the old one sends from here on also comes over the new one; once
 * the old one has answered a probe that was sent after the new one was live, all that was sent before has arrived as well.
 */
const stand = (old: Link, next: Link, { overlap }: Settings): Effect.Effect<Standing, BinanceError> =>
  Effect.gen(function* () {
    const probe = old.probe()
    next.setPaused(old.isPaused)
    const patience = overlap * 2
    const both = Effect.all(
      [Effect.sleep(overlap), Effect.timeoutOption(old.probes.answerTo(probe), patience), answered(next, patience)],
      { concurrency: "unbounded" }
    )
    const stood = Effect.gen(function* () {
      const [, , answer] = yield* both
      if (old.isPaused) {
        yield* old.answer
      }
      const { aheadSince, hasReceived } = next.handover
      const isSilent = aheadSince !== undefined && aheadSince < (yield* Clock.currentTimeMillis) - flightTime
      // An opened socket proves nothing: it has to answer where the old one answers, and to bring what the old one brings.
      const isDeaf = (old.probes.hasAnswered(probe) && Option.isNone(answer)) || (!hasReceived && isSilent)
      return isDeaf ? ({ _tag: "Deaf", next } as const) : ({ _tag: "Stood", next } as const)
    })
    const ended = yield* Effect.raceFirst(
      Effect.raceFirst(stood, Effect.as(Deferred.await(next.crowded), { _tag: "Stood", next } as const)),
      Effect.raceFirst(
        Effect.map(Deferred.await(old.lost), (cause) => ({ _tag: "OldLost", next, cause }) as const),
        Effect.as(Effect.exit(Deferred.await(next.lost)), { _tag: "NewLost", next } as const)
      )
    )
    return { ...ended, isProven: old.probes.hasAnswered(probe) }
  })

export interface Options {
  readonly old: Link
  readonly settings: Settings
  readonly connecting: Connecting
  /** Told which link is being opened beside the old one, or that there is none. */
  readonly onBeside: (link: Link | undefined) => void
  readonly onFailure: (error: BinanceError) => Effect.Effect<void>
}

/** One new connection, unless the old one is lost before there is one. `None` if it could not be made. */
const attempt = ({ connecting, old, onBeside, onFailure, settings }: Options) =>
  Effect.gen(function* () {
    const connect = Effect.asSome(connecting.once(onBeside)).pipe(
      Effect.catchAll((error) => Effect.as(onFailure(error), Option.none<Link>()))
    )
    const next = yield* Effect.raceFirst(
      Effect.map(connect, (link) => ({ _tag: "Connected", link }) as const),
      Effect.map(Deferred.await(old.lost), (cause) => ({ _tag: "Alone", cause }) as const)
    )
    return next._tag === "Alone" || Option.isNone(next.link) ? next : yield* stand(old, next.link.value, settings)
  })

/** Opens new connections beside the old one until one can take over, or the old one is lost. */
export const prepare = (options: Options): Effect.Effect<Outcome, BinanceError> =>
  Effect.gen(function* () {
    const { connecting, old } = options
    const lost = Effect.map(Deferred.await(old.lost), (cause): Outcome => ({ _tag: "Alone", cause }))
    for (;;) {
      const result = yield* attempt(options)
      if (result._tag === "Stood" || result._tag === "OldLost" || result._tag === "Alone") {
        return result
      }
      options.onBeside(undefined)
      if (result._tag !== "Connected") {
        yield* connecting.leave(result.next)
      }
      const pause = yield* Effect.raceFirst(connecting.backOff, lost)
      if (pause === false) {
        // No more attempts: the old one goes on as long as it can.
        return yield* lost
      }
      if (pause !== true) {
        return pause
      }
    }
  })
