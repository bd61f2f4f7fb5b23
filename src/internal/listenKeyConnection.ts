import * as Socket from "@effect/platform/Socket"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import type { BinanceError } from "../BinanceError.js"
import type { BinanceHttp } from "../BinanceHttp.js"
import type { Frame } from "../Decoder.js"
import type { Calls, ListenKey } from "../ListenKey.js"
import type { Cause } from "../StreamNotice.js"
import { blockedUntil } from "./answer.js"
import type { Connection, Open, Receiver } from "./connection.js"
import { hasAt, textOf } from "./frame.js"
import * as WebSocket from "./webSocket.js"

export interface Options {
  readonly calls: Calls
  readonly http: BinanceHttp.Service
  /** Host and route of the user stream. */
  readonly stream: string
  /** What follows it, for a listen key. */
  readonly addressOf: (key: string) => string
  /** Told each key before it is used. */
  readonly onKey: (key: Redacted.Redacted<string>) => void
}

/** How nearly all frames begin. */
const isEvent = (frame: Frame): boolean => hasAt(frame, 0, '{"e":') || hasAt(frame, 0, '{"stream":')

/** Answers to requests of ours, in the only shapes that stream sockets send besides events. */
const isAnswer = (text: string): boolean => /^\s*\{\s*"(?:result|id|error|code)"/.test(text)

const answeredId = (frame: Frame): number | undefined => {
  if (isEvent(frame)) {
    return undefined
  }
  const text = textOf(frame)
  const match = isAnswer(text) ? /"id"\s*:\s*(\d+)/.exec(text) : null
  return match === null ? undefined : Number(match[1])
}

const request = (id: number): string => JSON.stringify({ method: "LIST_SUBSCRIPTIONS", id })

/** Keepalives go on long after the span in which the connection was made. */
const withoutSpan = (context: Context.Context<Scope.Scope>): Context.Context<Scope.Scope> =>
  Context.omit(Tracer.ParentSpan)(context)

/** The end of a keepalive, as the cause of an interruption or as the error that no new key can mend. */
const causeOf = (error: BinanceError): Effect.Effect<Cause, BinanceError> =>
  error._tag === "InvalidListenKey"
    ? Effect.succeed({ _tag: "KeyRejected" })
    : error.isRetryable
      ? Effect.succeed({ _tag: "KeyExpired" })
      : Effect.fail(error)

/**
 * Connections of one session, each with a key of its own making: key and socket are one value, so that no socket stays
 * on a key that has been replaced.
 */
export const make = (
  options: Options
): Effect.Effect<Effect.Effect<Open, never, Scope.Scope>, never, Socket.WebSocketConstructor> =>
  Effect.map(Socket.WebSocketConstructor, (construct) => openWith(options, construct))

const openWith = (options: Options, construct: Context.Tag.Service<typeof Socket.WebSocketConstructor>) =>
  Effect.gen(function* () {
    const { addressOf, calls, http, stream } = options
    const lease = yield* calls.lease

    const connect = (key: ListenKey, receiver: Receiver) =>
      WebSocket.connect({
        url: Redacted.make(`${stream}${addressOf(Redacted.value(key.key))}`),
        operation: `connect ${stream}`,
        secrets: [key.key],
        handlers: {
          onMessage: (frame) => {
            const id = answeredId(frame)
            if (id === undefined) {
              receiver.onFrame(frame)
            } else {
              receiver.onProbeAnswer(id)
            }
          },
          onPing: () => receiver.onPing(),
          onPong: (payload) => receiver.onProbeAnswer(Number(payload)),
          onClosed: (closed) => receiver.onLost(Exit.succeed({ _tag: "SocketClosed", ...closed }))
        }
      }).pipe(
        Effect.tapError((error) => {
          const until = blockedUntil(error)
          return until === undefined ? Effect.void : http.block(until)
        })
      )

    const open: Open = (receiver) =>
      Effect.gen(function* () {
        let provenAt = yield* Clock.currentTimeMillis
        const key = yield* lease.create
        options.onKey(key.key)
        let { expiresAt } = key
        // From the start, because it may take long until a connection is allowed.
        const keepAlive = yield* calls
          .keepAlive(key, (renewed, sentAt) =>
            Effect.sync(() => {
              expiresAt = renewed.expiresAt
              provenAt = sentAt
            })
          )
          .pipe(
            Effect.onExit((exit) =>
              Effect.map(Effect.exit(Effect.catchAll(exit, causeOf)), (reason) => receiver.onLost(reason))
            ),
            Effect.interruptible,
            Effect.forkScoped,
            Effect.mapInputContext(withoutSpan)
          )
        const socket = yield* Effect.raceFirst(
          Effect.zipRight(http.connectPermit, connect(key, receiver)),
          Fiber.join(keepAlive)
        )
        const { frames } = socket
        const connection: Connection = {
          openedAt: yield* Clock.currentTimeMillis,
          probe: (id) => (frames === undefined ? socket.send(request(id)) : frames.ping(String(id))),
          showsPings: frames !== undefined,
          flow: frames,
          credential: {
            expiresAt: () => expiresAt,
            provenAt: () => provenAt,
            identity: Redacted.value(key.key)
          }
        }
        return connection
      }).pipe(Effect.provideService(Socket.WebSocketConstructor, construct))
    return open
  })
