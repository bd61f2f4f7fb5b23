import type * as Fault from "../Fault.js"
import { Delays } from "./delays.js"
import { transmissionOf } from "./faults/interpret.js"
import { FrameRate } from "./frameRate.js"
import type { Peer } from "./peer.js"
import { Pings } from "./pings.js"
import type { Cadence } from "./settings.js"
import type { Timer } from "./timers.js"
import type { Wire } from "./wire.js"
import type { World } from "./world.js"

export interface Rules extends Cadence {
  /** How many frames a client may send in a second. */
  readonly framesPerSecond: number
  /** Whether only pings and pongs count. */
  readonly onlyControlFrames: boolean
}

/**
 * The server's end of a socket: limits, the 24 hours, faults.
 */
export abstract class Connection implements Peer {
  readonly id: number
  readonly openedAt: number
  isOpen = true
  isHalfOpen = false
  isStopped = false
  isIgnoring = false

  private readonly lifetimeTimer: Timer
  private readonly pings: Pings
  private readonly delays: Delays
  private readonly frameRate: FrameRate

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
    const ping = (payload: string) => wire.ping(payload)
    this.pings = new Pings(world, rules, ping, () => this.close(1008, "Pong timeout"))
    this.frameRate = new FrameRate(() => world.timers.elapsed())
    this.delays = new Delays(timers, wire, (frame) => this.send(frame))
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
    this.pings.onPong(payload)
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
      this.pings.stop()
      this.lifetimeTimer.cancel()
      this.wire.freeze()
    }
  }

  stall(millis: number) {
    this.delays.stall(millis)
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
      this.delays.transmit(text, delay)
    }
    return isWhole
  }

  private get isDeaf() {
    return !this.isOpen || this.isHalfOpen
  }

  private countFrame(isControl: boolean): boolean {
    if (!isControl && this.rules.onlyControlFrames) {
      return true
    }
    if (this.frameRate.count() <= this.rules.framesPerSecond) {
      return true
    }
    this.world.journal.violation("TooManyFrames", `more than ${this.rules.framesPerSecond} in a second on ${this.path}`)
    this.close(1008, "Too many requests")
    return false
  }

  private end() {
    if (this.isOpen) {
      this.isOpen = false
      this.lifetimeTimer.cancel()
      this.pings.stop()
      this.delays.drop()
      this.onEnd()
    }
  }
}
