import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import type { BinanceError } from "../../BinanceError.js"
import type { Cause } from "../../StreamNotice.js"
import type { Connection } from "../connection/connection.js"
import { type Frame, textOf } from "../decoder/frame.js"
import type { Receiver } from "../socket/receiver.js"
import { Handover, isLast } from "./handover.js"
import * as Probes from "./probes.js"
import * as Proof from "./proof.js"
import type { Settings } from "./settings.js"

/** What comes after a connection: for a loss there is nothing to wait for, a roll-over has a connection to lean on. */
export interface Turn {
  readonly _tag: "Lost" | "RollOver"
  readonly cause: Cause
}

export interface Options {
  readonly settings: Settings
  readonly now: () => number
  /** The same on a clock that nobody sets, in ms from some beginning. */
  readonly elapsed: () => number
  readonly serverClock: Proof.ServerClock
  readonly deliver: (link: Link, frame: Frame) => void
}

/**
 * A connection under watch: whether it holds what it brings or delivers it, when it last gave a sign of life, and up to
 * when everything that happened is known to have arrived. Synchronous: it runs for every frame.
 */
export class Link implements Receiver {
  connection: Connection | undefined
  liveAt = 0
  lastFrameAt: number
  lastEventAt: number | undefined
  /** Since when nothing has come: later than `lastFrameAt` where reading was held up. */
  silentSince: number
  /** Whether the peer has been asked for a sign of life since it gave the last one. */
  hasAsked = false
  isPaused = false
  readonly probes = new Probes.Probes()
  readonly handover: Handover

  private mode: "Holding" | "Delivering" | "Muted" = "Holding"
  private proof = Proof.unproven
  /** What both clocks showed when they were last compared. */
  private compared: Proof.Clocks

  constructor(
    readonly scope: Scope.CloseableScope,
    /** Completes when nothing will arrive any more. */
    readonly lost: Deferred.Deferred<Cause, BinanceError>,
    /** Completes when it is certain what has to be done next. */
    readonly turn: Deferred.Deferred<Turn, BinanceError>,
    /** Completes when it holds so much that it has to deliver soon. */
    readonly crowded: Deferred.Deferred<void>,
    private readonly options: Options
  ) {
    this.lastFrameAt = options.now()
    this.silentSince = this.lastFrameAt
    this.handover = new Handover(options.settings.buffer)
    this.compared = this.compareClocks(this.lastFrameAt)
  }

  onFrame(frame: Frame) {
    this.signOfLife()
    if (this.mode === "Delivering") {
      this.options.deliver(this, frame)
    } else if (this.mode === "Holding") {
      this.hold(textOf(frame))
    }
  }

  onSignOfLife() {
    const now = this.signOfLife()
    this.prove({ _tag: "Ping", at: now })
    if (this.probes.hasBeenAnswered && now - this.probes.lastSentAt >= this.options.settings.probeAfter) {
      this.probe()
    }
  }

  onProbeAnswer(id: number) {
    const now = this.signOfLife()
    if (this.mode !== "Muted" && !this.proof.hasEnded) {
      const sentAt = this.probes.answer(id)
      // A probe of the future was sent before the clock was set back.
      if (sentAt !== undefined && sentAt <= now) {
        this.prove({ _tag: "Answer", sentAt })
      }
    }
  }

  onLost(reason: Exit.Exit<Cause, BinanceError>) {
    if (!Exit.isInterrupted(reason)) {
      this.prove({ _tag: "End" })
      Deferred.unsafeDone(this.lost, reason)
      Deferred.unsafeDone(
        this.turn,
        Exit.map(reason, (cause) => ({ _tag: "Lost", cause }))
      )
    }
  }

  lose(cause: Cause) {
    this.onLost(Exit.succeed(cause))
  }

  /** Another connection has to take its place while this one is still good. */
  rollOver(cause: Cause) {
    Deferred.unsafeDone(this.turn, Exit.succeed({ _tag: "RollOver", cause }))
  }

