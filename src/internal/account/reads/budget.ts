import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import type { BinanceHttp } from "../../../BinanceHttp.js"
import { elapsed } from "../../clock.js"
import { registryOf } from "../../http/registry.js"
import * as Turns from "../../http/turns.js"
import { sharesOf, type Pool as WeightPool, weightLimits } from "../../http/weightShare.js"

/** The reads of all accounts, held below a share of what Binance allows this IP. */
export interface Budget {
  /**
   * Runs a call of that weight once it has room: the reads use at most their share of any minute, and together with all
   * else on this IP no more than Binance allows. Calls begin in the order in which they came.
   */
  readonly spend: <A, E, R>(weight: number, call: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Runs recoveries one at a time, in the order in which they came. */
  readonly inTurn: Turns.Turns
}

interface Pool {
  readonly turns: Turns.Turns
  readonly calls: Turns.Turns
  readonly use: Ref.Ref<Use>
}

interface Use {
  /** The weights of calls that are under way. */
  readonly flying: ReadonlyMap<symbol, number>
  /** Those of calls that were answered, oldest first. */
  readonly spent: ReadonlyArray<{ readonly weight: number; readonly at: number }>
}

/** A minute, and a second for what is under way when it begins. */
const width = 61_000

const minuteOf = (time: number): number => Math.floor(time / 60_000)

const sum = (weights: Iterable<number>): number => Array.from(weights).reduce((total, weight) => total + weight, 0)

const makePool: Effect.Effect<Pool> = Effect.gen(function* () {
  return {
    turns: yield* Turns.make,
    calls: yield* Turns.make,
    use: yield* Ref.make<Use>({ flying: new Map(), spent: [] })
  }
})

/** How long a call has to wait for the reads to have used less; 0 if it may begin. */
const waitForShare = ({ flying, spent }: Use, weight: number, share: number, now: number): number => {
  const recent = spent.filter(({ at }) => at + width > now)
  let used = sum(flying.values()) + sum(recent.map(({ weight }) => weight))
  // One that weighs more than the share still has to run some time.
  for (const { at, weight: ended } of [{ at: now - width, weight: 0 }, ...recent]) {
    used -= ended
    if (used + weight <= share || used === 0) {
      return at + width - now
    }
  }
  // All of it is under way, and counts for a minute after its end.
  return width
}

/** The pools of each host. What Binance counts on a host of two pools, as a simulated one may be, tells of neither. */
type Hosts = ReadonlyMap<string, ReadonlySet<string>>

interface Options {
  readonly http: BinanceHttp.Service
  readonly id: string
  readonly pool: Pool
  readonly hosts: Ref.Ref<Hosts>
  /** What Binance allows in a minute, and what of it the reads may use. */
  readonly limit: number
  readonly share: number
}

/** How long a call has to wait for all others on this IP; 0 if it may begin. */
const waitForOthers = ({ hosts, http, id, limit, pool }: Options, weight: number) =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const poolsOf = yield* hosts
    const { flying } = yield* pool.use
    const used = (yield* http.usedWeight)
      .filter(({ header }) => header === "x-mbx-used-weight-1m")
      .filter(({ host }) => poolsOf.get(host)?.has(id) === true && poolsOf.get(host)?.size === 1)
      .filter(({ at }) => minuteOf(at) === minuteOf(now))
      .map(({ used }) => used)
    const isRoom = used.length === 0 || Math.max(...used) + sum(flying.values()) + weight <= limit
    return isRoom ? 0 : (minuteOf(now) + 1) * 60_000 - now
  })

const make = (options: Options): Budget => {
  const { http, pool, share } = options
  const wait = (weight: number) =>
    Effect.gen(function* () {
      const own = waitForShare(yield* pool.use, weight, share, yield* elapsed)
      return Math.max(own, yield* waitForOthers(options, weight))
    })
  const room = (weight: number): Effect.Effect<void> =>
    Effect.flatMap(Effect.zipRight(http.unblocked, wait(weight)), (millis) =>
      millis > 0 ? Effect.zipRight(Effect.sleep(millis), room(weight)) : Effect.void
    )
  const start = (ticket: symbol, weight: number) =>
    Ref.update(pool.use, ({ flying, spent }) => ({ flying: new Map(flying).set(ticket, weight), spent }))
  const end = (ticket: symbol) =>
    Effect.flatMap(elapsed, (now) =>
      Ref.update(pool.use, ({ flying, spent }) => {
        const left = new Map(flying)
        const weight = left.get(ticket)
        left.delete(ticket)
        const recent = spent.filter(({ at }) => at + width > now)
        return { flying: left, spent: weight === undefined ? recent : [...recent, { weight, at: now }] }
      })
    )
  return {
    spend: (weight, call) =>
      Effect.suspend(() => {
        const ticket = Symbol()
        return pool
          .calls(Effect.zipRight(room(weight), start(ticket, weight)))
          .pipe(Effect.zipRight(call), Effect.ensuring(end(ticket)))
      }),
    inTurn: pool.turns
  }
}

/** The budget of an environment's hosts, one for all accounts over the same `BinanceHttp`. */
export const of = (
  http: BinanceHttp.Service,
  options: { readonly environment: string; readonly pool: WeightPool; readonly host: string }
): Effect.Effect<Budget> =>
  Effect.gen(function* () {
    const registry = registryOf(http)
    const id = `reads ${options.environment} ${options.pool}`
    const pool = registry(id, yield* makePool)
    const hosts = registry("hosts of reads", yield* Ref.make<Hosts>(new Map()))
    const { host } = options
    yield* Ref.update(hosts, (known) => new Map(known).set(host, new Set([...(known.get(host) ?? []), id])))
    return make({ http, id, pool, hosts, limit: weightLimits[options.pool], share: sharesOf(http)[options.pool] })
  })
