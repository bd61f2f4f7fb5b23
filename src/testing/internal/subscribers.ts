import type { Product } from "../../Environment.js"
import type { ListenKey, ListenKeys } from "./credentials.js"
import type { StreamListener, Subscriber } from "./peer.js"
import { eventName, familyOf, listenKeyExpired, productOn } from "./products.js"

export interface Whose {
  readonly product: Product
  readonly account: string
  readonly symbol: string | undefined
}

export const nameOf = (whose: Whose) => `${whose.product} ${whose.symbol ?? ""} ${whose.account}`

const add = <A>(sets: Map<string, Set<A>>, name: string, value: A) => {
  const set = sets.get(name)
  if (set === undefined) {
    sets.set(name, new Set([value]))
  } else {
    set.add(value)
  }
}

const remove = <A>(sets: Map<string, Set<A>>, name: string, value: A) => {
  const set = sets.get(name)
  set?.delete(value)
  if (set?.size === 0) {
    sets.delete(name)
  }
}

/**
 * Who gets the events of an account's product: sockets that carry its listen key, and subscriptions.
 */
export class Subscribers {
  private readonly listeners = new Map<string, Set<StreamListener>>()
  private readonly subscriptions = new Map<string, Set<Subscriber>>()

  constructor(private readonly keys: ListenKeys) {}

  listen(stream: string, listener: StreamListener) {
    add(this.listeners, stream, listener)
  }

  unlisten(stream: string, listener: StreamListener) {
    remove(this.listeners, stream, listener)
  }

  subscribe(subscriber: Subscriber) {
    add(this.subscriptions, nameOf(subscriber), subscriber)
  }

  unsubscribe(subscriber: Subscriber) {
    remove(this.subscriptions, nameOf(subscriber), subscriber)
  }

  get subscriptionCount(): number {
    let count = 0
    for (const set of this.subscriptions.values()) {
      count += set.size
    }
    return count
  }

  /** Whether an event would be sent to anybody. */
  has(whose: Whose): boolean {
    const key = this.keys.active({ family: familyOf(whose.product), account: whose.account, symbol: whose.symbol })
    return (key !== undefined && this.listeners.has(key.text)) || this.subscriptions.has(nameOf(whose))
  }

  /** Sends an event to everybody who listens, and tells how many sockets got it. */
  deliver(whose: Whose, text: string): number {
    const name = eventName(text)
    let count = 0
    const key = this.keys.active({ family: familyOf(whose.product), account: whose.account, symbol: whose.symbol })
    if (key !== undefined) {
      for (const listener of Array.from(this.listeners.get(key.text) ?? [])) {
        const isRoute = productOn(listener.route, key.owner.family) === whose.product
        if (isRoute && listener.deliverStream(key.text, name, text)) {
          count++
        }
      }
    }
    for (const subscriber of Array.from(this.subscriptions.get(nameOf(whose)) ?? [])) {
      if (subscriber.deliver(text)) {
        count++
      }
    }
    return count
  }

  announceExpiry(key: ListenKey, time: number) {
    for (const listener of Array.from(this.listeners.get(key.text) ?? [])) {
      const product = productOn(listener.route, key.owner.family)
      if (product !== undefined) {
        listener.deliverStream(key.text, "listenKeyExpired", listenKeyExpired(product, key.text, time))
      }
    }
  }
}
