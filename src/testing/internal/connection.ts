import type * as Fault from "../Fault.js"
import { transmissionOf } from "./faults/interpret.js"
import type { Peer } from "./peer.js"
import type { Cadence } from "./settings.js"
import type { Timer } from "./timers.js"
import type { World } from "./world.js"

/**
 * What a front end lets the server do to a socket.
 */
export interface Wire {
  readonly send: (text: string) => void
  readonly ping: (payload: string) => void
  readonly pong: (payload: Uint8Array) => void
  /** With a close frame. */
  readonly close: (code: number, reason: string) => void
  /** Without a close frame. */
  readonly terminate: () => void
  /** From now on whatever the peer sends is ignored, close frames included. */
  readonly freeze: () => void
  /** From now on whatever is sent waits, close frames and the end of the connection included. */
  readonly hold: () => void
  /** Delivers what waits, in order. */
  readonly release: () => void
}

export interface Rules extends Cadence {
  /** How many frames a client may send in a second. */
  readonly framesPerSecond: number
  /** Whether only pings and pongs count. */
  readonly onlyControlFrames: boolean
}

const decoder = new TextDecoder()

/**
 * The server's end of a socket: pings, limits, the 24 hours, faults.
 */
export abstract class Connection implements Peer {
  readonly id: number
  readonly openedAt: number
  isOpen = true
  isHalfOpen = false
  isStopped = false
  isIgnoring = false

  private lifetimeTimer: Timer | undefined
  private pingTimer: Timer | undefined
  private pongTimer: Timer | undefined
  private unanswered: Array<{ readonly payload: string; readonly at: number }> = []
  private recentFrames: Array<number> = []
  private readonly held: Array<string> = []
  private heldUntil = 0
  private stalls = 0

  constructor(
    readonly world: World,
    private readonly wire: Wire,
    private readonly rules: Rules,
    readonly path: string
  ) {
    this.id = world.connectionId()
    this.openedAt = world.now()
    world.connections.set(this.id, this)
    const { settings, timers } = world
    this.lifetimeTimer = timers.after(settings.lifetime, () => this.cut())
    this.armPing()
  }

  abstract readonly size: number
  abstract matches(sockets: Fault.Sockets): boolean
  protected abstract onRequest(text: string): void
  /** Forgets what the socket was subscribed to. */
  protected abstract onEnd(): void

  abstract announceShutdown(): void
  abstract pushUnknown(text: string): void
  abstract terminateMatching(sockets: Fault.Sockets): number
  abstract terminateTokens(account: string, symbol: string | undefined): number

  onText(text: string) {
    if (this.isDeaf || this.isIgnoring) {
      return
    }
    this.world.journal.framesReceived++
    if (this.countFrame(false)) {
      this.onRequest(text)
    }
  }

  onPing(payload: Uint8Array) {
    if (this.isDeaf || this.isIgnoring) {
      return
    }
    this.world.journal.pingsReceived++
    if (this.countFrame(true)) {
      this.wire.pong(payload)
    }
  }

  onPong(payload: Uint8Array) {
    if (this.isDeaf || this.isIgnoring) {
      return
    }
    this.world.journal.pongsReceived++
    const text = decoder.decode(payload)
    const index = this.unanswered.findIndex((ping) => ping.payload === text)
    if (index >= 0) {
      this.unanswered.splice(0, index + 1)
    }
    this.countFrame(true)
  }

  /** The socket is gone. */
  onClosed() {
    this.end()
    this.world.connections.delete(this.id)
  }

  close(code: number, reason = "") {
    if (!this.isOpen) {
      return
    }
    this.end()
    if (code === 1006 || this.isHalfOpen) {
      this.wire.terminate()
    } else {
      this.wire.close(code, reason)
    }
  }

  cut() {
    this.close(this.world.settings.lifetimeCloseCode)
  }

  halfOpen() {
    if (this.isOpen && !this.isHalfOpen) {
      this.isHalfOpen = true
      this.pingTimer?.cancel()
      this.pongTimer?.cancel()
      this.lifetimeTimer?.cancel()
      this.wire.freeze()
    }
  }

  /** Of stalls that overlap, the one that ends last counts. */
  stall(millis: number) {
    this.stalls++
    this.wire.hold()
    this.world.timers.after(millis, () => {
      this.stalls--
      if (this.stalls === 0) {
        this.wire.release()
      }
    })
  }

  /** Sends an answer. */
  protected send(text: string) {
    if (!this.isDeaf) {
      this.wire.send(text)
    }
  }

  /** Sends an event, unless a fault has another idea. Tells whether the event will arrive whole. */
  protected deliver(frame: string): boolean {
    if (this.isDeaf || this.isStopped) {
      return false
    }
    this.world.journal.eventsSent++
    const { delay, frames, isWhole } = transmissionOf(this.world.faults.takeFrame(this), frame)
    for (const text of frames) {
      this.transmit(text, delay)
    }
    return isWhole
  }

  private get isDeaf() {
    return !this.isOpen || this.isHalfOpen
  }

  private transmit(frame: string, delay: number) {
    if (delay === 0 && this.held.length === 0) {
      this.wire.send(frame)
      return
    }
    const { timers } = this.world
    this.heldUntil = Math.max(this.heldUntil, timers.now() + delay)
    this.held.push(frame)
    timers.after(this.heldUntil - timers.now(), () => {
      const next = this.held.shift()
      if (next !== undefined) {
        this.send(next)
      }
    })
  }

  private armPing() {
    this.pingTimer = this.world.timers.after(this.rules.pingInterval, () => {
      const payload = String(this.world.serverTime())
      this.unanswered.push({ payload, at: this.world.now() })
      this.pongTimer ??= this.world.timers.after(this.rules.pongTimeout, () => this.checkPongs())
      this.world.journal.pingsSent++
      this.wire.ping(payload)
      this.armPing()
    })
  }

  private checkPongs() {
    this.pongTimer = undefined
    const oldest = this.unanswered[0]
    if (oldest === undefined) {
      return
    }
    const left = oldest.at + this.rules.pongTimeout - this.world.now()
    if (left <= 0) {
      this.close(1008, "Pong timeout")
    } else {
      this.pongTimer = this.world.timers.after(left, () => this.checkPongs())
    }
  }

  private countFrame(isControl: boolean): boolean {
    if (!isControl && this.rules.onlyControlFrames) {
      return true
    }
    const now = this.world.now()
    this.recentFrames.push(now)
    while (this.recentFrames[0]! <= now - 1000) {
      this.recentFrames.shift()
    }
    if (this.recentFrames.length <= this.rules.framesPerSecond) {
      return true
    }
    this.world.journal.violation("TooManyFrames", `more than ${this.rules.framesPerSecond} in a second on ${this.path}`)
    this.close(1008, "Too many requests")
    return false
  }

  private end() {
    if (this.isOpen) {
      this.isOpen = false
      this.lifetimeTimer?.cancel()
      this.pingTimer?.cancel()
      this.pongTimer?.cancel()
      this.held.length = 0
      this.onEnd()
    }
  }
}
