/**
 * What the simulated Binance is made to do: trade a little, all the time, and go wrong on demand.
 */

import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type Environment, ListenKey } from "effect-binance-user-data"
import { Fault, type SimulatedBinance } from "effect-binance-user-data/testing"
import type { Feed } from "./feed.js"
import { sources } from "./streams.js"

type Simulation = SimulatedBinance.SimulatedBinance.Service

type Product = Environment.Product

/** Trading days of all products, one after the other, for ever. */
export const trade = (simulation: Simulation): Effect.Effect<never> =>
  Effect.forEach(
    sources,
    ({ product }, index) =>
      simulation
        .tradingDay(product, { interval: "2 seconds" })
        .pipe(Effect.zipRight(Effect.sleep("2 seconds")), Effect.forever, Effect.delay(index * 250)),
    { concurrency: "unbounded", discard: true }
  ).pipe(Effect.zipRight(Effect.never))

export interface FaultKind {
  /** In the address: `POST /faults/drop-socket`. */
  readonly name: string
  readonly group: "Socket" | "Key" | "Frame" | "Request"
  readonly label: string
  readonly hint: string
  /** What to inject for a product; nothing, where it has no such thing. */
  readonly faults: (product: Product) => ReadonlyArray<Fault.Fault>
}

const hasListenKey = (product: Product) => product !== "Spot" && product !== "Margin"

const onListenKey = (fault: (owner: Fault.Owner) => Fault.Fault) => (product: Product) =>
  hasListenKey(product) ? [fault({ product })] : []

/** The request by which a stream gets its credential. */
const endpointOf = (product: Product): string => {
  switch (product) {
    case "Spot":
      return "userDataStream.subscribe.signature"
    case "Margin":
      return "/sapi/v1/userListenToken"
    default:
      return ListenKey.endpoints[product].path
  }
}

/** A fault of requests shows when a connection is made. So the one that there is, is dropped. */
const whileConnecting = (fault: (endpoint: string) => Fault.Fault) => (product: Product) => [
  fault(endpointOf(product)),
  Fault.dropSockets({ product })
]

export const faultKinds: ReadonlyArray<FaultKind> = [
  {
    name: "drop-socket",
    group: "Socket",
    label: "Drop socket",
    hint: "The socket breaks without a close frame",
    faults: (product) => [Fault.dropSockets({ product })]
  },
  {
    name: "half-open",
    group: "Socket",
    label: "Half-open socket",
    hint: "The socket stays open, and nothing comes any more",
    faults: (product) => [Fault.halfOpen({ product })]
  },
  {
    name: "cut-24h",
    group: "Socket",
    label: "24 h cut",
    hint: "Binance closes the socket as after 24 hours",
    faults: (product) => [Fault.cut24h({ product })]
  },
  {
    name: "server-shutdown",
    group: "Socket",
    label: "Server shutdown",
    hint: "Binance announces that the server goes away: a roll-over without a gap",
    faults: (product) => [Fault.serverShutdown({ product })]
  },
  {
    name: "expire-key",
    group: "Key",
    label: "Expire key",
    hint: "The listen key or listen token runs out",
    faults: (product) =>
      product === "Margin" ? [Fault.expireListenTokens()] : onListenKey(Fault.expireListenKey)(product)
  },
  {
    name: "delete-key",
    group: "Key",
    label: "Delete key",
    hint: "Another client closes the listen key: silence, until the next keepalive",
    faults: onListenKey(Fault.deleteListenKey)
  },
  {
    name: "rotate-key",
    group: "Key",
    label: "Rotate key",
    hint: "Another client replaces the listen key: silence, until the next keepalive",
    faults: onListenKey(Fault.rotateListenKey)
  },
  {
    name: "end-subscription",
    group: "Key",
    label: "End subscription",
    hint: "Binance ends the subscription on the WebSocket API",
    faults: (product) => (hasListenKey(product) ? [] : [Fault.eventStreamTerminated({ product })])
  },
  {
    name: "malformed-frame",
    group: "Frame",
    label: "Malformed frame",
    hint: "Before the next event comes a frame that is no JSON",
    faults: (product) => [Fault.garbageFrame({ product })]
  },
  {
    name: "unknown-event",
    group: "Frame",
    label: "Unknown event",
    hint: "An event that nobody has heard of",
    faults: (product) => [Fault.unknownEvent({ product })]
  },
  {
    name: "server-error",
    group: "Request",
    label: "503 for 5 s",
    hint: "The socket drops, and requests for a new key are answered with 503 for 5 seconds",
    faults: whileConnecting((endpoint) => Fault.serverError({ endpoint, for: "5 seconds" }))
  },
  {
    name: "rate-limit",
    group: "Request",
    label: "429, retry after 3 s",
    hint: "The socket drops, and the request for a new key is answered with 429: all requests wait for 3 seconds",
    faults: whileConnecting((endpoint) => Fault.rateLimited({ endpoint, retryAfter: 3 }))
  }
]

/** Lets a fault happen to some products, and tells what it hit. */
export const injectFault = (
  simulation: Simulation,
  feed: Feed,
  kind: FaultKind,
  products: ReadonlyArray<Product>
): Effect.Effect<ReadonlyArray<string>> =>
  Effect.gen(function* () {
    const hit: Array<string> = []
    const at = yield* Clock.currentTimeMillis
    for (const { name, product } of sources) {
      const faults = products.includes(product) ? kind.faults(product) : []
      if (faults.length > 0) {
        hit.push(name)
        // The log tells the cause before its effect.
        yield* feed.report({ _tag: "Fault", at, name, text: `${kind.label}: ${kind.hint.toLowerCase()}` })
        yield* Effect.forEach(faults, simulation.inject, { discard: true })
      }
    }
    return hit
  })
