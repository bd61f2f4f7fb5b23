import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import type { BinanceError } from "../BinanceError.js"
import type { Cause } from "../StreamNotice.js"
import type { Connection, Receiver } from "./connection.js"
import { type Frame, textOf } from "./frame.js"
import type { Timer, Timers } from "./timers.js"

/** What comes after a connection: for a loss there is nothing to wait for, a roll-over has a connection to lean on. */
export interface Turn {
  readonly _tag: "Recover" | "RollOver"
  readonly cause: Cause
}

/** Whoever has to do it. */
export interface Follower {
  readonly onTurn: (link: Link, turn: Exit.Exit<Turn, BinanceError>) => void
}

export interface Options {
  readonly now: () => number
  readonly timers: Timers
  /** After how long without any frame the peer is asked for a sign of life, in ms. */
  readonly probeAfter: number
  /** After how long without any frame a connection is given up, once it has answered a probe, in ms. */
  readonly deadline: number
  /** The same for a connection that never answered a probe but shows the server's pings, in ms. */
  readonly pingDeadline: number
  /** Takes what the link delivers. */
  readonly deliver: (link: Link, frame: Frame) => void
  /** How much a link may hold back while it is not yet the one that delivers. */
  readonly held: { readonly elements: number; readonly bytes: number }
}

interface Probe {
  readonly id: number
  readonly sentAt: number
  readonly onAnswer: (() => void) | undefined
}

/** Ids of probes are unique in the process: several links may share a socket. */
let probes = 0

/** What was in flight when a frame came may be this much older than the frame, in ms. */
export const flightTime = 1000

/** A timer that is this late means that the process or its machine was asleep, in ms. */
const sleepTolerance = 5000

const none: ReadonlyArray<never> = []

type Lost = Exit.Exit<Cause, BinanceError>

/**
 * A connection under watch: what it holds back, when it last gave a sign of life, and up to when everything that
 * happened is known to have arrived.
 *
 * Callbacks instead of deferreds, and methods instead of closures, because thousands of them lie idle.
 */
export class Link implements Receiver {
  connection: Connection | undefined
  liveAt = 0
  lastFrameAt: number
  lastEventAt: number | undefined

  private mode: "Holding" | "Delivering" | "Muted" = "Holding"
  private held: Array<string> = []
  private heldBytes = 0
  private provenAt = 0
  private credentialUsedAt = 0
  /** Until this probe is answered frames may have waited unread: the time at which they are read says nothing. */
  private behind: number | undefined
  private probedAt = 0
  private isPaused = false
  private silentSince: number
  /** Probes that wait for their answers, the oldest first. */
  private probes: ReadonlyArray<Probe> = none
  private hasAnsweredProbe = false
  /** Whether the peer has been asked for a sign of life since it gave the last one. */
  private hasAsked = false
  private watchTimer: Timer | undefined
  private watchDue = 0
  private rolloverTimer: Timer | undefined
  private loss: Lost | undefined
  private onLoss: ReadonlyArray<(loss: Lost) => void> = none
  private turn: Exit.Exit<Turn, BinanceError> | undefined
  private follower: Follower | undefined

  constructor(
    readonly scope: Scope.CloseableScope,
    private readonly options: Options
  ) {
    this.lastFrameAt = options.now()
    this.silentSince = this.lastFrameAt
  }

  onFrame(frame: Frame) {
    this.alive()
    if (this.mode === "Delivering") {
      this.options.deliver(this, frame)
    } else if (this.mode === "Holding") {
      this.hold(textOf(frame))
    }
  }

  onSignOfLife() {
    const now = this.alive()
    // When a frame is read says little about when it was sent; the answer to a probe says more.
    if (this.hasAnsweredProbe) {
      if (now - this.probedAt >= this.options.probeAfter) {
        this.sendProbe()
      }
    } else if (this.behind === undefined) {
      this.proveUpTo(now)
    }
  }

  onProbeAnswer(id: number) {
    this.alive()
    this.hasAnsweredProbe = true
    // What answers a later probe, perhaps one of another link at the same socket, answers the earlier ones as well.
    const answered = this.probes.filter((probe) => probe.id <= id)
    this.probes = this.probes.filter((probe) => probe.id > id)
    for (const { onAnswer, sentAt } of answered) {
      this.proveUpTo(sentAt)
      onAnswer?.()
    }
    if (this.behind !== undefined && id >= this.behind) {
      this.behind = undefined
    }
  }

  onLost(reason: Lost) {
    if (Exit.isInterrupted(reason)) {
      return
    }
    if (this.loss === undefined) {
      this.loss = reason
      for (const tell of this.onLoss) {
        tell(reason)
      }
      this.onLoss = none
    }
    this.decide(Exit.map(reason, (cause) => ({ _tag: "Recover", cause })))
  }

  get isLost(): boolean {
    return this.loss !== undefined
  }

  /** Completes when nothing will arrive any more. */
  get lost(): Effect.Effect<Cause, BinanceError> {
    return Effect.async((resume) => {
      if (this.loss !== undefined) {
        return resume(this.loss)
      }
      this.onLoss = this.onLoss.concat(resume)
      return Effect.sync(() => {
        this.onLoss = this.onLoss.filter((other) => other !== resume)
      })
    })
  }

  /** Tells once it is certain what has to be done next: perhaps at once. */
  tellTurn(follower: Follower) {
    if (this.turn === undefined) {
      this.follower = follower
    } else {
      follower.onTurn(this, this.turn)
    }
  }

  private decide(turn: Exit.Exit<Turn, BinanceError>) {
    if (this.turn === undefined) {
      this.turn = turn
      this.follower?.onTurn(this, turn)
      this.follower = undefined
    }
  }

