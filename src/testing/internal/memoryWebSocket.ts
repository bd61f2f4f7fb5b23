import type { Connection, Wire } from "./connection.js"
import type { Timers } from "./timers.js"

type Listener = ((event: unknown) => void) | { readonly handleEvent: (event: unknown) => void }

/** How a socket in memory reaches the server. */
export interface Network {
  readonly timers: Timers
  /** Decides later, by `accepted` or `refused`; the answer takes the attempt back. */
  readonly dial: (url: URL, socket: MemoryWebSocket) => () => void
}

/** How long `ws` and browsers wait for the answer to a close frame, in ms. */
const closeTimeout = 30_000

const encoder = new TextEncoder()

export const bytesOf = (data: string | ArrayBufferLike | ArrayBufferView): Uint8Array =>
  typeof data === "string"
    ? encoder.encode(data)
    : ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : new Uint8Array(data)

/** A paused socket may collect a great many frames, so that nothing is moved when one is taken. */
class Queue {
  private actions: Array<() => void> = []
  private next = 0

  push(action: () => void) {
    this.actions.push(action)
  }

  clear() {
    this.actions = []
    this.next = 0
  }

  runNext(): boolean {
    const action = this.actions[this.next]
    if (action === undefined) {
      this.clear()
      return false
    }
    this.next++
    action()
    return true
  }
}

/**
 * A WebSocket as a browser has it, without a network: frames arrive in the order in which they were sent, each side's
 * in microtasks of their own.
 */
export class MemoryWebSocket {
  static readonly CONNECTING = 0
  static readonly OPEN = 1
  static readonly CLOSING = 2
  static readonly CLOSED = 3
  readonly CONNECTING = 0
  readonly OPEN = 1
  readonly CLOSING = 2
  readonly CLOSED = 3

  readonly url: string
  readonly protocol = ""
  readonly extensions = ""
  readonly bufferedAmount = 0
  binaryType: BinaryType = "blob"
  readyState: 0 | 1 | 2 | 3 = 0

  onopen: ((event: unknown) => void) | null = null
  onmessage: ((event: unknown) => void) | null = null
  onerror: ((event: unknown) => void) | null = null
  onclose: ((event: unknown) => void) | null = null

  protected connection: Connection | undefined
  private readonly listeners = new Map<string, Map<Listener, boolean>>()
  private readonly inbox = new Queue()
  private readonly outbox = new Queue()
  private isInboxScheduled = false
  private isOutboxScheduled = false
  private isFrozen = false
  private isHeld = false
  private readonly hangUp: () => void
  private readonly network: Network

  constructor(network: Network, url: string) {
    let parsed: URL
    try {
      parsed = new URL(url)
    } catch {
      throw new SyntaxError(`Invalid URL: ${url}`)
    }
    this.network = network
    this.url = parsed.href
    this.hangUp = network.dial(parsed, this)
  }

  addEventListener(type: string, listener: Listener | null, options?: boolean | { readonly once?: boolean }) {
    if (listener === null) {
      return
    }
    const once = typeof options === "object" && options.once === true
    const listeners = this.listeners.get(type)
    if (listeners === undefined) {
      this.listeners.set(type, new Map([[listener, once]]))
    } else {
      listeners.set(listener, once)
    }
  }

  removeEventListener(type: string, listener: Listener | null) {
    if (listener !== null) {
      this.listeners.get(type)?.delete(listener)
    }
  }

  dispatchEvent(event: { readonly type: string }): boolean {
    const handler = this[`on${event.type}` as "onopen"]
    handler?.call(this, event)
    const listeners = this.listeners.get(event.type)
    if (listeners !== undefined) {
      for (const [listener, once] of Array.from(listeners)) {
        if (once) {
          listeners.delete(listener)
        }
        if (typeof listener === "function") {
          listener.call(this, event)
        } else {
          listener.handleEvent(event)
        }
      }
    }
    return true
  }

  send(data: string | ArrayBufferLike | ArrayBufferView) {
    if (this.readyState === 0) {
      throw new DOMException("The socket is still connecting", "InvalidStateError")
    }
    if (this.readyState === 1) {
      const text = typeof data === "string" ? data : new TextDecoder().decode(bytesOf(data))
      this.toServer((connection) => connection.onText(text))
    }
  }

