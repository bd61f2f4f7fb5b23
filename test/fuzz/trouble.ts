import * as Effect from "effect/Effect"
import type { Environment } from "effect-binance-user-data"
import { Fault, type SimulatedBinance } from "effect-binance-user-data/testing"
import { frameOf, type Sequence } from "../chaos/sequence.js"
import { listenKeyProducts, type Service } from "../products/products.js"
import type * as Proxy from "./proxy.js"

/** How long two connections stand side by side, in ms: twice this is longer than the second that is allowed for flight. */
export const overlap = 700

export interface Subject extends Sequence {
  readonly product: Environment.Product
  readonly stream: Service
  isOpen: boolean
  lastArrived: number
  /** For how long the consumer shall stop to read, in ms. */
  stall: number
}

const hasKey = (product: Environment.Product) => listenKeyProducts.some((row) => row.product === product)

/** What can be done to a stream, its line and its server. All times in ms. */
export interface Hands {
  readonly product: Environment.Product
  readonly push: () => void
  readonly phase: () => string
  readonly later: (delay: number, run: () => void) => void
  readonly runDue: () => void
  readonly routes: () => ReadonlyArray<Proxy.Route>
  readonly stall: (route: Proxy.Route | undefined, direction: Proxy.Direction, millis: number) => void
  readonly delayNew: (millis: number) => void
  readonly stallConsumer: (millis: number) => void
  /** The oldest socket is closed with 1001. */
  readonly goodbye: () => void
  /** The subscription of the oldest socket ends, or the key. */
  readonly terminate: () => void
  readonly drop: () => void
  readonly shutdown: () => void
}

/** What goes wrong, and when: called every few ms. */
export type Course = (hands: Hands, random: () => number) => () => void

export const makeHands = (
  subject: Subject,
  proxy: Proxy.Proxy,
  binance: SimulatedBinance.SimulatedBinance.Service,
  note: (text: string) => void
): Hands => {
  const { product } = subject
  // The simulator acts at once: no other fiber comes between two of these.
  const now = <A>(effect: Effect.Effect<A>): A => Effect.runSync(effect)
  const steps = new Set<{ readonly at: number; readonly run: () => void }>()
  const inject = (name: string, fault: Fault.Fault) => note(`${name} hit ${now(binance.inject(fault))}`)
  const oldest = () =>
    now(binance.sockets)
      .slice()
      .sort((a, b) => a.openedAt - b.openedAt || a.id - b.id)[0]?.id
  return {
    product,
    push: () => {
      const n = subject.sentAt.length
      subject.sentAt.push(Date.now())
      now(Effect.flatMap(binance.serverTime, (time) => binance.pushRaw({ product }, frameOf(n, time))))
    },
    phase: () => now(subject.stream.status).phase,
    later: (delay, run) => steps.add({ at: Date.now() + delay, run }),
    runDue: () => {
      for (const step of Array.from(steps).filter(({ at }) => at <= Date.now())) {
        steps.delete(step)
        step.run()
      }
    },
    routes: proxy.routes,
    stall: (route, direction, millis) => {
      note(`stall ${direction} for ${Math.round(millis)} ms`)
      route?.[direction].stall(millis)
    },
    delayNew: (millis) => {
      note(`delay new by ${Math.round(millis)} ms`)
      proxy.delayNew(millis)
    },
    stallConsumer: (millis) => {
      note(`consumer stalls for ${Math.round(millis)} ms`)
      subject.stall = millis
    },
    goodbye: () => inject("close 1001", Fault.dropSockets({ id: oldest(), code: 1001, reason: "going away" })),
    terminate: () =>
      inject(
        "terminate",
        hasKey(product) ? Fault.expireListenKey({ product }) : Fault.eventStreamTerminated({ id: oldest() })
      ),
    drop: () => inject("drop", Fault.dropSockets()),
    shutdown: () => inject("shutdown", Fault.serverShutdown())
  }
}

/** Calls when a roll-over has begun. */
export const onRollover = (hands: Hands, run: () => void) => {
  let last = ""
  return () => {
    const phase = hands.phase()
    if (phase !== last && phase === "RollingOver") {
      run()
    }
    last = phase
  }
}

/** Anything at any time, but most often the worst: the old connection ends in a roll-over, and is read late. */
export const anything: Course = (hands, random) => {
  const between = (min: number, max: number) => min + random() * (max - min)
  // The new connection has the old one's key, and would end with it.
  const canOutlive = !hasKey(hands.product)

  let delay = 0
  /** The connections after the one that is under way now. */
  const delayNext = () => {
    delay = random() < 0.7 ? between(0, 1000) : 0
    hands.delayNew(delay)
  }
  delayNext()

  /** Something ends while the oldest socket is read late. */
  const readLate = (end: () => void) => {
    const millis = between(100, 1800)
    const route = hands.routes()[0]
    hands.stall(route, "down", millis)
    if (random() < 0.3) {
      hands.stall(route, "up", between(0, millis))
    }
    hands.later(between(0, millis), end)
  }

  /** The old one ends before or while the new one opens, and is read after that. */
  const endInRollover = () => {
    const millis = delay
    const route = hands.routes()[0]
    hands.stall(route, "down", millis + (random() < 0.5 ? between(0, 1600) : between(1000, 2 * overlap)))
    if (random() < 0.5) {
      hands.stall(route, "up", between(0, 1600))
    }
    hands.later(between(0, millis), canOutlive && random() < 0.5 ? hands.terminate : hands.goodbye)
  }

  const stallSome = () => {
    const routes = hands.routes()
    const chosen = random() < 0.4 ? routes : [random() < 0.7 ? routes[0] : routes.at(-1)]
    const direction = random() < 0.7 ? "down" : "up"
    const millis = between(20, 1800)
    for (const route of chosen) {
      hands.stall(route, direction, millis)
    }
  }

  const stallConsumer = () => hands.stallConsumer(between(50, 1200))
  const troubles: ReadonlyArray<() => void> = [
    ...[stallSome, stallSome, stallSome, stallSome, stallConsumer, stallConsumer],
    () => readLate(hands.goodbye),
    () => readLate(hands.terminate),
    hands.terminate,
    hands.goodbye,
    hands.drop,
    hands.shutdown,
    hands.shutdown
  ]
  let rollovers = 0
  const look = onRollover(hands, () => {
    if (rollovers++ === 0 || random() < 0.5) {
      endInRollover()
    }
    delayNext()
  })
  return () => {
    look()
    if (random() < 0.0015) {
      troubles[Math.floor(random() * troubles.length)]!()
    }
  }
}
