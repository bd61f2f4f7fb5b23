import * as Effect from "effect/Effect"
import type { Clocks } from "../clock.js"
import { Probes } from "./probes.js"
import * as Proof from "./proof.js"

export interface Options {
  readonly clocks: Clocks
  readonly serverClock: Proof.ServerClock
  /** How long a peer may be silent before it is probed, in ms. */
  readonly probeAfter: number
}

/**
 * What a connection has shown: when it last gave a sign of life, and up to when everything that happened is known to
 * have arrived. Synchronous: it runs for every frame.
 */
export class Evidence {
  lastFrameAt: number
  lastEventAt: number | undefined
  /** Since when nothing has come: later than `lastFrameAt` where reading was held up. */
  silentSince: number
  /** Whether the peer has been asked for a sign of life since it gave the last one. */
  hasAsked = false
  readonly probes = new Probes()

  private isClosed = false
  private proof = Proof.unproven
  /** What both clocks showed when they were last compared. */
  private compared: Proof.Reading

  constructor(
    private readonly options: Options,
    private readonly sendProbe: (id: number) => void
  ) {
    this.lastFrameAt = options.clocks.wall()
    this.silentSince = this.lastFrameAt
    this.compared = this.compareClocks(this.lastFrameAt)
  }

  /** A frame has arrived. Returns the time. */
  signOfLife(): number {
    const now = this.options.clocks.wall()
    this.heedClock(now)
    this.lastFrameAt = now
    this.silentSince = now
    this.hasAsked = false
    return now
  }

  /** The server has sent something unasked. */
  pinged() {
    const now = this.signOfLife()
    this.prove({ _tag: "Ping", at: now })
    if (this.probes.hasBeenAnswered && now - this.probes.lastSentAt >= this.options.probeAfter) {
      this.probe()
    }
  }

  /** The peer has answered a probe. */
  answered(id: number) {
    const now = this.signOfLife()
    if (!this.isClosed && !this.proof.hasEnded) {
      const sentAt = this.probes.answer(id)
      // A probe of the future was sent before the clock was set back.
      if (sentAt !== undefined && sentAt <= now) {
        this.prove({ _tag: "Answer", sentAt })
      }
    }
  }

  /** Everything from now on arrives. */
  live(at: number) {
    this.prove({ _tag: "Live", at })
    // At once, because silence says nothing about a socket that has never answered.
    this.probe()
  }

  /** An event of the account has arrived, which happened at a local time. */
  event(at: number | undefined) {
    this.lastEventAt = this.lastFrameAt
    this.prove({ _tag: "Event", at: at ?? this.proof.until })
  }

  /** A frame about the connection has arrived, which was sent at a local time. */
  control(at: number | undefined) {
    if (at !== undefined) {
      this.prove({ _tag: "Control", at })
    }
  }

  /** Whatever still arrives proves nothing. */
  end() {
    this.prove({ _tag: "End" })
  }

  /** Ignores everything from now on. */
  close() {
    this.isClosed = true
  }

  /** Asks the peer for a sign of life; the id tells whether it has answered. */
  probe(): number {
    const now = this.options.clocks.wall()
    // Here, because it happens often enough to tell by how much a clock was set back.
    if (now >= this.compared.now) {
      this.compared = this.compareClocks(now)
    }
    const id = this.probes.next(now)
    this.sendProbe(id)
    return id
  }

  /** Sends a probe, and waits until the peer has answered it. */
  askForAnswer(): Effect.Effect<void> {
    return Effect.suspend(() => this.probes.answerTo(this.probe()))
  }

  /** The local time of a time of the server's. */
  toLocal(time: number | undefined): number | undefined {
    return time === undefined ? undefined : this.options.serverClock.toLocal(time, this.lastFrameAt)
  }

  /** Up to when everything has arrived. `provenAt`: when a credential that may have been lost was last known to be good. */
  completeUntil(provenAt?: number): number {
    return provenAt === undefined
      ? this.proof.until
      : Math.min(this.proof.until, Math.max(provenAt, this.proof.credentialUsedAt))
  }

  /** Reading was held up: gives the peer a fresh chance, and trusts no time of reading. */
  readLate() {
    this.hasAsked = false
    this.silentSince = this.options.clocks.wall()
    this.prove({ _tag: "Late" })
    this.probe()
  }

  /** Notices that the clock was set back: times taken before now lie in the future. */
  heedClock(now: number) {
    if (now < this.silentSince) {
      const before = this.compared
      this.compared = this.compareClocks(now)
      this.silentSince = now
      this.prove({ _tag: "ClockSetBack", by: Proof.setBackBetween(before, this.compared) })
      this.probe()
    }
  }

  private compareClocks(now: number): Proof.Reading {
    const reading = { now, elapsed: this.options.clocks.monotonic() }
    this.options.serverClock.compare(reading)
    return reading
  }

  private prove(signal: Proof.Signal) {
    if (!this.isClosed) {
      this.proof = Proof.step(this.proof, signal)
    }
  }
}