  close(code?: number, reason?: string) {
    if (this.readyState >= 2) {
      return
    }
    if (this.readyState === 0) {
      this.hangUp()
      this.connection?.onClosed()
      this.readyState = 2
      this.toClient(() => this.failed("WebSocket was closed before the connection was established"))
      return
    }
    this.readyState = 2
    const timer = this.network.timers.after(closeTimeout, () => this.lose())
    this.toServer((connection) => {
      connection.onClosed()
      this.toClient(() => {
        timer.cancel()
        this.closed(code ?? 1005, reason ?? "", true)
      })
    })
  }

  /** The server has taken the connection. */
  accepted(accept: (wire: Wire) => Connection) {
    if (this.readyState !== 0) {
      return
    }
    // Queued before `accept`, which may already send.
    this.toClient(() => {
      if (this.readyState === 0) {
        this.readyState = 1
        this.opened()
      }
    })
    this.connection = accept({
      send: (text) => this.toClient(() => this.received(text)),
      ping: (payload) => this.toClient(() => this.pinged(encoder.encode(payload))),
      pong: (payload) => this.toClient(() => this.ponged(payload)),
      close: (code, reason) =>
        this.toClient(() => {
          this.toServer((connection) => connection.onClosed())
          this.closed(code, reason, true)
        }),
      terminate: () => {
        this.connection?.onClosed()
        this.toClient(() => this.closed(1006, "", false))
      },
      freeze: () => {
        this.isFrozen = true
      },
      hold: () => {
        this.isHeld = true
      },
      release: () => {
        this.isHeld = false
        this.readInbox()
      }
    })
  }

  /** The server has refused the connection, or it broke. */
  refused(message: string) {
    this.toClient(() => this.failed(message))
  }

  /** The line is cut, from this side. */
  lose() {
    if (this.readyState === 3) {
      return
    }
    this.hangUp()
    this.inbox.clear()
    this.readyState = 2
    this.connection?.onClosed()
    queueMicrotask(() => this.closed(1006, "", false))
  }

  protected opened() {
    this.dispatchEvent({ type: "open", target: this } as { readonly type: string })
  }

  protected received(text: string) {
    if (this.readyState === 1) {
      this.message(text)
    }
  }

  protected message(text: string) {
    this.dispatchEvent({ type: "message", data: text, target: this } as { readonly type: string })
  }

  protected pinged(payload: Uint8Array) {
    if (this.readyState < 3) {
      this.toServer((connection) => connection.onPong(payload))
    }
  }

  protected ponged(_payload: Uint8Array) {}

  protected error(_message: string) {
    this.dispatchEvent({ type: "error", target: this } as { readonly type: string })
  }

  protected closed(code: number, reason: string, wasClean: boolean) {
    if (this.readyState === 3) {
      return
    }
    this.readyState = 3
    this.inbox.clear()
    this.dispatchEvent({ type: "close", code, reason, wasClean, target: this } as { readonly type: string })
  }

  /** Whether frames from the server have to wait. */
  protected get isBlocked(): boolean {
    return this.isHeld
  }

  protected readInbox() {
    if (this.isInboxScheduled) {
      return
    }
    this.isInboxScheduled = true
    queueMicrotask(() => {
      this.isInboxScheduled = false
      while (!this.isBlocked && this.inbox.runNext()) {}
    })
  }

  protected toServer(action: (connection: Connection) => void) {
    this.outbox.push(() => {
      if (!this.isFrozen && this.connection !== undefined) {
        action(this.connection)
      }
    })
    if (this.isOutboxScheduled) {
      return
    }
    this.isOutboxScheduled = true
    queueMicrotask(() => {
      this.isOutboxScheduled = false
      while (this.outbox.runNext()) {}
    })
  }

  private failed(message: string) {
    if (this.readyState === 3) {
      return
    }
    this.readyState = 2
    this.error(message)
    this.closed(1006, "", false)
  }

  private toClient(action: () => void) {
    if (this.readyState < 3) {
      this.inbox.push(action)
      this.readInbox()
    }
  }
}
