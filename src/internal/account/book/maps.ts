import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"

// Persistent maps by text, read without an `Option` on the way.

export type Texts<A> = HashMap.HashMap<string, A>

export const get = <A>(map: Texts<A>, key: string): A | undefined => Option.getOrUndefined(HashMap.get(map, key))

/** The same map if it has the value already. */
export const set = <A>(map: Texts<A>, key: string, value: A): Texts<A> =>
  get(map, key) === value ? map : HashMap.set(map, key, value)

/** The same map if it has no such key. */
export const remove = <A>(map: Texts<A>, key: string): Texts<A> =>
  HashMap.has(map, key) ? HashMap.remove(map, key) : map

export const keys = <A>(map: Texts<A>): ReadonlyArray<string> => Array.from(HashMap.keys(map))
