import * as Socket from "@effect/platform/Socket"
import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { BinanceError } from "../../BinanceError.js"
import { RequestTimeout, TransportError, UnsupportedPlatform } from "../../BinanceError.js"
import { refusalOf } from "../http/answer.js"
import { withoutTail } from "../http/page.js"
import { scrub } from "../secrets.js"
import { type Closed, type Handlers, isWebSocket, Peer, type UpgradeRefusal } from "./webSocketPeer.js"

export type { Closed, Handlers } from "./webSocketPeer.js"

export interface Connection {
  /** `false` if the socket is not open. */
  readonly send: (text: string) => boolean
  /** Completes when nothing more will arrive. */
  readonly closed: Effect.Effect<Closed>
  /** Only of implementations that show control frames, such as `ws`. */
  readonly frames:
    | { readonly ping: (payload: string) => void; readonly pause: () => void; readonly resume: () => void }
    | undefined
}

export interface Options {
  readonly url: Redacted.Redacted<string>
  /** The name of the attempt in errors, without query or credential. */
  readonly operation: string
  readonly secrets: Iterable<Redacted.Redacted<string>>
  readonly handlers: Handlers
  readonly openTimeout?: Duration.DurationInput | undefined
  readonly closeTimeout?: Duration.DurationInput | undefined
}

export type Construct = Context.Tag.Service<typeof Socket.WebSocketConstructor>

/** A constructor that throws once throws every time. */
const unsupported = ({ operation, secrets, url }: Options, error: unknown): UnsupportedPlatform =>
  new UnsupportedPlatform({
    operation,
    reason: scrub(error instanceof Error ? error.message : String(error), [url, ...secrets]),
    advice:
      "Provide a WebSocket constructor that works here: NodeLayer.layer on Node, Socket.layerWebSocketConstructorGlobal in browsers, Deno and Bun; and check the address of the environment"
  })

/** Makes a socket and listens to it at once: its opening may be told before a fiber goes on. */
const construct = (
  constructor: Construct,
  options: Options,
  opening: Deferred.Deferred<UpgradeRefusal | undefined>,
  closed: Deferred.Deferred<Closed>
): Effect.Effect<Peer, UnsupportedPlatform> =>
  Effect.try({
    try: () => {
      const socket: unknown = constructor(Redacted.value(options.url))
      if (!isWebSocket(socket)) {
        throw new TypeError("the constructor gives no WebSocket")
      }
      socket.binaryType = "arraybuffer"
      return new Peer(socket, options, opening, closed)
    },
    catch: (error) => unsupported(options, error)
  })

/** Implementations that hide the response mention its status only in the text of the error. */
const refusedStatus = (message: string): number | undefined => {
  const match = /Unexpected server response: (\d{3})/.exec(message)
  return match === null ? undefined : Number(match[1])
}

/** Why a socket could not be opened. */
const failureOf = (options: Options, now: number, refusal: UpgradeRefusal): BinanceError => {
  const { operation, url } = options
  const secrets = [url, ...options.secrets]
  const status = refusal.status ?? refusedStatus(refusal.text)
  if (status === undefined) {
    return new TransportError({ operation, reason: scrub(refusal.text, secrets) })
  }
  const body = refusal.isWhole ? refusal.text : withoutTail(refusal.text)
  const text = refusal.status === undefined || body === "" ? "the WebSocket upgrade was refused" : body
  return refusalOf({ operation, url: Redacted.value(url), status, headers: refusal.headers, text, now, secrets })
}

/** Waits until the socket is open. A refusal counts even if its body is incomplete when the time is up. */
const opened = (peer: Peer, options: Options): Effect.Effect<void, BinanceError> =>
  Effect.gen(function* () {
    const { openTimeout = "10 seconds", operation } = options
    const refusal = yield* Effect.timeoutOption(Deferred.await(peer.opening), openTimeout)
    const known = Option.isSome(refusal) ? refusal.value : peer.refusal
    if (known === undefined) {
      return Option.isSome(refusal)
        ? undefined
        : yield* new RequestTimeout({ operation, after: Duration.toMillis(openTimeout) })
    }
    return yield* failureOf(options, yield* Clock.currentTimeMillis, known)
  })

/** Closes the socket. Terminates it if the peer does not answer the close frame in time. */
const close = (peer: Peer, closeTimeout: Duration.DurationInput): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (!peer.beginClose()) {
      return Effect.void
    }
    return Deferred.await(peer.closed).pipe(
      Effect.interruptible,
      Effect.timeoutOption(closeTimeout),
      // Also when the wait is interrupted: `ws` keeps a dead socket open for half a minute.
      Effect.ensuring(Effect.sync(() => peer.terminate()))
    )
  })

/**
 * A WebSocket that is open until the scope closes or the peer ends it.
 *
 * Not `Socket.fromWebSocket`: a session has to see pings, to pause reading, and to know that a closed socket is gone.
 */
export const connectBy = (
  constructor: Construct,
  options: Options
): Effect.Effect<Connection, BinanceError, Scope.Scope> =>
  Effect.gen(function* () {
    const opening = yield* Deferred.make<UpgradeRefusal | undefined>()
    const closed = yield* Deferred.make<Closed>()
    const peer = yield* Effect.acquireRelease(construct(constructor, options, opening, closed), (peer) =>
      close(peer, options.closeTimeout ?? "2 seconds")
    )
    yield* opened(peer, options)
    return {
      send: (text) => peer.send(text),
      closed: Deferred.await(closed),
      frames: peer.showsFrames ? peer : undefined
    }
  })

/** The same, with the constructor from the context. */
export const connect = (
  options: Options
): Effect.Effect<Connection, BinanceError, Scope.Scope | Socket.WebSocketConstructor> =>
  Effect.flatMap(Socket.WebSocketConstructor, (constructor) => connectBy(constructor, options))
