import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { BinanceError } from "../../BinanceError.js"
import type { Cause } from "../../StreamNotice.js"
import { clocks } from "../clock.js"
import type { Signals } from "../socket/receiver.js"
import * as Api from "../webSocketApi/api.js"

export interface Options extends Api.WatchedOptions {
  /** New connections do not join sockets older than this, in ms. */
  readonly freshFor: number
}

/** A socket that is silent for longer may be half-open, in ms. Binance pings every 20 seconds. */
const longestSilence = 40_000

/** The connections that share a socket. Passes the signals of the socket to each of them. */
export class Sharers implements Signals {
  private readonly signals = new Set<Signals>()
  private count = 0
  private logger: Signals | undefined
  private lost: Exit.Exit<Cause, BinanceError> | undefined
  /** Whether new connections must not join this socket. */
  isGoingAway = false

  constructor(
    /** The clock that nobody sets. */
    private readonly now: () => number,
    public lastFrameAt = now()
  ) {}

  get size(): number {
    return this.signals.size
  }

  add(signals: Signals) {
    this.signals.add(signals)
    this.count = Math.max(this.count, this.signals.size)
    if (this.lost !== undefined) {
      signals.onLost(this.lost)
    }
  }

  remove(signals: Signals) {
    this.signals.delete(signals)
  }

  /** How many connections shared the socket when its last frame arrived. */
  countAtLastFrame(): number {
    return this.count
  }

  /**
   * Whether this connection logs for all that share the socket. It still does after it has left a silent or lost socket:
   * the others leave for the same reason.
   */
  isLogger(signals: Signals): boolean {
    this.logger ??= this.signals.values().next().value
    return this.logger === signals
  }

  onSignOfLife() {
    this.alive()
    for (const signals of this.signals) {
      signals.onSignOfLife()
    }
  }

  onProbeAnswer(id: number) {
    this.alive()
    for (const signals of this.signals) {
      signals.onProbeAnswer(id)
    }
  }

  onLost(reason: Exit.Exit<Cause, BinanceError>) {
    this.lost ??= reason
    this.isGoingAway = true
    for (const signals of this.signals) {
      signals.onLost(reason)
    }
  }

  /** Passes on nothing from now on. */
  clear() {
    this.signals.clear()
  }

  private alive() {
    this.lastFrameAt = this.now()
    this.logger = undefined
    this.count = this.signals.size
  }
}

/** A socket that several connections share until the last of them leaves. */
export interface SharedSocket {
  readonly api: Api.Watched
  readonly sharers: Sharers
  readonly scope: Scope.CloseableScope
  /** How long ago it was opened, in ms. */
  readonly age: () => number
}

type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/** Uninterruptible except for the opening itself, which may wait for the end of a ban. */
const open = (options: Options, now: () => number, parent: Scope.Scope, restore: Restore) =>
  Effect.gen(function* () {
    const scope = yield* Scope.fork(parent, parent.strategy)
    const sharers = new Sharers(now)
    const api = yield* restore(Scope.extend(Api.make(options, sharers), scope)).pipe(
      Effect.onError(() => Scope.close(scope, Exit.void))
    )
    // Our own close is not a loss.
    yield* Scope.addFinalizer(
      scope,
      Effect.sync(() => sharers.clear())
    )
    const openedAt = now()
    return { api, sharers, scope, age: () => now() - openedAt }
  })

const leave = ({ scope, sharers }: SharedSocket, signals: Signals) =>
  Effect.suspend(() => {
    sharers.remove(signals)
    if (sharers.size > 0) {
      return Effect.void
    }
    sharers.isGoingAway = true
    return Scope.close(scope, Exit.void)
  })

/**
 * Makes `join`, which shares the newest socket until the scope closes. A socket that is old, silent or going away takes
 * no new connections, and stays open for those it has. (An `RcRef` would close it under them.)
 */
export const make = (options: Options) =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    // Forked first, so that it closes after the sessions, which close their own connections.
    const parent = yield* Scope.fork(scope, scope.strategy)
    const { monotonic: now } = yield* clocks
    const services = yield* Api.services
    const gate = yield* Effect.makeSemaphore(1)
    let newest: SharedSocket | undefined
    let clockOffset = 0

    const isUsable = ({ age, sharers }: SharedSocket): boolean =>
      !sharers.isGoingAway && age() < options.freshFor && now() - sharers.lastFrameAt < longestSilence

    const usable = (restore: Restore) =>
      Effect.gen(function* () {
        if (newest === undefined || !isUsable(newest)) {
          clockOffset = newest === undefined ? clockOffset : yield* newest.api.clockOffset
          newest = yield* Effect.provide(open({ ...options, clockOffset }, now, parent, restore), services)
        }
        return newest
      })

    return (signals: Signals): Effect.Effect<SharedSocket, BinanceError, Scope.Scope> =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          const socket = yield* usable(restore)
          socket.sharers.add(signals)
          yield* Effect.addFinalizer(() => leave(socket, signals))
          return socket
        })
      ).pipe(gate.withPermits(1))
  })