  private alive(): number {
    const now = this.options.now()
    this.heedClock(now)
    this.lastFrameAt = now
    this.silentSince = now
    this.hasAsked = false
    return now
  }

  /** After the clock was set back, times that were taken before lie in the future. */
  private heedClock(now: number) {
    if (now < this.silentSince) {
      this.silentSince = now
      this.provenAt = Math.min(this.provenAt, now - this.options.probeAfter - flightTime)
    }
  }

  private hold(text: string) {
    this.heldBytes += text.length
    if (this.held.length >= this.options.held.elements || this.heldBytes > this.options.held.bytes) {
      this.lose({ _tag: "Overflow", dropped: 1 })
    } else {
      this.held.push(text)
    }
  }

  /** What a muted connection says counts no more: its events are not looked at. */
  private proveUpTo(time: number) {
    if (this.mode !== "Muted") {
      this.provenAt = Math.max(this.provenAt, time - flightTime)
    }
  }

  /** The connection is open and its credential accepted: everything from now on arrives. */
  attach(connection: Connection) {
    this.connection = connection
    this.liveAt = this.options.now()
    this.provenAt = this.liveAt
    // At once, because silence says nothing about a socket that has never answered.
    this.sendProbe()
  }

  /** A frame that was made at `time` has arrived: so has all that was sent before it. */
  proveByFrame(time: number | undefined) {
    if (time !== undefined) {
      this.proveUpTo(Math.min(time, this.lastFrameAt))
    }
  }

  /** An event of the account, moreover, proves that its credential was good. */
  proveByEvent(time: number | undefined) {
    this.proveByFrame(time)
    this.lastEventAt = this.lastFrameAt
    this.credentialUsedAt = Math.min(time ?? this.lastFrameAt, this.lastFrameAt)
  }

  /**
   * Up to when everything is known to have arrived. If the credential may have been lost without a word, then only
   * events and the credential's own calls prove something: a socket with a dead key still answers pings.
   */
  completeUntil(credentialLost: boolean): number {
    const credentialProvenAt = this.connection?.credential.provenAt()
    return credentialLost && credentialProvenAt !== undefined
      ? Math.min(this.provenAt, Math.max(credentialProvenAt, this.credentialUsedAt))
      : this.provenAt
  }

  lose(cause: Cause) {
    this.onLost(Exit.succeed(cause))
  }

  /** Another connection has to take its place while this one is still good. */
  rollOver(cause: Cause) {
    this.decide(Exit.succeed({ _tag: "RollOver", cause }))
  }

  rollOverAfter(delay: number, cause: Cause) {
    this.rolloverTimer?.cancel()
    this.rolloverTimer = this.options.timers.after(Math.max(0, delay), () => this.rollOver(cause))
  }

  /** From now on frames are delivered as they come; returns what was held back until now. */
  startDelivering(): ReadonlyArray<string> {
    const held = this.held
    this.mode = "Delivering"
    this.held = []
    this.heldBytes = 0
    return held
  }

  get holdsNothing(): boolean {
    return this.held.length === 0
  }

  countHeld(predicate: (text: string) => boolean): number {
    return this.held.filter(predicate).length
  }

  /** Nothing that still arrives is of interest, nor that nothing arrives. */
  mute() {
    this.mode = "Muted"
    this.held = []
    this.watchTimer?.cancel()
    this.rolloverTimer?.cancel()
  }

  /** Completes when the peer has answered a probe that was sent after this call. */
  get proof(): Effect.Effect<void> {
    return Effect.async((resume) => {
      this.sendProbe(() => resume(Effect.void))
    })
  }

  private sendProbe(onAnswer?: () => void): number {
    const id = ++probes
    this.probedAt = this.options.now()
    this.probes = this.probes.concat({ id, sentAt: this.probedAt, onAnswer })
    this.connection?.probe(id)
    return id
  }

  setPaused(paused: boolean) {
    const flow = this.connection?.flow
    if (flow === undefined || paused === this.isPaused) {
      return
    }
    this.isPaused = paused
    if (paused) {
      flow.pause()
    } else {
      flow.resume()
      this.mayBeBehind()
    }
  }

  private patience(): number {
    return this.hasAnsweredProbe
      ? this.options.deadline
      : this.connection?.showsPings === true
        ? this.options.pingDeadline
        : Number.POSITIVE_INFINITY
  }

  /** Probes a silent connection, and gives it up when it stays silent. */
  watch(): void {
    const now = this.options.now()
    const probeAfter = Math.max(1000, this.options.probeAfter)
    this.heedClock(now)
    const silence = now - this.silentSince
    const left = this.patience() - silence
    if (this.isPaused || silence < probeAfter) {
      this.watchAgainAfter(this.isPaused ? probeAfter : probeAfter - silence)
      return
    }
    if (left <= 0 && this.hasAsked) {
      this.lose({ _tag: "HalfOpen", silence: now - this.lastFrameAt })
      return
    }
    this.hasAsked = true
    this.sendProbe()
    this.watchAgainAfter(left > 0 ? Math.min(left, probeAfter) : probeAfter)
  }

  private watchAgainAfter(delay: number) {
    this.watchDue = this.options.now() + delay
    this.watchTimer = this.options.timers.after(delay, () => this.watchAgain())
  }

  private watchAgain() {
    if (this.options.now() - this.watchDue > sleepTolerance) {
      this.mayBeBehind()
    }
    this.watch()
  }

  /** Reading was held up: gives the peer a fresh chance, and trusts no time of arrival until it has answered. */
  private mayBeBehind() {
    this.hasAsked = false
    this.silentSince = this.options.now()
    this.behind = this.sendProbe()
  }
}
