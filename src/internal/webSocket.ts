import * as Socket from "@effect/platform/Socket"
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import type { BinanceError } from "../BinanceError.js"
import { RequestTimeout, TransportError } from "../BinanceError.js"
import { toError } from "./answer.js"
import { type Frame, textOf } from "./frame.js"
import { scrub } from "./secrets.js"
import * as Timers from "./timers.js"

/** What the listeners of `ws` are told. */
interface NodeEvents {
  readonly open: () => void
  readonly message: (data: Frame | ArrayBuffer) => void
  readonly ping: () => void
  readonly pong: (payload: Frame | ArrayBuffer) => void
  readonly error: (error: Error) => void
  readonly close: (code: number, reason: Frame | ArrayBuffer) => void
}

/**
 * What `ws` offers beyond the standard `WebSocket`.
 */
interface NodeWebSocket {
  readonly on: <Name extends keyof NodeEvents>(name: Name, listener: NodeEvents[Name]) => void
  readonly off: <Name extends keyof NodeEvents>(name: Name, listener: NodeEvents[Name]) => void
  readonly ping: (payload: string) => void
  readonly pause: () => void
  readonly resume: () => void
  readonly terminate: () => void
}

const nodeMethods = ["on", "off", "ping", "pause", "resume", "terminate"] as const

const isNodeWebSocket = (socket: object): socket is NodeWebSocket =>
  nodeMethods.every((method) => typeof (socket as Record<string, unknown>)[method] === "function")

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
  readonly closed: Effect.Effect<Closed>
  /** What an implementation that shows frames can do more. */
  readonly frames:
    | { readonly ping: (payload: string) => void; readonly pause: () => void; readonly resume: () => void }
    | undefined
}

type Frames = NonNullable<Connection["frames"]>

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
  Effect.flatMap(Socket.WebSocketConstructor, (construct) => connectBy(construct, options))

type Construct = Context.Tag.Service<typeof Socket.WebSocketConstructor>

/** The same for those who have the constructor at hand. */
export const connectBy = (
  construct: Construct,
  options: Options
): Effect.Effect<Connection, BinanceError, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const timers = Timers.of(yield* Effect.clock)
    const peer = yield* Effect.uninterruptible(
      Effect.tap(dial(construct, options, timers), (peer) => closeWith(scope, peer))
    )
    yield* peer.opened(options)
    return peer
  })

const closeWith = (scope: Scope.Scope, peer: Peer) => Scope.addFinalizerExit(scope, () => peer.close)

const dial = (construct: Construct, options: Options, timers: Timers.Timers): Effect.Effect<Peer, BinanceError> =>
  Effect.suspend(() => {
    let socket: WebSocket
    try {
      socket = construct(Redacted.value(options.url))
    } catch (error) {
      return Effect.fail(failureOf(options, timers.now(), error instanceof Error ? error.message : String(error)))
    }
    socket.binaryType = "arraybuffer"
    return Effect.succeed(new Peer(socket, options, timers))
  })

/** Why a socket could not be opened. */
const failureOf = ({ operation, secrets, url }: Options, now: number, message: string): BinanceError => {
  const status = refusedStatus(message)
  return status === undefined
    ? new TransportError({ operation, reason: scrub(message, [url, ...secrets]) })
    : toError({
        operation,
        status,
        code: undefined,
        msg: "the WebSocket upgrade was refused",
        retryAt: undefined,
        now
      })
}

const none: ReadonlyArray<never> = []

type Opening = Effect.Effect<void, BinanceError>

/** One socket. Callbacks instead of fibers and deferreds, because thousands of sockets lie idle. */
class Peer implements Connection, Frames {
  private readonly node: NodeWebSocket | undefined
  private readonly handlers: Handlers
  private readonly secrets: Options["secrets"]
  private readonly closeTimeout: Options["closeTimeout"]
  /** Until it is known how it ends. */
  private attempt: Options | undefined
  private opening: Opening | undefined
  private onOpening: ((opening: Opening) => void) | undefined
  private closedAs: Closed | undefined
  private onClosed: ReadonlyArray<(closed: Closed) => void> = none
  private isListening = true

  constructor(
    private readonly socket: WebSocket,
    options: Options,
    private readonly timers: Timers.Timers
  ) {
    this.attempt = options
    this.handlers = options.handlers
    this.secrets = options.secrets
    this.closeTimeout = options.closeTimeout
    if (isNodeWebSocket(socket)) {
      this.node = socket
      this.listenToNode(socket)
    } else {
      this.listen(socket)
    }
  }

