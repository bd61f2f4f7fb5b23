import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import type { BinanceError } from "../../BinanceError.js"
import type { Calls, ListenToken } from "../../ListenToken.js"
import type { Cause } from "../../StreamNotice.js"
import * as Backoff from "../backoff.js"
import { elapsed } from "../clock.js"
import { isFromBinance } from "../http/answer.js"
import type { Receiver } from "../socket/receiver.js"
import { addressOf } from "../webSocketApi/envelope.js"
import type { Handler, Parameters } from "../webSocketApi/model.js"
import type { Connection, Open } from "./connection.js"
import * as SharedSocket from "./sharedSocket.js"

export interface Options extends SharedSocket.Options {
  readonly tokens: Calls
  /** How long a token is valid, in ms. */
  readonly validity: number
  /** How long before it expires a token is renewed, in ms. */
  readonly renewBefore: number
  readonly extraParams?: Parameters | undefined
}

/** The subscription of one connection, and when its token expires. */
interface Subscribed {
  readonly handler: Handler
  /** Epoch ms, on the server's clock. */
  expiresAt: number
  /** On the clock that nobody sets, in ms. */
  validUntil: number
}

/** The newest connection of a session. */
interface Latest {
  socket: SharedSocket.SharedSocket | undefined
  subscribed: Subscribed | undefined
}

const unsubscribeTimeout = "2 seconds"

const renewalRetry = Backoff.upTo("30 seconds")

const isShutdown = (text: string): boolean => text.includes('"serverShutdown"')
const isTermination = (text: string): boolean => text.includes('"eventStreamTerminated"')

const nameKey = '{"e":"'

/** Recognises nearly all events by how they begin: all but these two. */
const isOrdinary = (text: string): boolean => {
  const address = addressOf(text)
  if (address === undefined || !text.startsWith(nameKey, address.eventAt)) {
    return false
  }
  const nameAt = address.eventAt + nameKey.length
  return !text.startsWith("serverShutdown", nameAt) && !text.startsWith("eventStreamTerminated", nameAt)
}

const subscriptionOf = (text: string): number | undefined => {
  const match = /"subscriptionId"\s*:\s*(\d+)/.exec(text)
  return match === null ? undefined : Number(match[1])
}

/** Passes the frames of one session to its receiver. */
const handlerOf = (receiver: Receiver, { api, sharers }: SharedSocket.SharedSocket): Handler => {
  const onFrame = (text: string) => {
    if (isOrdinary(text)) {
      return receiver.onFrame(text)
    }
    if (isShutdown(text)) {
      sharers.isGoingAway = true
    }
    // The end of a subscription is a loss, unless it has been renewed under another id: maybe in this very read.
    const current = api.subscriptionOf(onFrame)
    if (current === undefined || !isTermination(text) || (subscriptionOf(text) ?? current) === current) {
      receiver.onFrame(text)
    }
  }
  return onFrame
}

/** A key that has created a token may be refused for a while, as at the keepalive of a listen key. */
const isRetried = (error: BinanceError): boolean =>
  error.isRetryable || !isFromBinance(error) || error._tag === "InvalidListenToken" || error._tag === "Unauthorized"

/** Subscribes again before each token expires. Ends when one has expired before it was renewed. */
const renewAhead = (
  subscribed: Subscribed,
  renewBefore: number,
  subscribe: Effect.Effect<unknown, BinanceError>
): Effect.Effect<Cause, BinanceError> =>
  Effect.gen(function* () {
    const lastError = yield* Ref.make<BinanceError | undefined>(undefined)
    const renew = subscribe.pipe(
      Effect.tapError((error) => Ref.set(lastError, error)),
      Effect.retry({ schedule: renewalRetry, while: isRetried }),
      Effect.zipRight(Ref.set(lastError, undefined))
    )
    const remaining = Effect.map(elapsed, (now) => Math.max(0, subscribed.validUntil - now))
    for (;;) {
      const left = yield* remaining
      yield* Effect.sleep(left - Math.min(renewBefore, left / 2))
      const renewed = yield* Effect.timeoutOption(renew, yield* remaining)
      if (renewed._tag === "None") {
        const error = yield* lastError
        return error?._tag === "Unauthorized" ? yield* error : { _tag: "StreamTerminated" }
      }
    }
  })

/** Ends a subscription, unless its socket closes as well or a later connection has taken it over. */
const unsubscribe = (socket: SharedSocket.SharedSocket, subscribed: Subscribed, latest: Latest) =>
  Effect.suspend(() => {
    const id = socket.api.subscriptionOf(subscribed.handler)
    // Without an id, this would end the subscriptions of the others as well.
    return id === undefined ||
      socket.sharers.isGoingAway ||
      socket.sharers.size === 1 ||
      (latest.subscribed !== subscribed && latest.socket === socket)
      ? Effect.void
      : socket.api.userDataStream.unsubscribe(id).pipe(
          Effect.interruptible,
          Effect.timeout(unsubscribeTimeout),
          // The others need not ask a socket that does not answer.
          Effect.catchTag("TimeoutException", () => Effect.sync(() => (socket.sharers.isGoingAway = true))),
          Effect.ignore
        )
  })

/**
 * Opens connections with listen tokens. Cross margin and each isolated symbol have a session of their own; they share one
 * socket while it is fresh. At a roll-over the first session opens the next socket, and the others join it.
 */
export const make = (options: Options) =>
  Effect.map(SharedSocket.make(options), (join) => {
    const connect = (symbol: string | undefined, latest: Latest, receiver: Receiver) =>
      Effect.gen(function* () {
        const create = Effect.zip(elapsed, options.tokens.create(symbol))
        const created = yield* create
        const socket = yield* join(receiver)
        const { api, sharers } = socket
        // One handler for all renewals: a frame without a subscription goes to each handler once.
        const handler = handlerOf(receiver, socket)
        const subscribed: Subscribed = { handler, expiresAt: created[1].expiresAt, validUntil: 0 }
        const subscribe = ([sentAt, { expiresAt, token }]: readonly [number, ListenToken]) =>
          Effect.map(
            api.userDataStream.subscribeListenToken(token, handler, { extraParams: options.extraParams }),
            (subscription) => {
              subscribed.expiresAt = subscription.expiresAt ?? expiresAt
              subscribed.validUntil = sentAt + options.validity
            }
          )

        latest.socket = socket
        latest.subscribed = subscribed
        yield* subscribe(created)
        yield* Effect.addFinalizer(() => unsubscribe(socket, subscribed, latest))
        yield* renewAhead(subscribed, options.renewBefore, Effect.flatMap(create, subscribe)).pipe(
          Effect.onExit((exit) => Effect.sync(() => receiver.onLost(exit))),
          Effect.interruptible,
          Effect.forkScoped
        )

        const connection: Connection = {
          openedAt: (yield* Clock.currentTimeMillis) - socket.age(),
          probe: api.probe,
          showsPings: api.frames !== undefined,
          // Pausing would stop the other accounts on this socket.
          flow: undefined,
          credential: { expiresAt: () => subscribed.expiresAt, provenAt: () => undefined, identity: "" },
          shared: { count: () => sharers.countAtLastFrame(), isLogger: () => sharers.isLogger(receiver) }
        }
        return connection
      })

    /** The connections of one session: cross margin, or an isolated symbol. */
    return (symbol?: string): Effect.Effect<Open> =>
      Effect.sync(() => {
        const latest: Latest = { socket: undefined, subscribed: undefined }
        return (receiver) => connect(symbol, latest, receiver)
      })
  })
