import type { Connection } from "./connection.js"
import { bytesOf, MemoryWebSocket } from "./memoryWebSocket.js"

type NodeListener = (...args: Array<unknown>) => void

/**
 * The same with what `ws` adds: visible pings and pongs, and a socket that can be paused and cut.
 */
export class MemoryNodeWebSocket extends MemoryWebSocket {
  isPaused = false
  private readonly nodeListeners = new Map<string, Array<NodeListener>>()

  on(event: string, listener: NodeListener): this {
    const listeners = this.nodeListeners.get(event)
    if (listeners === undefined) {
      this.nodeListeners.set(event, [listener])
    } else {
      listeners.push(listener)
    }
    return this
  }

  once(event: string, listener: NodeListener): this {
    const once: NodeListener = (...args) => {
      this.off(event, once)
      listener(...args)
    }
    return this.on(event, once)
  }

  off(event: string, listener: NodeListener): this {
    const listeners = this.nodeListeners.get(event)
    const index = listeners?.indexOf(listener) ?? -1
    if (index >= 0) {
      listeners!.splice(index, 1)
    }
    return this
  }

  removeListener(event: string, listener: NodeListener): this {
    return this.off(event, listener)
  }

  ping(data: string | Uint8Array = "") {
    this.control((connection) => connection.onPing(bytesOf(data)))
  }

  pong(data: string | Uint8Array = "") {
    this.control((connection) => connection.onPong(bytesOf(data)))
  }

  pause() {
    if (this.readyState === 1 || this.readyState === 2) {
      this.isPaused = true
    }
  }

  resume() {
    if (this.isPaused) {
      this.isPaused = false
      this.line.read()
    }
  }

  terminate() {
    if (this.readyState === 0) {
      this.close()
    } else {
      this.isPaused = false
      this.lose()
    }
  }

  override get isBlocked(): boolean {
    return this.isPaused
  }

  protected override opened() {
    this.emit("open")
    super.opened()
  }

  /** Unlike a browser, `ws` shows what comes while it waits for the other side's close frame. */
  override received(text: string) {
    if (this.readyState === 1 || this.readyState === 2) {
      this.message(text)
    }
  }

  protected override message(text: string) {
    this.emit("message", Buffer.from(text), false)
    super.message(text)
  }

  override pinged(payload: Uint8Array) {
    super.pinged(payload)
    this.emit("ping", Buffer.from(payload))
  }

  override ponged(payload: Uint8Array) {
    this.emit("pong", Buffer.from(payload))
  }

  protected override error(message: string) {
    const error = new Error(message)
    this.emit("error", error)
    this.dispatchEvent({ type: "error", message, error, target: this } as { readonly type: string })
  }

  override closed(code: number, reason: string, wasClean: boolean) {
    const isNews = this.readyState !== 3
    super.closed(code, reason, wasClean)
    if (isNews) {
      this.emit("close", code, Buffer.from(reason))
    }
  }

  private control(action: (connection: Connection) => void) {
    if (this.readyState === 0) {
      throw new Error("WebSocket is not open: readyState 0 (CONNECTING)")
    }
    if (this.readyState === 1) {
      this.line.toServer(action)
    }
  }

  private emit(event: string, ...args: Array<unknown>) {
    for (const listener of Array.from(this.nodeListeners.get(event) ?? [])) {
      listener.apply(this, args)
    }
  }
}
