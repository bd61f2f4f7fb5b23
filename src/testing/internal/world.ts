import type { PCGRandom } from "effect/Utils"
import type { Product } from "../../Environment.js"
import type { Timers } from "../../internal/timers.js"
import type * as Fault from "../Fault.js"
import { Accounts } from "./accounts.js"
import type { Subscription } from "./apiConnection.js"
import type { Connection } from "./connection.js"
import { type ListenKey, ListenKeys, ListenTokens } from "./credentials.js"
import { Journal } from "./journal.js"
import { eventName, familyOf, listenKeyExpired, productOn } from "./products.js"
import type { StreamConnection } from "./streamConnection.js"

export interface Cadence {
  /** ms */
  readonly pingInterval: number
  /** ms */
  readonly pongTimeout: number
}

export interface Settings {
  readonly retired: boolean
  readonly enforceLimits: boolean
  /** ms */
  readonly lifetime: number
  readonly lifetimeCloseCode: number
  readonly cadence: {
    readonly webSocketApi: Cadence
    readonly futures: Cadence
    readonly options: Cadence
  }
  readonly maxSubscriptions: number
  readonly maxSubscriptionIds: number
}

type FrameFault = Extract<Fault.Fault, { readonly _tag: "Frame" | "DelayFrames" }>

interface Waiting<A> {
  readonly fault: A
  left: number
  readonly until: number
}

const subscriberOf = (owner: {
  readonly product: Product
  readonly account: string
  readonly symbol: string | undefined
}) => `${owner.product} ${owner.symbol ?? ""} ${owner.account}`

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/** Weight per minute and IP. */
const pools = { spot: 6000, futures: 2400, options: 400, portfolioMargin: 6000, sapi: 12000 }

export type Pool = keyof typeof pools

const endpointMatches = (pattern: string | undefined, endpoint: string, path: string) =>
  pattern === undefined || pattern === endpoint || pattern === path

/**
 * All that the simulated Binance knows.
 */
export class World {
  readonly accounts = new Accounts()
  readonly journal: Journal
  readonly keys: ListenKeys
  readonly tokens: ListenTokens
  readonly connections = new Map<number, Connection>()
  /** Which sockets carry a stream name. */
  readonly listeners = new Map<string, Set<StreamConnection>>()

  /** Which subscriptions of WebSocket APIs an account's events go to. */
  private readonly subscriptions = new Map<string, Set<Subscription>>()

  skew = 0
  private nextConnectionId = 1
  private requestFaults: Array<Waiting<Extract<Fault.Fault, { readonly _tag: "Request" }>>> = []
  private connectFaults: Array<Waiting<Extract<Fault.Fault, { readonly _tag: "Connect" }>>> = []
  private frameFaults: Array<Waiting<FrameFault>> = []
  private readonly weights = new Map<Pool, { readonly minute: number; used: number }>()

