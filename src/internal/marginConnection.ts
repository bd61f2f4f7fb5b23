import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { BinanceError } from "../BinanceError.js"
import type { Calls, ListenToken } from "../ListenToken.js"
import type { Cause } from "../StreamNotice.js"
import type * as WebSocketApi from "../WebSocketApi.js"
import * as Backoff from "./backoff.js"
import type { Connection, Open, Receiver } from "./connection.js"
import { type Frame, hasAt, textOf } from "./frame.js"
import * as WebSocketApiConnection from "./webSocketApiConnection.js"
import { addressOf } from "./webSocketRouter.js"

export interface Options extends WebSocketApi.Options {
  readonly tokens: Calls
  /** How long before its expiry a token is renewed, in ms. */
  readonly renewBefore: number
  /** Sockets older than this are not given to new connections, in ms. */
  readonly freshFor: number
  readonly extraParams?: WebSocketApi.Parameters | undefined
}

/** A socket that several margin accounts share. */
interface SharedSocket extends WebSocketApiConnection.Watched {
  readonly scope: Scope.CloseableScope
  readonly listeners: Set<WebSocketApiConnection.Listener>
  lastFrameAt: number
  isGoingAway: boolean
  lost: Exit.Exit<Cause, BinanceError> | undefined
}

/** The newest connection of a session. */
interface Latest {
  socket: SharedSocket | undefined
  connection: number
}

/** A socket that has been silent for longer may be half-open, in ms: Binance pings every 20 seconds. */
const longestSilence = 40_000

const unsubscribeTimeout = "2 seconds"

const isShutdown = (text: string): boolean => text.includes('"serverShutdown"')
const isTermination = (text: string): boolean => text.includes('"eventStreamTerminated"')

const nameKey = '{"e":"'

/** Nearly all frames say at their beginning that they are another event than these two. */
const isOrdinary = (frame: Frame): boolean => {
  const address = addressOf(frame)
  if (address === undefined || !hasAt(frame, address.eventAt, nameKey)) {
    return false
  }
  const nameAt = address.eventAt + nameKey.length
  return !hasAt(frame, nameAt, "serverShutdown") && !hasAt(frame, nameAt, "eventStreamTerminated")
}

const subscriptionOf = (text: string): number | undefined => {
  const match = /"subscriptionId"\s*:\s*(\d+)/.exec(text)
  return match === null ? undefined : Number(match[1])
}

const renewalRetry = Backoff.upTo("30 seconds")

/**
 * Connections by listen token. Cross margin and every isolated symbol have sessions of their own, and share one socket
 * for as long as it is fresh; at a roll-over the first session opens the next socket, and the others follow.
 */
