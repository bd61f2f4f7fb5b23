import type { Product } from "../../../Environment.js"
import type * as Fault from "../../Fault.js"
import type { ApiKey } from "../accounts.js"
import type { Subscriber } from "../peer.js"
import { refuse } from "../refusal.js"
import type { Timer } from "../timers.js"
import type { World } from "../world.js"
import { toMicroseconds } from "./params.js"

export interface ApiAddress {
  readonly version: "v3" | "fapi" | "dapi"
  readonly returnRateLimits: boolean
  readonly isMicrosecond: boolean
  readonly isSbe: boolean
}

export interface Subscription extends Subscriber {
  readonly id: number
  readonly kind: "Logon" | "Signature" | "Token"
  readonly product: "Spot" | "Margin"
  timer: Timer | undefined
}

const isAbout = (sockets: Fault.Sockets, subscription: Subscription): boolean =>
  (sockets.product === undefined || sockets.product === subscription.product) &&
  (sockets.account === undefined || sockets.account === subscription.account) &&
  (sockets.symbol === undefined || sockets.symbol === subscription.symbol)

/**
 * What a socket of a WebSocket API remembers: who is logged on, and its subscriptions.
 */
export class ApiSession {
  readonly subscriptions = new Map<number, Subscription>()
  logon: { readonly key: ApiKey; readonly since: number } | undefined
  private nextSubscriptionId = 0
  /** What is sent right behind the answer to the request in work. */
  private epilogue: Array<() => void> = []

  constructor(
    readonly world: World,
    readonly address: ApiAddress,
    readonly path: string,
    /** Epoch ms. */
    private readonly openedAt: number,
    private readonly deliver: (frame: string) => boolean
  ) {}

  time(millis: number): number {
    return this.address.isMicrosecond ? millis * 1000 : millis
  }

  status() {
    const session = {
      apiKey: this.logon?.key.apiKey ?? null,
      authorizedSince: this.logon === undefined ? null : this.time(this.logon.since),
      connectedSince: this.time(this.openedAt + this.world.skew),
      returnRateLimits: this.address.returnRateLimits,
      serverTime: this.time(this.world.serverTime())
    }
    return this.address.version === "v3" ? { ...session, userDataStream: this.subscriptions.size > 0 } : session
  }

  matches(sockets: Fault.Sockets): boolean {
    if (sockets.product === undefined && sockets.account === undefined && sockets.symbol === undefined) {
      return true
    }
    const { version } = this.address
    if (version === "v3" && this.subscriptions.size > 0) {
      return Array.from(this.subscriptions.values()).some((subscription) => isAbout(sockets, subscription))
    }
    const products: ReadonlyArray<Product> =
      version === "v3" ? ["Spot", "Margin"] : [version === "fapi" ? "UsdFutures" : "CoinFutures"]
    return (
      (sockets.product === undefined || products.includes(sockets.product)) &&
      (sockets.account === undefined || sockets.account === this.logon?.key.account) &&
      sockets.symbol === undefined
    )
  }

  subscribe(
    kind: Subscription["kind"],
    account: string,
    product: Subscription["product"],
    symbol: string | undefined
  ): Subscription {
    for (const other of this.subscriptions.values()) {
      if (other.account === account && other.product === product && other.symbol === symbol) {
        refuse(400, -2035, "User Data Stream subscription is already active.")
      }
    }
    const { maxSubscriptionIds, maxSubscriptions } = this.world.settings
    if (this.subscriptions.size >= maxSubscriptions) {
      refuse(400, -1191, `Too many subscriptions: at most ${maxSubscriptions} can be active in a session.`)
    }
    if (this.nextSubscriptionId >= maxSubscriptionIds) {
      refuse(400, -2042, `A connection has at most ${maxSubscriptionIds} subscriptions in its life: open a new one.`)
    }
    const id = this.nextSubscriptionId++
    const deliver = (text: string) => this.push(id, text)
    const subscription: Subscription = { id, kind, account, product, symbol, deliver, timer: undefined }
    this.subscriptions.set(id, subscription)
    this.world.subscribers.subscribe(subscription)
    return subscription
  }

  push(id: number | undefined, text: string): boolean {
    const event = this.address.isMicrosecond ? toMicroseconds(text) : text
    return this.deliver(id === undefined ? `{"event":${event}}` : `{"subscriptionId":${id},"event":${event}}`)
  }

  terminate(subscription: Subscription) {
    if (this.forget(subscription)) {
      this.sayTerminated(subscription)
    }
  }

  terminateBehindAnswer(subscription: Subscription) {
    if (this.forget(subscription)) {
      this.epilogue.push(() => this.sayTerminated(subscription))
    }
  }

  terminateMatching(sockets: Fault.Sockets): number {
    return this.terminateAll((subscription) => isAbout(sockets, subscription))
  }

  terminateTokens(account: string, symbol: string | undefined): number {
    return this.terminateAll(
      (subscription) =>
        subscription.kind === "Token" && subscription.account === account && subscription.symbol === symbol
    )
  }

  endRequest() {
    for (const action of this.epilogue.splice(0)) {
      action()
    }
  }

  end() {
    for (const subscription of Array.from(this.subscriptions.values())) {
      this.forget(subscription)
    }
  }

  private terminateAll(matches: (subscription: Subscription) => boolean): number {
    const ended = Array.from(this.subscriptions.values()).filter(matches)
    for (const subscription of ended) {
      this.terminate(subscription)
    }
    return ended.length
  }

  private sayTerminated(subscription: Subscription) {
    this.push(subscription.id, `{"e":"eventStreamTerminated","E":${this.world.serverTime()}}`)
  }

  private forget(subscription: Subscription): boolean {
    subscription.timer?.cancel()
    this.world.subscribers.unsubscribe(subscription)
    return this.subscriptions.delete(subscription.id)
  }
}