  constructor(
    readonly timers: Timers,
    private readonly random: PCGRandom,
    readonly settings: Settings
  ) {
    this.journal = new Journal(() => timers.now())
    this.keys = new ListenKeys(
      timers,
      () => this.text(64),
      (key) => this.onKeyExpired(key)
    )
    this.tokens = new ListenTokens(timers, () => this.text(64))
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

  subscribe(subscription: Subscription) {
    const id = subscriberOf(subscription)
    const set = this.subscriptions.get(id)
    if (set === undefined) {
      this.subscriptions.set(id, new Set([subscription]))
    } else {
      set.add(subscription)
    }
  }

  unsubscribe(subscription: Subscription) {
    const id = subscriberOf(subscription)
    const set = this.subscriptions.get(id)
    set?.delete(subscription)
    if (set?.size === 0) {
      this.subscriptions.delete(id)
    }
  }

  get subscriptionCount(): number {
    let count = 0
    for (const set of this.subscriptions.values()) {
      count += set.size
    }
    return count
  }

  /** Sends an event to everybody who listens to an account's product, and tells how many sockets got it. */
  deliver(product: Product, account: string, symbol: string | undefined, text: string): number {
    const name = eventName(text)
    let count = 0
    const key = this.keys.active({ family: familyOf(product), account, symbol })
    if (key !== undefined) {
      for (const connection of Array.from(this.listeners.get(key.text) ?? [])) {
        if (
          productOn(connection.route, key.owner.family) === product &&
          connection.deliverStream(key.text, name, text)
        ) {
          count++
        }
      }
    }
    for (const subscription of Array.from(this.subscriptions.get(subscriberOf({ product, account, symbol })) ?? [])) {
      if (subscription.connection.deliverTo(subscription, text)) {
        count++
      }
    }
    return count
  }

  /** Counts weight against a pool; `false` if that is too much and limits are enforced. */
  use(pool: Pool, weight: number): boolean {
    const minute = Math.floor(this.now() / 60_000)
    let current = this.weights.get(pool)
    if (current === undefined || current.minute !== minute) {
      current = { minute, used: 0 }
      this.weights.set(pool, current)
    }
    const wasWithin = current.used <= pools[pool]
    current.used += weight
    const isWithin = current.used <= pools[pool]
    if (wasWithin && !isWithin) {
      this.journal.violation("WeightExceeded", pool)
    }
    return isWithin || !this.settings.enforceLimits
  }

  used(pool: Pool): number {
    const current = this.weights.get(pool)
    return current !== undefined && current.minute === Math.floor(this.now() / 60_000) ? current.used : 0
  }

  limit(pool: Pool): number {
    return pools[pool]
  }

  wait(fault: Extract<Fault.Fault, { readonly _tag: "Request" | "Connect" | "Frame" | "DelayFrames" }>, until: number) {
    switch (fault._tag) {
      case "Request":
        return this.requestFaults.push({
          fault,
          until,
          left: fault.scope.times ?? (Number.isFinite(until) ? Infinity : 1)
        })
      case "Connect":
        return this.connectFaults.push({
          fault,
          until,
          left: fault.scope.times ?? (Number.isFinite(until) ? Infinity : 1)
        })
      default:
        return this.frameFaults.push({ fault, until, left: fault.times })
    }
  }

  clearFaults() {
    this.requestFaults = []
    this.connectFaults = []
    this.frameFaults = []
    this.skew = 0
  }

  takeRequestFault(endpoint: string, path: string): Fault.Answer | undefined {
    return this.take(this.requestFaults, (fault) => endpointMatches(fault.scope.endpoint, endpoint, path))?.answer
  }

  takeConnectFault(path: string) {
    return this.take(this.connectFaults, (fault) => fault.path === undefined || path.startsWith(fault.path))
  }

  takeFrameFault(connection: Connection): FrameFault | undefined {
    return this.frameFaults.length === 0
      ? undefined
      : this.take(this.frameFaults, (fault) => connection.matches(fault.sockets))
  }

  matching(sockets: Fault.Sockets): Array<Connection> {
    return Array.from(this.connections.values()).filter(
      (connection) => connection.isOpen && connection.matches(sockets)
    )
  }

  private take<A>(waiting: Array<Waiting<A>>, matches: (fault: A) => boolean): A | undefined {
    const now = this.now()
    for (let index = 0; index < waiting.length; index++) {
      const next = waiting[index]!
      if (next.until <= now) {
        waiting.splice(index--, 1)
      } else if (matches(next.fault)) {
        if (--next.left <= 0) {
          waiting.splice(index, 1)
        }
        return next.fault
      }
    }
    return undefined
  }

  private onKeyExpired(key: ListenKey) {
    for (const connection of Array.from(this.listeners.get(key.text) ?? [])) {
      const product = productOn(connection.route, key.owner.family)
      if (product !== undefined) {
        connection.deliverStream(key.text, "listenKeyExpired", listenKeyExpired(product, key.text, this.serverTime()))
      }
    }
  }
}
