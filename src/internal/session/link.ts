import * as Deferred from "effect/Deferred"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import type { BinanceError } from "../../BinanceError.js"
import type { Cause } from "../../StreamNotice.js"
import type { Connection } from "../connection/connection.js"
import type { Receiver } from "../socket/receiver.js"
import { Evidence, type Options as EvidenceOptions } from "./evidence.js"
import { Handover, isLast } from "./handover.js"
import type { Settings } from "./settings.js"

/** Why a connection has to be replaced: it was lost, or a roll-over is due while it is still good. */
export interface Replacement {
  readonly _tag: "Lost" | "RollOver"
  readonly cause: Cause
}

export interface Options {
  readonly settings: Settings
  readonly evidence: EvidenceOptions
  readonly deliver: (link: Link, text: string) => void
}

/** A connection that first holds its events and then delivers them. Synchronous: it runs for every frame. */
export class Link implements Receiver {
  connection: Connection | undefined
  liveAt = 0
  /** When it is due to be replaced because of its age, in epoch ms. */
  rolloverAt = 0
  isPaused = false
  readonly evidence: Evidence
  readonly handover: Handover

  private mode: "Holding" | "Delivering" | "Muted" = "Holding"

  constructor(
    readonly scope: Scope.CloseableScope,
    /** Completes when nothing more will arrive. */
    readonly lost: Deferred.Deferred<Cause, BinanceError>,
    /** Completes when the connection has to be replaced. */
    readonly replacement: Deferred.Deferred<Replacement, BinanceError>,
    /** Completes when the held events fill half of the buffer. */
    readonly halfFull: Deferred.Deferred<void>,
    private readonly options: Options
  ) {
    this.evidence = new Evidence(options.evidence, (id) => this.connection?.probe(id))
    this.handover = new Handover(options.settings.buffer)
  }

  onFrame(text: string) {
    this.evidence.frameArrived()
    if (this.mode === "Delivering") {
      this.options.deliver(this, text)
    } else if (this.mode === "Holding") {
      this.hold(text)
    }
  }

  onSignOfLife() {
    this.evidence.signOfLife()
  }

  onProbeAnswer(id: number) {
    this.evidence.answered(id)
  }

  onLost(reason: Exit.Exit<Cause, BinanceError>) {
    if (!Exit.isInterrupted(reason)) {
      this.evidence.end()
      Deferred.unsafeDone(this.lost, reason)
      Deferred.unsafeDone(
        this.replacement,
        Exit.map(reason, (cause) => ({ _tag: "Lost", cause }))
      )
    }
  }

  lose(cause: Cause) {
    this.onLost(Exit.succeed(cause))
  }

  /** Asks for a new connection while this one is still good. */
  rollOver(cause: Cause) {
    Deferred.unsafeDone(this.replacement, Exit.succeed({ _tag: "RollOver", cause }))
  }

  /** The connection is open and its credential accepted: from now on everything arrives. */
  attach(connection: Connection, at: number, lifetime: number) {
    this.connection = connection
    this.liveAt = at
    this.rolloverAt = connection.openedAt + lifetime
    this.evidence.live(at)
  }

  /** Delivers its events from now on. Returns those that it held. */
  startDelivering(): ReturnType<Handover["take"]> {
    this.mode = "Delivering"
    return this.handover.take()
  }

  /** Ignores everything from now on. */
  mute() {
    this.mode = "Muted"
    this.evidence.close()
    this.handover.take()
  }

  /**
   * The time up to which everything is known to have arrived. If the credential may have been lost silently, only events
   * and calls that use the credential prove anything: a socket with a dead key still answers pings.
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
      // The loss is reported when this event is delivered, but nothing after it proves anything.
      this.evidence.end()
    }
    if (this.handover.fullness > 0.5) {
      Deferred.unsafeDone(this.halfFull, Exit.void)
    }
  }
}
