import * as Socket from "@effect/platform/Socket"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { BinanceError } from "../BinanceError.js"
import { RequestTimeout, TransportError } from "../BinanceError.js"
import type { Frame } from "../Decoder.js"
import { toError } from "./answer.js"
import { textOf } from "./frame.js"
import { scrub } from "./secrets.js"

/**
 * What `ws` offers beyond the standard `WebSocket`.
 */
interface NodeWebSocket {
  readonly on: (event: "message" | "ping" | "pong", listener: (payload: Frame | ArrayBuffer) => void) => void
  readonly off: (event: "message" | "ping" | "pong", listener: (payload: Frame | ArrayBuffer) => void) => void
  readonly ping: (payload: string) => void
  readonly pause: () => void
  readonly resume: () => void
  readonly terminate: () => void
}

const isNodeWebSocket = (socket: object): socket is NodeWebSocket =>
  ["on", "off", "ping", "pause", "resume", "terminate"].every(
    (method) => typeof (socket as Record<string, unknown>)[method] === "function"
  )

/**
 * How a WebSocket was closed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Closed {
  /** The code of the close frame; 1006 where there was none. */
  readonly code: number
  readonly reason: string
}

export interface Handlers {
  /** A message, synchronously and in the order of arrival: as bytes where the implementation has not made text of them. */
  readonly onMessage: (frame: Frame) => void
  /** A ping from the server, or the answer to a ping of ours. Called only where the implementation shows them. */
  readonly onPing?: (() => void) | undefined
  readonly onPong?: ((payload: string) => void) | undefined
  /** Nothing will arrive any more. */
  readonly onClosed?: ((closed: Closed) => void) | undefined
}

export interface Connection {
  /** `false` if the socket is not open. */
  readonly send: (text: string) => boolean
  /** Done once nothing will arrive any more. */
  readonly closed: Deferred.Deferred<Closed>
  /** What an implementation that shows frames can do more. */
  readonly frames:
    | { readonly ping: (payload: string) => void; readonly pause: () => void; readonly resume: () => void }
    | undefined
}

export interface Options {
  readonly url: Redacted.Redacted<string>
  /** Names the attempt in errors: no query, no credential. */
  readonly operation: string
  readonly secrets: Iterable<Redacted.Redacted<string>>
  readonly handlers: Handlers
  readonly openTimeout?: Duration.DurationInput | undefined
  readonly closeTimeout?: Duration.DurationInput | undefined
}

const frameOf = (data: Frame | ArrayBuffer): Frame => (data instanceof ArrayBuffer ? new Uint8Array(data) : data)

/** `ws` tells the status of a refused upgrade only in the text of its error. */
const refusedStatus = (message: string): number | undefined => {
  const match = /Unexpected server response: (\d{3})/.exec(message)
  return match === null ? undefined : Number(match[1])
}

/**
 * A WebSocket that is open until the scope closes or the peer ends it.
 *
 * Not `Socket.fromWebSocket`, because a session has to see pings, pause reading, and know that a closed socket is gone.
 */
export const connect = (
  options: Options
): Effect.Effect<Connection, BinanceError, Scope.Scope | Socket.WebSocketConstructor> =>
  Effect.gen(function* () {
    const construct = yield* Socket.WebSocketConstructor
    const closed = yield* Deferred.make<Closed>()
    const opened = yield* Deferred.make<void, BinanceError>()
    const { handlers, operation } = options
    const clock = yield* Effect.clock

    const failed = (message: string): BinanceError => {
      const status = refusedStatus(message)
      return status === undefined
        ? new TransportError({ operation, reason: scrub(message, [options.url, ...options.secrets]) })
        : toError({
            operation,
            status,
            code: undefined,
            msg: "the WebSocket upgrade was refused",
            retryAfter: undefined,
            now: clock.unsafeCurrentTimeMillis()
          })
    }

    const open = Effect.try({
      try: () => construct(Redacted.value(options.url)),
      catch: (error) => failed(error instanceof Error ? error.message : String(error))
    })

    let stopListening = () => {}
    const socket = yield* Effect.acquireRelease(
      Effect.tap(open, (socket) =>
        Effect.sync(() => {
          socket.binaryType = "arraybuffer"
          stopListening = listen(socket, handlers)
          socket.addEventListener("open", () => Deferred.unsafeDone(opened, Effect.void))
          // Stays for ever: an `error` of `ws` that nobody listens to ends the process.
          socket.addEventListener("error", (event) =>
            Deferred.unsafeDone(opened, Effect.fail(failed((event as ErrorEvent).message || "the connection broke")))
          )
          socket.addEventListener("close", (event) => {
            Deferred.unsafeDone(
              opened,
              Effect.fail(failed(`closed with ${event.code}${event.reason === "" ? "" : ` (${event.reason})`}`))
            )
            const reason: Closed = { code: event.code, reason: scrub(event.reason, options.secrets) }
            Deferred.unsafeDone(closed, Effect.succeed(reason))
            handlers.onClosed?.(reason)
          })
        })
      ),
      (socket) => close(socket, closed, options.closeTimeout ?? "2 seconds")
    )
    yield* Effect.addFinalizer(() => Effect.sync(stopListening))

    const openTimeout = Duration.toMillis(options.openTimeout ?? "10 seconds")
    yield* Effect.timeoutFail(Deferred.await(opened), {
      duration: openTimeout,
      onTimeout: () => new RequestTimeout({ operation, after: openTimeout })
    })

    const frames = isNodeWebSocket(socket) ? socket : undefined
    return {
      send: (text) => {
        if (socket.readyState !== 1) {
          return false
        }
        socket.send(text)
        return true
      },
      closed,
      frames:
        frames === undefined
          ? undefined
          : {
              ping: (payload) => {
                if (socket.readyState === 1) {
                  frames.ping(payload)
                }
              },
              pause: () => frames.pause(),
              resume: () => frames.resume()
            }
    }
  })

/** Hears what arrives, until the answer is called. */
const listen = (socket: WebSocket, handlers: Handlers): (() => void) => {
  if (!isNodeWebSocket(socket)) {
    const onMessage = (event: MessageEvent) => handlers.onMessage(frameOf(event.data))
    socket.addEventListener("message", onMessage)
    return () => socket.removeEventListener("message", onMessage)
  }
  // The listeners of `ws` itself get the bytes; for those of the standard it makes text of each message.
  const onMessage = (data: Frame | ArrayBuffer) => handlers.onMessage(frameOf(data))
  const onPing = () => handlers.onPing?.()
  const onPong = (payload: Frame | ArrayBuffer) => handlers.onPong?.(textOf(payload))
  socket.on("message", onMessage)
  socket.on("ping", onPing)
  socket.on("pong", onPong)
  return () => {
    socket.off("message", onMessage)
    socket.off("ping", onPing)
    socket.off("pong", onPong)
  }
}

/** Says goodbye, waits a little for the answer, and cuts the line if none comes. */
const close = (socket: WebSocket, closed: Deferred.Deferred<Closed>, timeout: Duration.DurationInput) =>
  Effect.gen(function* () {
    if (socket.readyState === 3) {
      return
    }
    if (isNodeWebSocket(socket)) {
      socket.resume()
    }
    socket.close(1000)
    yield* Deferred.await(closed).pipe(
      Effect.interruptible,
      Effect.timeoutOption(timeout),
      // Also when nobody wants to wait that long: a dead socket would stay open for as long as `ws` waits by itself.
      Effect.ensuring(
        Effect.sync(() => {
          if (isNodeWebSocket(socket) && socket.readyState !== 3) {
            socket.terminate()
          }
        })
      )
    )
  })