export const make = (options: Options) =>
  Effect.gen(function* () {
    const context = yield* Effect.context<WebSocketApiConnection.Requirements>()
    const parent = yield* Effect.scope
    const clock = yield* Effect.clock
    const now = () => clock.unsafeCurrentTimeMillis()
    const gate = yield* Effect.makeSemaphore(1)
    let clockOffset = 0
    let current: SharedSocket | undefined
    let connections = 0

    const isUsable = (socket: SharedSocket): boolean =>
      !socket.isGoingAway && now() - socket.openedAt < options.freshFor && now() - socket.lastFrameAt < longestSilence

    const openSocket = Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const scope = yield* Scope.fork(parent, parent.strategy)
        const listeners: SharedSocket["listeners"] = new Set()
        let socket: SharedSocket | undefined
        let lost: Exit.Exit<Cause, BinanceError> | undefined
        const watched = yield* restore(
          WebSocketApiConnection.make(
            { ...options, clockOffset },
            {
              onFrame: () => {
                if (socket !== undefined) {
                  socket.lastFrameAt = now()
                }
                for (const listener of listeners) {
                  listener.onFrame()
                }
              },
              onProbeAnswer: (id) => {
                for (const listener of listeners) {
                  listener.onProbeAnswer(id)
                }
              },
              onLost: (reason) => {
                lost ??= reason
                if (socket !== undefined) {
                  socket.lost = lost
                  socket.isGoingAway = true
                }
                for (const listener of listeners) {
                  listener.onLost(reason)
                }
              }
            }
          )
        ).pipe(
          Effect.provide(Context.add(context, Scope.Scope, scope)),
          Effect.onError(() => Scope.close(scope, Exit.void))
        )
        // Its own goodbye is of no interest to its listeners.
        yield* Scope.addFinalizer(
          scope,
          Effect.sync(() => listeners.clear())
        )
        socket = { ...watched, scope, listeners, lastFrameAt: now(), isGoingAway: lost !== undefined, lost }
        return socket
      })
    )

    /** A place on a usable socket until the scope closes; the last to leave closes the socket. */
    const join = (listener: WebSocketApiConnection.Listener) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          if (current === undefined || !isUsable(current)) {
            current = yield* restore(openSocket)
          }
          const socket = current
          socket.listeners.add(listener)
          if (socket.lost !== undefined) {
            listener.onLost(socket.lost)
          }
          yield* Effect.addFinalizer(() => leave(socket, listener))
          return socket
        })
      ).pipe(gate.withPermits(1))

    const leave = (socket: SharedSocket, listener: WebSocketApiConnection.Listener) =>
      Effect.suspend(() => {
        socket.listeners.delete(listener)
        if (socket.listeners.size > 0) {
          return Effect.void
        }
        socket.isGoingAway = true
        return Scope.close(socket.scope, Exit.void)
      })

    const connect = (symbol: string | undefined, latest: Latest, receiver: Receiver) =>
      Effect.gen(function* () {
        const first = yield* options.tokens.create(symbol)
        const socket = yield* join({
          onFrame: () => receiver.onSignOfLife(),
          onProbeAnswer: (id) => receiver.onProbeAnswer(id),
          onLost: (reason) => receiver.onLost(reason)
        })
        let { expiresAt } = first
        let active: number | undefined

        // One and the same for every renewal, so that a frame of no subscription comes once.
        const onFrame = (frame: Frame) => {
          if (isOrdinary(frame)) {
            return receiver.onFrame(frame)
          }
          const text = textOf(frame)
          if (isShutdown(text)) {
            socket.isGoingAway = true
          }
          // The end of a subscription is no loss once it has been renewed under another id, but not before.
          if (active === undefined || !isTermination(text) || (subscriptionOf(text) ?? active) === active) {
            receiver.onFrame(text)
          }
        }

        const subscribe = (token: ListenToken) =>
          Effect.tap(
            socket.api.userDataStream.subscribeListenToken(token.token, onFrame, { extraParams: options.extraParams }),
            ({ expiresAt: subscribedUntil, subscriptionId }) =>
              Effect.sync(() => {
                active = subscriptionId
                expiresAt = subscribedUntil ?? token.expiresAt
              })
          )

        latest.socket = socket
        const mine = ++connections
        latest.connection = mine
        yield* subscribe(first)
        clockOffset = yield* socket.api.clockOffset
        // A later connection at the same socket has taken the subscription over.
        yield* Effect.addFinalizer(() =>
          socket.isGoingAway || socket.listeners.size === 1 || (latest.connection !== mine && latest.socket === socket)
            ? Effect.void
            : socket.api.userDataStream
                .unsubscribe(active)
                .pipe(Effect.interruptible, Effect.timeout(unsubscribeTimeout), Effect.ignore)
        )

        const renew = options.tokens.create(symbol).pipe(
          Effect.flatMap(subscribe),
          Effect.retry({
            schedule: renewalRetry,
            while: (error) => error.isRetryable || error._tag === "InvalidListenToken"
          })
        )

        const renewAhead: Effect.Effect<Cause, BinanceError> = Effect.gen(function* () {
          const left = expiresAt - (yield* Clock.currentTimeMillis)
          yield* Effect.sleep(Math.max(0, left - Math.min(options.renewBefore, left / 2)))
          const remaining = expiresAt - (yield* Clock.currentTimeMillis)
          const renewed = yield* Effect.timeoutOption(renew, Math.max(0, remaining))
          return renewed._tag === "None" ? { _tag: "StreamTerminated" as const } : yield* renewAhead
        })
        yield* renewAhead.pipe(
          Effect.onExit((exit) => Effect.sync(() => receiver.onLost(exit))),
          Effect.interruptible,
          Effect.forkScoped
        )

        const connection: Connection = {
          openedAt: socket.openedAt,
          probe: socket.probe,
          showsPings: socket.api.frames !== undefined,
          // The others at this socket must not wait for a consumer of this account.
          flow: undefined,
          credential: { expiresAt: () => expiresAt, provenAt: () => undefined, identity: "" }
        }
        return connection
      }).pipe(Effect.mapInputContext((scope: Context.Context<Scope.Scope>) => Context.merge(context, scope)))

    /** The connections of one session: of cross margin, or of an isolated symbol. */
    return (symbol?: string): Effect.Effect<Open> =>
      Effect.sync(() => {
        const latest: Latest = { socket: undefined, connection: 0 }
        return (receiver) => connect(symbol, latest, receiver)
      })
  })
