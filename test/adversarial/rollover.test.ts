import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { frameOf, judge, toArrived } from "../chaos/sequence.js"
import { adjust, find, notices, now, runVirtual, start, tags } from "../products/harness.js"
import { products, type Row, type StreamOptions } from "../products/products.js"

const rolloverAge = 10 * 60_000

interface Rush {
  /** Events in a second. */
  readonly rate: number
  readonly options: StreamOptions
  /** The length of an event, where it matters. */
  readonly length?: number
  /** What goes wrong shortly before the roll-over. */
  readonly trouble?: Fault.Fault
}

/** A number of events in every second around a roll-over, and what came of them. */
const play = (row: Row, { length = 0, options, rate, trouble }: Rush) =>
  runVirtual(
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const session = yield* start(row, { ...options, rolloverAge, rolloverJitter: 0 })
      const sentAt: Array<number> = []
      const push = Effect.gen(function* () {
        const at = yield* now
        const frame = frameOf(sentAt.length, at)
        sentAt.push(at)
        yield* binance.pushRaw({ product: row.product }, frame.replace(/"pad":"/, `$&${"x".repeat(length)}`))
      })
      yield* adjust(rolloverAge - 10_000)
      yield* trouble === undefined ? Effect.void : binance.inject(trouble)
      const pushing = yield* Effect.forkDaemon(
        Effect.forever(Effect.zipRight(Effect.replicateEffect(push, rate / 10, { discard: true }), Effect.sleep(100)))
      )
      yield* adjust("90 seconds")
      yield* Fiber.interrupt(pushing)
      yield* adjust("1 second")
      yield* session.close
      return { sentAt, elements: session.elements }
    }),
    // Binance does not wait.
    { binance: { socketLifetime: rolloverAge + 60_000 } }
  )

const violations = ({ elements, sentAt }: Effect.Effect.Success<ReturnType<typeof play>>) => {
  const found: Array<string> = []
  judge({ name: "", sentAt, touched: new Map(), arrived: elements.map(toArrived) }, 0, (text) => found.push(text))
  return found.slice(0, 3)
}

/** Without a gap, and long before Binance cuts the old connection. */
const expectRolledOver = (played: Effect.Effect.Success<ReturnType<typeof play>>) => {
  expect(tags(notices(played.elements))).toEqual(["Opened", "RolledOver"])
  expect(find(played.elements, "RolledOver").at - find(played.elements, "Opened").at).toBeLessThan(rolloverAge + 40_000)
  expect(violations(played)).toEqual([])
}

/** More events in the overlap than the buffer holds. */
const rushes: { readonly [name: string]: Rush } = {
  "a small buffer": { rate: 50, options: { overlap: "5 seconds", buffer: { elements: 100 } } },
  "a small buffer and a long overlap": { rate: 20, options: { overlap: "15 seconds", buffer: { elements: 100 } } },
  "few bytes": { rate: 20, length: 1000, options: { overlap: "5 seconds", buffer: { bytes: 64 * 1024 } } },
  "a buffer that is just too small": { rate: 30, options: { overlap: "5 seconds", buffer: { elements: 140 } } }
}

describe("a roll-over succeeds without a gap, however many events come in its overlap", () => {
  for (const row of products) {
    for (const [name, rush] of Object.entries(rushes)) {
      it.live(`${row.product}: ${name}`, () =>
        Effect.gen(function* () {
          expectRolledOver(yield* play(row, rush))
        })
      )
    }
  }

  it.live(
    "2,000 a second with the default options",
    () =>
      Effect.gen(function* () {
        expectRolledOver(yield* play(products[0]!, { rate: 2000, options: {} }))
      }),
    60_000
  )
})

/** Nobody answers the old connection's probe: there is no proof to wait for. */
const troubles: { readonly [name: string]: Fault.Fault } = {
  "no probe is answered": Fault.ignoreClient(),
  "the old one is read late": Fault.stall({ for: "18 seconds" }),
  "the new one takes long": Fault.refuseConnects(503, { times: 3 })
}

describe("a roll-over under a rush loses nothing silently", () => {
  for (const row of products) {
    for (const [name, trouble] of Object.entries(troubles)) {
      it.live(`${row.product}: ${name}`, () =>
        Effect.gen(function* () {
          const played = yield* play(row, { ...rushes["a small buffer"]!, trouble })
          expect(violations(played)).toEqual([])
          expect(played.elements.length).toBeGreaterThan(played.sentAt.length / 3)
        })
      )
    }
  }
})
