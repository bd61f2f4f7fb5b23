import type { PCGRandom } from "effect/Utils"
import { stringify } from "lossless-json"
import type { Product } from "../../Environment.js"
import type * as Fault from "../Fault.js"
import { Accounts } from "./accounts.js"
import { ListenKeys, ListenTokens } from "./credentials.js"
import { Exchange } from "./exchange/exchange.js"
import { WaitingFaults } from "./faults/waiting.js"
import { Journal } from "./journal.js"
import type { Peer } from "./peer.js"
import type { Settings } from "./settings.js"
import { nameOf, Subscribers, type Whose } from "./subscribers.js"
import type { Timers } from "./timers.js"
import { type Excess, type Pool, Weights } from "./weights.js"

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/**
 * All that the simulated Binance knows.
 */
export class World {
  readonly accounts = new Accounts()
  readonly journal: Journal
  readonly keys: ListenKeys
  readonly tokens: ListenTokens
  readonly subscribers: Subscribers
  readonly weights: Weights
  readonly faults: WaitingFaults
  readonly exchange: Exchange
  readonly connections = new Map<number, Peer>()

  skew = 0
  /** Of each account, whether anybody listens or not. */
  private readonly eventsMade = new Map<string, number>()
  private nextConnectionId = 1

  constructor(
    readonly timers: Timers,
    private readonly random: PCGRandom,
    readonly settings: Settings
  ) {
    const now = () => timers.now()
    this.journal = new Journal(now)
    this.weights = new Weights(now)
    this.faults = new WaitingFaults(now)
    this.keys = new ListenKeys(
      timers,
      () => this.text(64),
      (key) => this.subscribers.announceExpiry(key, this.serverTime())
    )
    this.tokens = new ListenTokens(timers, () => this.text(64))
    this.subscribers = new Subscribers(this.keys)
    this.exchange = new Exchange({
      now: () => this.serverTime(),
      at: (time, action) => {
        timers.after(time - this.serverTime(), action)
      },
      text: (length) => this.text(length),
      firstId: settings.firstId,
      isHeard: (whose) => this.subscribers.has(whose),
      pushesByClock: settings.pushesByClock,
      push: (whose, event) => {
        this.eventsMade.set(nameOf(whose), this.madeOf(whose) + 1)
        const made = this.subscribers.has(whose) ? event() : undefined
        if (made !== undefined) {
          this.subscribers.deliver(whose, stringify(made) ?? "")
        }
      }
    })
  }

  now(): number {
    return this.timers.now()
  }

  /** What the server's clock shows. */
  serverTime(): number {
    return this.timers.now() + this.skew
  }

  integer(below: number): number {
    return this.random.integer(below)
  }

  text(length: number): string {
    let text = ""
    for (let i = 0; i < length; i++) {
      text += alphabet[this.random.integer(alphabet.length)]
    }
    return text
  }

  connectionId(): number {
    return this.nextConnectionId++
  }

  /** Sends an event to everybody who listens to an account's product, and tells how many sockets got it. */
  deliver(product: Product, account: string, symbol: string | undefined, text: string): number {
    return this.subscribers.deliver({ product, account, symbol }, text)
  }

  /** Counts weight against a pool, and tells why that is refused if limits are enforced. */
  use(pool: Pool, weight: number): Excess | undefined {
    const { weights } = this
    const ban = this.settings.enforceLimits ? weights.ban(pool) : undefined
    if (ban !== undefined) {
      return ban
    }
    const { isFirstBeyond, isWithin } = weights.use(pool, weight)
    if (isFirstBeyond) {
      this.journal.violation("WeightExceeded", pool)
    }
    return isWithin || !this.settings.enforceLimits ? undefined : weights.refuse(pool)
  }

  /** How many events of an account there were. */
  madeOf(whose: Whose): number {
    return this.eventsMade.get(nameOf(whose)) ?? 0
  }

  matching(sockets: Fault.Sockets): Array<Peer> {
    return Array.from(this.connections.values()).filter((peer) => peer.isOpen && peer.matches(sockets))
  }
}
