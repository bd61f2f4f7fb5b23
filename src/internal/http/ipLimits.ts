import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Ref from "effect/Ref"
import type { BinanceError } from "../../BinanceError.js"
import * as Metrics from "../../Metrics.js"
import { elapsed } from "../clock.js"
import { blockedUntil } from "./answer.js"
import * as Turns from "./turns.js"

/**
 * A request weight that Binance counted for this IP, from a header of an answer.
 *
 * @since 0.1.0
 * @category models
 */
export interface UsedWeight {
  /** `dapi.binance.com` */
  readonly host: string
  /** `x-mbx-used-weight-1m` */
  readonly header: string
  readonly used: number
  /** When the answer arrived, in epoch ms. */
  readonly at: number
}

interface Headers {
  readonly [name: string]: string
}

/** The limits of this IP: the wait after a 429 or 418, and the number of new connections. */
export interface IpLimits {
  /** Waits until no 429 or 418 is in force. */
  readonly unblocked: Effect.Effect<void>
  readonly block: (until: number) => Effect.Effect<void>
  /** Waits for a permit of the connection budget, and until no 429 or 418 is in force. */
  readonly connectPermit: Effect.Effect<void>
  /** Remembers the weights in the headers of an answer. */
  readonly noteWeights: (baseUrl: string, headers: Headers) => Effect.Effect<void>
  readonly usedWeight: Effect.Effect<ReadonlyArray<UsedWeight>>
}

/** Makes all callers wait if an error asks for it. */
export const obey = ({ block }: Pick<IpLimits, "block">, error: BinanceError): Effect.Effect<void> => {
  const until = blockedUntil(error)
  return until === undefined ? Effect.void : block(until)
}

/** At most `limit` connections in a `window` (ms). */
export const make = (budget: { readonly limit: number; readonly window: number }): Effect.Effect<IpLimits> =>
  Effect.gen(function* () {
    const block = yield* makeBlock
    const permit = yield* makeBudget(Math.floor(budget.limit), budget.window)
    const weights = yield* makeWeights
    return {
      unblocked: block.open,
      block: block.until,
      // If a 429 comes while a caller waits for its permit, it needs a new permit afterwards.
      connectPermit: Effect.repeat(Effect.zipRight(block.open, permit), { until: () => block.isOpen }),
      noteWeights: weights.note,
      usedWeight: weights.all
    }
  })

/** Makes every caller wait until the latest time that an answer named. */
const makeBlock = Effect.gen(function* () {
  // On the clock that nobody sets: by another one, a clock that is set back would hold up every caller for that long.
  const latest = yield* Ref.make(Number.NEGATIVE_INFINITY)
  const remaining = Effect.zipWith(Ref.get(latest), elapsed, (until, now) => until - now)
  const open: Effect.Effect<void> = Effect.flatMap(remaining, (wait) =>
    wait > 0 ? Effect.zipRight(Effect.sleep(wait), open) : Effect.void
  )
  const until = (time: number) =>
    Effect.gen(function* () {
      const now = yield* elapsed
      const end = now + time - (yield* Clock.currentTimeMillis)
      const before = yield* Ref.getAndUpdate(latest, (known) => Math.max(known, end))
      if (end > Math.max(before, now)) {
        yield* Effect.logWarning(
          `Binance asks this IP to wait: no request and no connection before ${new Date(time).toISOString()}`
        )
      }
    })
  return { open, isOpen: Effect.map(remaining, (wait) => wait <= 0), until }
})

/** Grants permits in a sliding window. A caller that stops waiting takes none. */
const makeBudget = (limit: number, window: number): Effect.Effect<Effect.Effect<void>> =>
  Effect.gen(function* () {
    // A connection opens a little after its permit was granted: the margin covers the delay.
    const width = window + 1000
    const inTurn = yield* Turns.make
    const granted = yield* Ref.make<ReadonlyArray<number>>([])
    return inTurn(
      Effect.gen(function* () {
        const times = yield* Ref.get(granted)
        if (times.length >= limit) {
          yield* Effect.sleep(Math.max(0, times[0]! + width - (yield* elapsed)))
        }
        const now = yield* elapsed
        yield* Ref.set(granted, [...times.filter((time) => time + width > now), now])
      })
    )
  })

/** Only those that Binance has: each is a metric of its own. */
const weightHeader = /^x-(?:mbx|sapi)-used-(?:(?:ip|uid)-)?weight(?:-\d{1,2}[smhd])?$/

/** The request weights that Binance counted, by host and header. */
const makeWeights = Effect.gen(function* () {
  const weights = yield* Ref.make<ReadonlyMap<string, UsedWeight>>(new Map())
  const note = (baseUrl: string, headers: Headers) =>
    Effect.forEach(
      Object.keys(headers).filter((header) => weightHeader.test(header) && /^\d{1,15}$/.test(headers[header]!)),
      (header) =>
        Effect.gen(function* () {
          const { host } = new URL(baseUrl)
          const used = Number(headers[header])
          const at = yield* Clock.currentTimeMillis
          yield* Ref.update(weights, (known) => new Map(known).set(`${host} ${header}`, { host, header, used, at }))
          yield* Metric.set(Metrics.usedWeight.pipe(Metric.tagged("host", host), Metric.tagged("header", header)), used)
        }),
      { discard: true }
    )
  return { note, all: Effect.map(Ref.get(weights), (known) => Array.from(known.values())) }
})