  get frames(): Frames | undefined {
    return this.node === undefined ? undefined : this
  }

  send(text: string): boolean {
    if (this.socket.readyState !== 1) {
      return false
    }
    this.socket.send(text)
    return true
  }

  ping(payload: string) {
    if (this.socket.readyState === 1) {
      this.node?.ping(payload)
    }
  }

  pause() {
    this.node?.pause()
  }

  resume() {
    this.node?.resume()
  }

  /** Waits until the socket is open, but not for ever. */
  opened({ openTimeout = "10 seconds", operation }: Options): Opening {
    return Effect.async((resume) => {
      if (this.opening !== undefined) {
        return resume(this.opening)
      }
      const after = Duration.toMillis(openTimeout)
      const timer = this.timers.after(after, () => resume(Effect.fail(new RequestTimeout({ operation, after }))))
      this.onOpening = (opening) => {
        timer.cancel()
        resume(opening)
      }
      return Effect.sync(() => timer.cancel())
    })
  }

  get closed(): Effect.Effect<Closed> {
    return Effect.async((resume) => {
      if (this.closedAs !== undefined) {
        return resume(Effect.succeed(this.closedAs))
      }
      const settle = (closed: Closed) => resume(Effect.succeed(closed))
      this.onClosed = this.onClosed.concat(settle)
      return Effect.sync(() => {
        this.onClosed = this.onClosed.filter((other) => other !== settle)
      })
    })
  }

  /** Says goodbye, waits a little for the answer, and cuts the line if none comes. */
  get close(): Effect.Effect<void> {
    return Effect.suspend(() => {
      const { socket } = this
      this.isListening = false
      if (socket.readyState === 3) {
        return Effect.void
      }
      this.resume()
      socket.close(1000)
      return this.closed.pipe(
        Effect.interruptible,
        Effect.timeoutOption(this.closeTimeout ?? "2 seconds"),
        // Also when nobody wants to wait that long: a dead socket would stay open for as long as `ws` waits by itself.
        Effect.ensuring(
          Effect.sync(() => {
            if (socket.readyState !== 3) {
              this.node?.terminate()
            }
          })
        )
      )
    })
  }

  private listen(socket: WebSocket) {
    socket.addEventListener("open", () => this.settleOpening(Effect.void))
    socket.addEventListener("message", (event) => this.onMessage(event.data))
    socket.addEventListener("error", (event) => this.onError((event as ErrorEvent).message))
    socket.addEventListener("close", ({ code, reason }) => this.onClose(code, reason))
  }

  private listenToNode(socket: NodeWebSocket) {
    const onOpen = () => {
      socket.off("open", onOpen)
      // The listeners of `ws` itself get the bytes; for those of the standard it makes text of each message.
      socket.on("message", (data) => this.onMessage(data))
      socket.on("ping", () => this.onPing())
      socket.on("pong", (payload) => this.onPong(payload))
      this.settleOpening(Effect.void)
    }
    socket.on("open", onOpen)
    // Stays for ever: an `error` that nobody listens to ends the process.
    socket.on("error", ({ message }) => this.onError(message))
    socket.on("close", (code, reason) => this.onClose(code, textOf(frameOf(reason))))
  }

  private onMessage(data: Frame | ArrayBuffer) {
    if (this.isListening) {
      this.handlers.onMessage(frameOf(data))
    }
  }

  private onPing() {
    if (this.isListening) {
      this.handlers.onPing?.()
    }
  }

  private onPong(payload: Frame | ArrayBuffer) {
    if (this.isListening) {
      this.handlers.onPong?.(textOf(frameOf(payload)))
    }
  }

  private onError(message: string) {
    this.failOpening(message || "the connection broke")
  }

  private onClose(code: number, reason: string) {
    this.failOpening(`closed with ${code}${reason === "" ? "" : ` (${reason})`}`)
    if (this.closedAs !== undefined) {
      return
    }
    const closed: Closed = { code, reason: scrub(reason, this.secrets) }
    this.closedAs = closed
    for (const settle of this.onClosed) {
      settle(closed)
    }
    this.onClosed = none
    this.handlers.onClosed?.(closed)
  }

  private failOpening(message: string) {
    if (this.attempt !== undefined) {
      this.settleOpening(Effect.fail(failureOf(this.attempt, this.timers.now(), message)))
    }
  }

  private settleOpening(opening: Opening) {
    if (this.attempt !== undefined) {
      this.attempt = undefined
      this.opening = opening
      this.onOpening?.(opening)
      this.onOpening = undefined
    }
  }
}
