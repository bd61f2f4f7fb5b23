import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import type * as Scope from "effect/Scope"
import { type BinanceError, TransportError } from "../../BinanceError.js"
import { elapsed } from "../clock.js"
import type { Watched } from "./api.js"
import type { Request } from "./model.js"

type Api = Pick<Watched, "request" | "rateLimits" | "clockOffset" | "session" | "frames">

/** Stops and resumes reading. */
interface Flow {
  readonly pause: () => void
  readonly resume: () => void
}

/** What can be asked on a connection that is logged on: its requests need no signature. */
export interface Line extends Pick<Api, "rateLimits"> {
  /** Fails with `TransportError` at once where the answer would come late or never: reading has stopped, or the end has come. */
  readonly request: <A, I>(request: Omit<Request<A, I>, "security">) => Effect.Effect<A, BinanceError>
}

/** The connections of a stream that logs on, for what asks on them. */
export interface LoggedOn {
  /** Whose key they log on with. */
  readonly apiKey: Redacted.Redacted<string>
  /** The newest one that is logged on, open, read, and not silent; `undefined` if there is none. */
  readonly current: Effect.Effect<Line | undefined>
  /** By how much the server's clock is ahead, in ms, as the newest one has found; `undefined` before the first. */
  readonly clockOffset: Effect.Effect<number | undefined>
  /** Makes a connection known as long as the scope; returns how its reading is stopped from now on. */
  readonly add: (api: Api) => Effect.Effect<Flow | undefined, never, Scope.Scope>
}

/** A symbol, so that copies of a stream show the same. */
const Key = Symbol.for("effect-binance-user-data/loggedOn")

/** Makes a stream show its connections. */
export const withLoggedOn = <S extends object>(stream: S, loggedOn: LoggedOn): S => ({ ...stream, [Key]: loggedOn })

/** The connections of a stream, if it shows them. */
export const loggedOnOf = (stream: object): LoggedOn | undefined =>
  (stream as { readonly [Key]?: LoggedOn | undefined })[Key]

/** After a request without an answer: by then a half-open connection has been replaced. */
const rest = Duration.toMillis("1 minute")

/** One connection, and the requests that wait on it. */
const connectionOf = (api: Api) => {
  const stops = new Set<() => void>()
  let isPaused = false
  let silentUntil = Number.NEGATIVE_INFINITY
  const paused = (operation: string) =>
    Effect.async<never, TransportError>((resume) => {
      const stop = () => resume(new TransportError({ operation, reason: "the connection is not being read" }))
      if (isPaused) {
        return stop()
      }
      stops.add(stop)
      return Effect.sync(() => stops.delete(stop))
    })
  const beSilent = Effect.map(elapsed, (now) => {
    silentUntil = now + rest
  })
  const line: Line = {
    rateLimits: api.rateLimits,
    request: (request) =>
      Effect.raceFirst(api.request({ ...request, security: "session" }), paused(request.method)).pipe(
        Effect.tapErrorTag("RequestTimeout", () => beSilent)
      )
  }
  const flowOf = (frames: Flow): Flow => ({
    pause: () => {
      isPaused = true
      stops.forEach((stop) => stop())
      frames.pause()
    },
    resume: () => {
      isPaused = false
      frames.resume()
    }
  })
  return {
    flow: api.frames && flowOf(api.frames),
    clockOffset: api.clockOffset,
    current: Effect.zipWith(api.session.isAuthenticated, elapsed, (isAuthenticated, now) =>
      isAuthenticated && !isPaused && now >= silentUntil ? line : undefined
    )
  }
}

type Connection = ReturnType<typeof connectionOf>

export const make = (apiKey: Redacted.Redacted<string>): Effect.Effect<LoggedOn> =>
  Effect.gen(function* () {
    const open = yield* Ref.make<ReadonlyArray<Connection>>([])
    const newest = yield* Ref.make<Connection | undefined>(undefined)
    return {
      apiKey,
      current: Effect.flatMap(Ref.get(open), (connections) => connections.at(-1)?.current ?? Effect.succeed(undefined)),
      clockOffset: Effect.flatMap(Ref.get(newest), (known) => known?.clockOffset ?? Effect.succeed(undefined)),
      add: (api) =>
        Effect.gen(function* () {
          const connection = connectionOf(api)
          yield* Ref.set(newest, connection)
          yield* Effect.acquireRelease(
            Ref.update(open, (others) => [...others, connection]),
            () => Ref.update(open, (all) => all.filter((other) => other !== connection))
          )
          return connection.flow
        })
    }
  })
