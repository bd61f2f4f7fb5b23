import * as HashMap from "effect/HashMap"
import * as Schema from "effect/Schema"
import * as Maps from "./maps.js"

/**
 * What was added lately, bounded by time and number at a constant cost: two generations, of which the older one is
 * forgotten as a whole.
 */
export interface Recent<A> {
  readonly young: HashMap.HashMap<string, A>
  readonly old: HashMap.HashMap<string, A>
  /** What has a time from here on is in `young`. */
  readonly since: number
  /** What has a time from here on and was added is still known. */
  readonly horizon: number
  readonly newest: number
}

export const Recent = <A, I>(value: Schema.Schema<A, I>) =>
  Schema.Struct({
    young: Schema.HashMap({ key: Schema.String, value }),
    old: Schema.HashMap({ key: Schema.String, value }),
    since: Schema.JsonNumber,
    horizon: Schema.JsonNumber,
    newest: Schema.JsonNumber
  })

export interface Limits {
  /** How much time one generation spans. */
  readonly window: number
  /** How many entries one generation has. */
  readonly capacity: number
  /** How many it has at most, where more than that have to be kept. Default: the capacity. */
  readonly most?: number
}

export const empty = <A>(at: number): Recent<A> => ({
  young: HashMap.empty(),
  old: HashMap.empty(),
  since: at,
  horizon: at,
  newest: at
})

export const get = <A>(recent: Recent<A>, key: string): A | undefined =>
  Maps.get(recent.young, key) ?? Maps.get(recent.old, key)

export const has = <A>(recent: Recent<A>, key: string): boolean =>
  HashMap.has(recent.young, key) || HashMap.has(recent.old, key)

/** `keepFrom`: what has a time from there on has to be kept. */
export const add = <A>(
  recent: Recent<A>,
  key: string,
  value: A,
  time: number,
  { capacity, most = capacity, window }: Limits,
  keepFrom = Number.POSITIVE_INFINITY
): Recent<A> => {
  const newest = Math.max(recent.newest, time)
  const size = HashMap.size(recent.young)
  const isFull = time - recent.since > window || size >= capacity
  if (!isFull || (recent.since > keepFrom && size < most)) {
    const { horizon, old, since, young } = recent
    return { young: HashMap.set(young, key, value), old, since, horizon, newest }
  }
  return {
    young: HashMap.make([key, value]),
    old: recent.young,
    since: recent.newest + 1,
    horizon: recent.since,
    newest
  }
}

export const remove = <A>(recent: Recent<A>, key: string): Recent<A> =>
  has(recent, key)
    ? { ...recent, young: HashMap.remove(recent.young, key), old: HashMap.remove(recent.old, key) }
    : recent
