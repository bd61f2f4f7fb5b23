import type { Connection } from "./connection.js"
import { MemoryQueue } from "./memoryQueue.js"
import type { Wire } from "./wire.js"

const encoder = new TextEncoder()

/** What comes out of a line at the client. */
export interface ClientEnd {
  readonly readyState: number
  /** Whether the client takes nothing at present. */
  readonly isBlocked: boolean
  readonly received: (text: string) => void
  readonly pinged: (payload: Uint8Array) => void
  readonly ponged: (payload: Uint8Array) => void
  readonly closed: (code: number, reason: string, wasClean: boolean) => void
}

/**
 * A line between a client and the server, without a network: frames arrive in the order in which they were sent, each
 * side's in microtasks of their own.
 */
export class MemoryLine {
  private connection: Connection | undefined
  private readonly inbox = new MemoryQueue(() => this.isHeld || this.client.isBlocked)
  private readonly outbox = new MemoryQueue(() => false)
  private isFrozen = false
  private isHeld = false

  constructor(private readonly client: ClientEnd) {}

  accept(accept: (wire: Wire) => Connection) {
    const { client } = this
    this.connection = accept({
      send: (text) => this.toClient(() => client.received(text)),
      ping: (payload) => this.toClient(() => client.pinged(encoder.encode(payload))),
      pong: (payload) => this.toClient(() => client.ponged(payload)),
      close: (code, reason) =>
        this.toClient(() => {
          this.toServer((connection) => connection.onClosed())
          client.closed(code, reason, true)
        }),
      terminate: () => {
        this.cut()
        this.toClient(() => client.closed(1006, "", false))
      },
      freeze: () => {
        this.isFrozen = true
      },
      hold: () => {
        this.isHeld = true
      },
      release: () => {
        this.isHeld = false
        this.read()
      }
    })
  }

  toClient(action: () => void) {
    if (this.client.readyState < 3) {
      this.inbox.push(action)
    }
  }

  toServer(action: (connection: Connection) => void) {
    this.outbox.push(() => {
      if (!this.isFrozen && this.connection !== undefined) {
        action(this.connection)
      }
    })
  }

  /** The client takes frames again. */
  read() {
    this.inbox.run()
  }

  /** Forgets what the client has not taken. */
  drop() {
    this.inbox.clear()
  }

  /** The server notices at once. */
  cut() {
    this.connection?.onClosed()
  }
}