  /** The connection is open and its credential accepted: everything from now on arrives. */
  attach(connection: Connection) {
    this.connection = connection
    this.liveAt = this.options.now()
    this.prove({ _tag: "Live", at: this.liveAt })
    // At once, because silence says nothing about a socket that has never answered.
    this.probe()
  }

  /** Asks the peer for a sign of life; the id tells whether it has answered. */
  probe(): number {
    const now = this.options.now()
    // Seldom enough, and often enough to know by how much a clock was set back.
    if (now >= this.compared.now) {
      this.compared = this.compareClocks(now)
    }
    const id = this.probes.next(now)
    this.connection?.probe(id)
    return id
  }

  /** Sends a probe, and waits until the peer has answered it. */
  askForAnswer(): Effect.Effect<void> {
    return Effect.suspend(() => this.probes.answerTo(this.probe()))
  }

  /** Its events are delivered from now on; returns those that were held. */
  startDelivering(): ReturnType<Handover["take"]> {
    this.mode = "Delivering"
    return this.handover.take()
  }

  /** Nothing that still arrives is of interest, nor that nothing arrives. */
  mute() {
    this.mode = "Muted"
    this.handover.take()
  }

  /** An event of the account has arrived, which happened at a local time. */
  proveByEvent(at: number | undefined) {
    this.lastEventAt = this.lastFrameAt
    this.prove({ _tag: "Event", at: at ?? this.proof.until })
  }

  /** A frame about the connection has arrived, which was sent at a local time. */
  proveByControl(at: number | undefined) {
    if (at !== undefined) {
      this.prove({ _tag: "Control", at })
    }
  }

  /** The local time of a time of the server's. */
  toLocal(time: number | undefined): number | undefined {
    return time === undefined ? undefined : this.options.serverClock.toLocal(time, this.lastFrameAt)
  }

  /**
   * Up to when everything is known to have arrived. If the credential may have been lost without a word, then only
   * events and the credential's own calls prove something: a socket with a dead key still answers pings.
   */
  completeUntil(isCredentialLost: boolean): number {
    const credentialProvenAt = this.connection?.credential.provenAt()
    return isCredentialLost && credentialProvenAt !== undefined
      ? Math.min(this.proof.until, Math.max(credentialProvenAt, this.proof.credentialUsedAt))
      : this.proof.until
  }

  setPaused(isPaused: boolean) {
    const flow = this.connection?.flow
    if (flow === undefined || isPaused === this.isPaused) {
      return
    }
    this.isPaused = isPaused
    if (isPaused) {
      flow.pause()
    } else {
      flow.resume()
      this.readLate()
    }
  }

  /** Reading was held up: gives the peer a fresh chance, and trusts no time of reading. */
  readLate() {
    this.hasAsked = false
    this.silentSince = this.options.now()
    this.prove({ _tag: "Late" })
    this.probe()
  }

  /** After the clock was set back, times that were taken before lie in the future. */
  heedClock(now: number) {
    if (now < this.silentSince) {
      const before = this.compared
      this.compared = this.compareClocks(now)
      this.silentSince = now
      this.prove({ _tag: "ClockSetBack", by: Proof.setBackBetween(before, this.compared) })
      this.probe()
    }
  }

  private compareClocks(now: number): Proof.Clocks {
    const clocks = { now, elapsed: this.options.elapsed() }
    this.options.serverClock.compare(clocks)
    return clocks
  }

  private signOfLife(): number {
    const now = this.options.now()
    this.heedClock(now)
    this.lastFrameAt = now
    this.silentSince = now
    this.hasAsked = false
    return now
  }

  private hold(text: string) {
    this.handover.receive(text)
    if (isLast(text)) {
      // It ends the connection only when it is delivered, but nothing behind it proves anything.
      this.prove({ _tag: "End" })
    }
    const { fullness } = this.handover
    if (fullness > 1) {
      this.lose({ _tag: "Overflow", dropped: 1 })
    } else if (fullness > 0.5) {
      Deferred.unsafeDone(this.crowded, Exit.void)
    }
  }

  private prove(signal: Proof.Signal) {
    if (this.mode !== "Muted") {
      this.proof = Proof.step(this.proof, signal)
    }
  }
}
