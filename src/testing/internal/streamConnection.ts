import type { Product } from "../../Environment.js"
import type * as Fault from "../Fault.js"
import { Connection } from "./connection.js"
import type { Owner } from "./credentials.js"
import type { StreamListener } from "./peer.js"
import { productOn } from "./products.js"
import type { StreamAddress } from "./streamAddress.js"
import { streamRequest } from "./streamRequest.js"
import type { Wire } from "./wire.js"
import type { World } from "./world.js"

interface Carried {
  /** Unknown for made-up and dead keys. */
  readonly owner: Owner | undefined
  /** The names of the only events that come; `undefined` for all. */
  events: ReadonlySet<string> | undefined
}

const rulesFor = (world: World, address: StreamAddress) => {
  const families = new Set(address.streams.map(({ name }) => world.keys.find(name)?.owner.family))
  const { cadence } = world.settings
  return {
    ...(families.has("EuropeanOptions") ? cadence.options : cadence.futures),
    framesPerSecond: families.has("Spot") || families.has("Margin") ? 5 : 10,
    onlyControlFrames: false
  }
}

/**
 * A socket that carries streams, each named by a listen key.
 */
export class StreamConnection extends Connection implements StreamListener {
  readonly route: string
  private isCombined: boolean
  private readonly streams = new Map<string, Carried>()

  constructor(world: World, wire: Wire, address: StreamAddress, path: string) {
    super(world, wire, rulesFor(world, address), path)
    this.route = address.route
    this.isCombined = address.isCombined
    for (const { events, name } of address.streams) {
      this.subscribe(name, events)
    }
  }

  override get size() {
    return this.streams.size
  }

  products(): Array<{ readonly product: Product | undefined; readonly owner: Owner }> {
    return Array.from(this.streams.values()).flatMap(({ owner }) =>
      owner === undefined ? [] : [{ product: productOn(this.route, owner.family), owner }]
    )
  }

  override matches(sockets: Fault.Sockets): boolean {
    if (sockets.id !== undefined && sockets.id !== this.id) {
      return false
    }
    if (sockets.product === undefined && sockets.account === undefined && sockets.symbol === undefined) {
      return true
    }
    return this.products().some(
      ({ owner, product }) =>
        (sockets.product === undefined || sockets.product === (product ?? owner.family)) &&
        (sockets.account === undefined || sockets.account === owner.account) &&
        (sockets.symbol === undefined || sockets.symbol === owner.symbol)
    )
  }

  deliverStream(name: string, event: string | undefined, text: string): boolean {
    const events = this.streams.get(name)?.events
    if (events !== undefined && (event === undefined || !events.has(event))) {
      return false
    }
    return this.deliver(this.isCombined ? `{"stream":${JSON.stringify(name)},"data":${text}}` : text)
  }

  override announceShutdown() {
    const event = `{"e":"serverShutdown","E":${this.world.serverTime()}}`
    this.deliver(this.isCombined ? `{"stream":"!serverShutdown","data":${event}}` : event)
  }

  override pushUnknown(text: string) {
    const name = this.streams.keys().next().value
    this.deliver(this.isCombined && name !== undefined ? `{"stream":${JSON.stringify(name)},"data":${text}}` : text)
  }

  override terminateMatching(): number {
    return 0
  }

  override terminateTokens(): number {
    return 0
  }

  protected override onRequest(text: string) {
    const request = streamRequest(text)
    switch (request._tag) {
      case "Subscribe":
        if (this.streams.size + request.names.length > 1024) {
          return this.fail(2, "Invalid request: too many parameters", request.id)
        }
        request.names.forEach((name) => this.subscribe(name, undefined))
        return this.answer(null, request.id)
      case "Unsubscribe":
        request.names.forEach((name) => this.unsubscribe(name))
        return this.answer(null, request.id)
      case "ListSubscriptions":
        return this.answer(Array.from(this.streams.keys()), request.id)
      case "SetCombined":
        this.isCombined = request.isCombined
        return this.answer(null, request.id)
      case "GetCombined":
        return this.answer(this.isCombined, request.id)
      case "Refused":
        return this.fail(request.code, request.msg, request.id)
    }
  }

  protected override onEnd() {
    for (const name of Array.from(this.streams.keys())) {
      this.unsubscribe(name)
    }
  }

  private subscribe(name: string, events: ReadonlySet<string> | undefined) {
    const carried = this.streams.get(name)
    if (carried !== undefined) {
      carried.events =
        carried.events === undefined || events === undefined ? undefined : new Set([...carried.events, ...events])
      return
    }
    const owner = this.world.keys.find(name)?.owner
    this.streams.set(name, { owner, events })
    this.world.subscribers.listen(name, this)
    if (owner === undefined) {
      return
    }
    const product = productOn(this.route, owner.family)
    if (product === undefined) {
      this.world.journal.violation("WrongRoute", `${owner.family} at ${this.route}/ws: it stays silent`)
    } else {
      this.world.exchange.heard({ ...owner, product })
    }
  }

  private unsubscribe(name: string) {
    if (this.streams.delete(name)) {
      this.world.subscribers.unlisten(name, this)
    }
  }

  private answer(result: unknown, id: unknown) {
    this.send(JSON.stringify({ result, id: id ?? null }))
  }

  private fail(code: number, msg: string, id: unknown) {
    this.world.journal.violation("InvalidStreamRequest", msg)
    this.send(JSON.stringify(id === undefined ? { code, msg } : { code, msg, id }))
  }
}
