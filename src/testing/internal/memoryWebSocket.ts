import type { Connection } from "./connection.js"
import { MemoryEventTarget } from "./memoryEventTarget.js"
import { type ClientEnd, MemoryLine } from "./memoryLine.js"
import type { Timers } from "./timers.js"
import type { Wire } from "./wire.js"

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

/**
 * A WebSocket as a browser has it, without a network.
 */
export class MemoryWebSocket extends MemoryEventTarget implements ClientEnd {
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

  protected readonly line = new MemoryLine(this)
  private readonly hangUp: () => void
  private readonly network: Network

  constructor(network: Network, url: string) {
    super()
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

  send(data: string | ArrayBufferLike | ArrayBufferView) {
    if (this.readyState === 0) {
      throw new DOMException("The socket is still connecting", "InvalidStateError")
    }
    if (this.readyState === 1) {
      const text = typeof data === "string" ? data : new TextDecoder().decode(bytesOf(data))
      this.line.toServer((connection) => connection.onText(text))
    }
  }

  close(code?: number, reason?: string) {
    if (this.readyState >= 2) {
      return
    }
    if (this.readyState === 0) {
      this.hangUp()
      this.line.cut()
      this.readyState = 2
      this.line.toClient(() => this.failed("WebSocket was closed before the connection was established"))
      return
    }
    this.readyState = 2
    const timer = this.network.timers.after(closeTimeout, () => this.lose())
    this.line.toServer((connection) => {
      connection.onClosed()
      this.line.toClient(() => {
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
    this.line.toClient(() => {
      if (this.readyState === 0) {
        this.readyState = 1
        this.opened()
      }
    })
    this.line.accept(accept)
  }

  /** The server has refused the connection, or it broke. */
  refused(message: string) {
    this.line.toClient(() => this.failed(message))
  }

  /** The line is cut, from this side. */
  lose() {
    if (this.readyState === 3) {
      return
    }
    this.hangUp()
    this.line.drop()
    this.readyState = 2
    this.line.cut()
    queueMicrotask(() => this.closed(1006, "", false))
  }

  protected opened() {
    this.dispatchEvent({ type: "open", target: this } as { readonly type: string })
  }

  received(text: string) {
    if (this.readyState === 1) {
      this.message(text)
    }
  }

  protected message(text: string) {
    this.dispatchEvent({ type: "message", data: text, target: this } as { readonly type: string })
  }

  pinged(payload: Uint8Array) {
    if (this.readyState < 3) {
      this.line.toServer((connection) => connection.onPong(payload))
    }
  }

  ponged(_payload: Uint8Array) {}

  protected error(_message: string) {
    this.dispatchEvent({ type: "error", target: this } as { readonly type: string })
  }

  closed(code: number, reason: string, wasClean: boolean) {
    if (this.readyState === 3) {
      return
    }
    this.readyState = 3
    this.line.drop()
    this.dispatchEvent({ type: "close", code, reason, wasClean, target: this } as { readonly type: string })
  }

  get isBlocked(): boolean {
    return false
  }

  private failed(message: string) {
    if (this.readyState === 3) {
      return
    }
    this.readyState = 2
    this.error(message)
    this.closed(1006, "", false)
  }
}
