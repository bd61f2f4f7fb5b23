import * as EffectCause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { BinanceError } from "../../BinanceError.js"
import type { Identity } from "../identity.js"
import type { Telemetry } from "../telemetry.js"
import type { Link } from "./link.js"
import type { Status } from "./statusSchema.js"

/** The running session that a status describes. */
export interface Subject {
  readonly consumers: number
  readonly delivery: { readonly link: Link | undefined }
}

/** Takes the reports of a session. */
export interface Tracker {
  readonly status: Effect.Effect<Status>
  readonly report: (change: Partial<Status>) => Effect.Effect<void>
  readonly setLive: (isLive: boolean) => Effect.Effect<void>
  readonly end: (exit: Exit.Exit<void, BinanceError>) => Effect.Effect<void>
}

/** The health of a stream, over all its sessions. */
export interface Health {
  readonly status: Effect.Effect<Status>
  readonly changes: Stream.Stream<Status>
  /** Makes a new session the current one. */
  readonly begin: (subject: Subject) => Effect.Effect<Tracker>
}

/** The status of a stream that has no consumers. */
export const idle = ({ account, isolatedSymbol, product }: Identity): Status => ({
  product,
  account,
  isolatedSymbol,
  phase: "Idle",
  consumers: 0,
  liveSince: undefined,
  connectedAt: undefined,
  credentialExpiresAt: undefined,
  lastFrameAt: undefined,
  lastEventAt: undefined,
  lastGap: undefined,
  nextRolloverAt: undefined,
  rollovers: 0,
  reconnects: {},
  lastError: undefined
})

/** Fields that change with every frame are read from the connection on demand. */
const refresh = (status: Status, { consumers, delivery: { link } }: Subject): Status => ({
  ...status,
  consumers,
  connectedAt: link?.connection?.openedAt,
  credentialExpiresAt: link?.connection?.credential.expiresAt(),
  lastFrameAt: link?.evidence.lastFrameAt ?? status.lastFrameAt,
  lastEventAt: link?.evidence.lastEventAt ?? status.lastEventAt
})

const noSubject: Subject = { consumers: 0, delivery: { link: undefined } }

const endOf = (exit: Exit.Exit<void, BinanceError>, lastError: BinanceError | undefined): Partial<Status> =>
  Exit.match(exit, {
    onSuccess: () => ({ phase: "Idle" }),
    onFailure: (cause) => ({
      phase: "Failed",
      lastError: Option.getOrElse(EffectCause.failureOption(cause), () => lastError)
    })
  })

export const make = (identity: Identity, telemetry: Telemetry): Effect.Effect<Health> =>
  Effect.gen(function* () {
    const ref = yield* SubscriptionRef.make(idle(identity))
    let current = noSubject

    const reportFrom = (subject: Subject) => (change: Partial<Status>) =>
      subject === current
        ? SubscriptionRef.update(ref, (status) => ({ ...refresh(status, subject), ...change }))
        : Effect.void

    return {
      status: Effect.map(SubscriptionRef.get(ref), (status) => refresh(status, current)),
      changes: Stream.map(ref.changes, (status) => refresh(status, current)),
      begin: (subject) =>
        Effect.gen(function* () {
          current = subject
          let isLive = false
          const report = reportFrom(subject)
          yield* report({ phase: "Connecting" })
          return {
            status: SubscriptionRef.get(ref),
            report,
            setLive: (live) =>
              Effect.sync(() => {
                if (live !== isLive) {
                  isLive = live
                  telemetry.live(live ? 1 : -1)
                }
              }),
            end: (exit) =>
              Effect.flatMap(SubscriptionRef.get(ref), ({ lastError }) =>
                report({ ...endOf(exit, lastError), liveSince: undefined, nextRolloverAt: undefined })
              )
          }
        })
    }
  })
