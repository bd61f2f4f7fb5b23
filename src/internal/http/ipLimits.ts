import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Ref from "effect/Ref"
import type { BinanceError } from "../../BinanceError.js"
import * as Metrics from "../../Metrics.js"
import { elapsed } from "../clock.js"
import { blockedUntil } from "./answer.js"
import * as Turns from "./turns.js"

/**
 * A weight that Binance counted for this IP, as a header of an answer told it.
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
  /** When Binance said so, in epoch ms. */
  readonly at: number
}

interface Headers {
  readonly [name: string]: string
}

/** What Binance limits by IP: requests after a 429 or 418, and new connections. */
export interface IpLimits {
  /** Waits until no 429 or 418 is in force. */
  readonly unblocked: Effect.Effect<void>
  readonly block: (until: number) => Effect.Effect<void>
  /** Makes every caller wait as long as the error says, if it does. */
  readonly obey: (error: BinanceError) => Effect.Effect<void>
  /** Waits for a place in the connection budget at a time when no 429 or 418 is in force. */
  readonly connectPermit: Effect.Effect<void>
  /** Remembers the weights that the headers of an answer tell. */
  readonly noteWeights: (baseUrl: string, headers: Headers) => Effect.Effect<void>
  readonly usedWeight: Effect.Effect<ReadonlyArray<UsedWeight>>
}

export const make = (budget: {
  readonly limit: number
  readonly window: Duration.DurationInput
}): Effect.Effect<IpLimits> =>
  Effect.gen(function* () {
    const block = yield* makeBlock
    const place = yield* makeBudget(budget.limit, Duration.toMillis(budget.window))
    const weights = yield* makeWeights
    return {
      unblocked: block.open,
      block: block.until,
      obey: (error) => Effect.suspend(() => block.until(blockedUntil(error) ?? 0)),
      // A 429 may have come while it waited for a place; it takes another one afterwards.
      connectPermit: Effect.repeat(Effect.zipRight(block.open, place), { until: () => block.isOpen }),
      noteWeights: weights.note,
      usedWeight: weights.all
    }
  })

/** Makes every caller wait until the latest time that an answer gave. */
const makeBlock = Effect.gen(function* () {
  const latest = yield* Ref.make(0)
  const remaining = Effect.zipWith(Ref.get(latest), Clock.currentTimeMillis, (until, now) => until - now)
  const open: Effect.Effect<void> = Effect.flatMap(remaining, (wait) =>
    wait > 0 ? Effect.zipRight(Effect.sleep(wait), open) : Effect.void
  )
  const until = (time: number) =>
    Effect.gen(function* () {
      const before = yield* Ref.getAndUpdate(latest, (known) => Math.max(known, time))
      if (time > Math.max(before, yield* Clock.currentTimeMillis)) {
        yield* Effect.logWarning(
          `Binance asks this IP to wait: no request and no connection before ${new Date(time).toISOString()}`
        )
      }
    })
  return { open, isOpen: Effect.map(remaining, (wait) => wait <= 0), until }
})

/** Gives places in a sliding window; who gives up waiting takes none. */
const makeBudget = (maximum: number, window: number): Effect.Effect<Effect.Effect<void>> =>
  Effect.gen(function* () {
    const limit = Math.max(1, Math.floor(maximum))
    // A place is used a little after it was taken: the margin keeps the window true all the same.
    const width = window + 1000
    const inTurn = yield* Turns.make
    const taken = yield* Ref.make<ReadonlyArray<number>>([])
    return inTurn(
      Effect.gen(function* () {
        const places = yield* Ref.get(taken)
        if (places.length >= limit) {
          yield* Effect.sleep(Math.max(0, places[0]! + width - (yield* elapsed)))
        }
        const now = yield* elapsed
        yield* Ref.set(taken, [...places.filter((place) => place + width > now), now])
      })
    )
  })

const weightHeader = /^x-(mbx|sapi)-used-.*weight/

/** The weights that Binance counted, by host and header. */
const makeWeights = Effect.gen(function* () {
  const weights = yield* Ref.make<ReadonlyMap<string, UsedWeight>>(new Map())
  const note = (baseUrl: string, headers: Headers) =>
    Effect.forEach(
      Object.keys(headers).filter((header) => weightHeader.test(header)),
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
