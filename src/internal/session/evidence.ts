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
 * What the frames of a connection prove: when the peer was last alive, and up to when everything has arrived.
 * Synchronous: it runs for every frame.
 */
export class Evidence {
  lastFrameAt: number
  lastEventAt: number | undefined
  /** Since when nothing has come: later than `lastFrameAt` if reading was held up. */
  silentSince: number
  /** Whether the peer was probed since its last frame. */
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

  /** A frame has arrived. Returns the current time. */
  frameArrived(): number {
    const now = this.options.clocks.wall()
    this.checkClock(now)
    this.lastFrameAt = now
    this.silentSince = now
    this.hasAsked = false
    return now
  }

  /** The server has sent something else of its own accord, such as a ping. */
  signOfLife() {
    const now = this.frameArrived()
    this.prove({ _tag: "Ping", at: now })
    if (this.probes.hasBeenAnswered && now - this.probes.lastSentAt >= this.options.probeAfter) {
      this.probe()
    }
  }

  /** The peer has answered a probe. */
  answered(id: number) {
    const now = this.frameArrived()
    if (!this.isClosed && !this.proof.hasEnded) {
      const sentAt = this.probes.answer(id)
      // A probe with a time in the future was sent before the clock was set back.
      if (sentAt !== undefined && sentAt <= now) {
        this.prove({ _tag: "Answer", sentAt })
      }
    }
  }

  /** From now on everything arrives. */
  live(at: number) {
    this.prove({ _tag: "Live", at })
    // At once: silence means something only for a socket that has answered before.
    this.probe()
  }

  /** An event of the account has arrived. `at` is when it happened, on the local clock. */
  event(at: number | undefined) {
    this.lastEventAt = this.lastFrameAt
    this.prove({ _tag: "Event", at: at ?? this.proof.until })
  }

  /** A frame about the connection has arrived. `at` is when it was sent, on the local clock. */
  control(at: number | undefined) {
    if (at !== undefined) {
      this.prove({ _tag: "Control", at })
    }
  }

  /** What still arrives proves nothing. */
  end() {
    this.prove({ _tag: "End" })
  }

  /** Ignores everything from now on. */
  close() {
    this.isClosed = true
  }

  /** Sends a probe. Returns its id, by which the answer is recognised. */
  probe(): number {
    const now = this.options.clocks.wall()
    // Probes are frequent enough to measure by how much a clock was set back.
    if (now >= this.compared.now) {
      this.compared = this.compareClocks(now)
    }
    const id = this.probes.next(now)
    this.sendProbe(id)
    return id
  }

  /** Sends a probe and waits for its answer. */
  askForAnswer(): Effect.Effect<void> {
    return Effect.suspend(() => this.probes.answerTo(this.probe()))
  }

  /** Converts a time of the server's clock to the local clock. */
  toLocal(time: number | undefined): number | undefined {
    return time === undefined ? undefined : this.options.serverClock.toLocal(time, this.lastFrameAt)
  }

  /** Up to when everything has arrived. `provenAt`: when a credential that may have been lost was last known to be valid. */
  completeUntil(provenAt?: number): number {
    return provenAt === undefined
      ? this.proof.until
      : Math.min(this.proof.until, Math.max(provenAt, this.proof.credentialUsedAt))
  }

  /** Reading was held up: starts the silence anew, and distrusts the times of reading. */
  readLate() {
    this.hasAsked = false
    this.silentSince = this.options.clocks.wall()
    this.prove({ _tag: "Late" })
    this.probe()
  }

  /** Detects that the clock was set back: then earlier times lie in the future. */
  checkClock(now: number) {
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
