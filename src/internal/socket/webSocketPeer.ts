import * as Deferred from "effect/Deferred"
import * as Exit from "effect/Exit"
import type * as Redacted from "effect/Redacted"
import { type Frame, textOf } from "../decoder/frame.js"
import type { Headers } from "../http/answer.js"
import { scrub } from "../secrets.js"
import type { Signals } from "./receiver.js"

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

/** A refused upgrade, as far as the implementation shows it. */
export interface UpgradeRefusal {
  readonly status: number | undefined
  readonly headers: Headers
  /** The body, or the message of the implementation. */
  text: string
  /** Whether the text is all that there is. */
  isWhole: boolean
}

/** Handles the messages and signals of a socket, synchronously and in order. */
export interface Handlers {
  readonly onMessage: (text: string) => void
  /** Gets pings and pongs, if the implementation shows them, and the end. */
  readonly receiver: Signals
}

/** The response to a refused upgrade, as Node shows it. */
interface Response {
  readonly statusCode?: number | undefined
  readonly headers: Headers
  readonly on: (name: "data" | "end" | "error", listener: (data: Uint8Array) => void) => void
}

/** The events of `ws`. */
interface NodeEvents {
  readonly open: () => void
  readonly message: (data: Frame | ArrayBuffer) => void
  readonly ping: () => void
  readonly pong: (payload: Frame | ArrayBuffer) => void
  readonly error: (error: Error) => void
  readonly close: (code: number, reason: Frame | ArrayBuffer) => void
  readonly "unexpected-response": (request: unknown, response: Response) => void
}

/** What `ws` adds to the standard `WebSocket`. */
interface NodeWebSocket {
  readonly on: <Name extends keyof NodeEvents>(name: Name, listener: NodeEvents[Name]) => void
  readonly off: <Name extends keyof NodeEvents>(name: Name, listener: NodeEvents[Name]) => void
  readonly ping: (payload: string) => void
  readonly pause: () => void
  readonly resume: () => void
  readonly terminate: () => void
}

const hasMethods = (socket: unknown, methods: ReadonlyArray<string>): boolean =>
  typeof socket === "object" &&
  socket !== null &&
  methods.every((method) => typeof (socket as Record<string, unknown>)[method] === "function")

export const isWebSocket = (socket: unknown): socket is WebSocket =>
  hasMethods(socket, ["addEventListener", "close", "send"])

const isNodeWebSocket = (socket: object): socket is NodeWebSocket =>
  hasMethods(socket, ["on", "off", "ping", "pause", "resume", "terminate"])

/** How much of the body of a refusal is read, in characters. */
const longestRefusal = 4096

export interface Options {
  readonly secrets: Iterable<Redacted.Redacted<string>>
  readonly handlers: Handlers
}

/** One socket. Its listeners run for every frame. */
export class Peer {
  /** A refusal whose body is still being read. */
  refusal: UpgradeRefusal | undefined
  private readonly node: NodeWebSocket | undefined
  private isListening = true

  constructor(
    private readonly socket: WebSocket,
    private readonly options: Options,
    /** Completes when the socket is open, or with its refusal. */
    readonly opening: Deferred.Deferred<UpgradeRefusal | undefined>,
    readonly closed: Deferred.Deferred<Closed>
  ) {
    if (isNodeWebSocket(socket)) {
      this.node = socket
      this.listenToNode(socket)
    } else {
      this.listen(socket)
    }
  }

  get showsFrames(): boolean {
    return this.node !== undefined
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

  /** Begins the closing handshake and ignores everything from now on; `false` if the socket is already closed. */
  beginClose(): boolean {
    this.isListening = false
    if (this.socket.readyState === 3) {
      return false
    }
    this.resume()
    this.socket.close(1000)
    return true
  }

  terminate() {
    if (this.socket.readyState !== 3) {
      this.node?.terminate()
    }
  }

  private listen(socket: WebSocket) {
    socket.addEventListener("open", () => this.open(undefined))
    socket.addEventListener("message", (event) => this.onMessage(event.data))
    socket.addEventListener("error", (event) => this.fail((event as ErrorEvent).message || "the connection broke"))
    socket.addEventListener("close", ({ code, reason }) => this.onClose(code, reason))
  }

  private listenToNode(socket: NodeWebSocket) {
    const onOpen = () => {
      socket.off("open", onOpen)
      // For listeners of `addEventListener`, `ws` would make an event of each message.
      socket.on("message", (data) => this.onMessage(data))
      socket.on("ping", () => this.isListening && this.options.handlers.receiver.onSignOfLife())
      socket.on("pong", (payload) => this.onPong(textOf(payload)))
      this.open(undefined)
    }
    socket.on("open", onOpen)
    socket.on("unexpected-response", (_, response) => this.onRefused(response))
    // Never removed: an `error` without a listener ends the process.
    socket.on("error", ({ message }) => this.fail(message || "the connection broke"))
    socket.on("close", (code, reason) => this.onClose(code, textOf(reason)))
  }

  private onMessage(data: Frame | ArrayBuffer) {
    if (this.isListening) {
      this.options.handlers.onMessage(textOf(data))
    }
  }

  private onPong(payload: string) {
    if (this.isListening) {
      this.options.handlers.receiver.onProbeAnswer(Number(payload))
    }
  }

  private onRefused(response: Response) {
    const refusal: UpgradeRefusal = { status: response.statusCode, headers: response.headers, text: "", isWhole: false }
    this.refusal = refusal
    const settle = () => this.open(refusal)
    response.on("data", (data) => {
      refusal.text += textOf(data)
      if (refusal.text.length > longestRefusal) {
        settle()
      }
    })
    response.on("end", () => {
      refusal.isWhole = true
      settle()
    })
    response.on("error", settle)
    // The header is all that is needed.
    if (response.headers["retry-after"] !== undefined) {
      settle()
    }
  }

  private onClose(code: number, reason: string) {
    this.fail(`closed with ${code}${reason === "" ? "" : ` (${reason})`}`)
    const closed: Closed = { code, reason: scrub(reason, this.options.secrets) }
    Deferred.unsafeDone(this.closed, Exit.succeed(closed))
    this.options.handlers.receiver.onLost(Exit.succeed({ _tag: "SocketClosed", ...closed }))
  }

  private fail(message: string) {
    this.open(this.refusal ?? { status: undefined, headers: {}, text: message, isWhole: true })
  }

  private open(refusal: UpgradeRefusal | undefined) {
    Deferred.unsafeDone(this.opening, Exit.succeed(refusal))
  }
}
