import * as Deferred from "effect/Deferred"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import type { BinanceError } from "../../BinanceError.js"
import type { Cause } from "../../StreamNotice.js"
import type { Connection } from "../connection/connection.js"
import { type Frame, textOf } from "../decoder/frame.js"
import type { Receiver } from "../socket/receiver.js"
import { Evidence, type Options as EvidenceOptions } from "./evidence.js"
import { Handover, isLast } from "./handover.js"
import type { Settings } from "./settings.js"

/** What follows a connection: after a loss a new one, or a roll-over while this one is still good. */
export interface Turn {
  readonly _tag: "Lost" | "RollOver"
  readonly cause: Cause
}

export interface Options {
  readonly settings: Settings
  readonly evidence: EvidenceOptions
  readonly deliver: (link: Link, frame: Frame) => void
}

/** A connection, which holds what it brings or delivers it, until it ends. Synchronous: it runs for every frame. */
export class Link implements Receiver {
  connection: Connection | undefined
  liveAt = 0
  isPaused = false
  readonly evidence: Evidence
  readonly handover: Handover

  private mode: "Holding" | "Delivering" | "Muted" = "Holding"

  constructor(
    readonly scope: Scope.CloseableScope,
    /** Completes when nothing will arrive any more. */
    readonly lost: Deferred.Deferred<Cause, BinanceError>,
    /** Completes when it is clear what has to be done next. */
    readonly turn: Deferred.Deferred<Turn, BinanceError>,
    /** Completes when it holds so much that it has to deliver soon. */
    readonly crowded: Deferred.Deferred<void>,
    private readonly options: Options
  ) {
    this.evidence = new Evidence(options.evidence, (id) => this.connection?.probe(id))
    this.handover = new Handover(options.settings.buffer)
  }

  onFrame(frame: Frame) {
    this.evidence.signOfLife()
    if (this.mode === "Delivering") {
      this.options.deliver(this, frame)
    } else if (this.mode === "Holding") {
      this.hold(textOf(frame))
    }
  }

  onSignOfLife() {
    this.evidence.pinged()
  }

  onProbeAnswer(id: number) {
    this.evidence.answered(id)
  }

  onLost(reason: Exit.Exit<Cause, BinanceError>) {
    if (!Exit.isInterrupted(reason)) {
      this.evidence.end()
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
  attach(connection: Connection, at: number) {
    this.connection = connection
    this.liveAt = at
    this.evidence.live(at)
  }

  /** Its events are delivered from now on; returns those that were held. */
  startDelivering(): ReturnType<Handover["take"]> {
    this.mode = "Delivering"
    return this.handover.take()
  }

  /** Ignores everything from now on, silence included. */
  mute() {
    this.mode = "Muted"
    this.evidence.close()
    this.handover.take()
  }

  /**
   * Up to when everything is known to have arrived. If the credential may have been lost silently, only events and
   * the credential's own calls prove anything: a socket with a dead key still answers pings.
   */
  completeUntil(isCredentialLost: boolean): number {
    return this.evidence.completeUntil(isCredentialLost ? this.connection?.credential.provenAt() : undefined)
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
      this.evidence.readLate()
    }
  }

  private hold(text: string) {
    this.handover.receive(text)
    if (isLast(text)) {
      // It ends the connection only when it is delivered, but nothing after it proves anything.
      this.evidence.end()
    }
    const { fullness } = this.handover
    if (fullness > 1) {
      this.lose({ _tag: "Overflow", dropped: 1 })
    } else if (fullness > 0.5) {
      Deferred.unsafeDone(this.crowded, Exit.void)
    }
  }
}
