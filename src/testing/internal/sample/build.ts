import type * as Schema from "effect/Schema"
import * as UserDataEvent from "../../../UserDataEvent.js"

interface Tagged {
  readonly _tag: string
}

/** A frame of each event of a union, as Binance sends it, by the name of its builder. */
export type Frames<E extends Tagged> = { readonly [Tag in E["_tag"] as Uncapitalize<Tag>]: object }

type Merge = (base: unknown, overrides: unknown) => unknown

const isPlain = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype

const mergeRows = (base: ReadonlyArray<unknown>, rows: ReadonlyArray<unknown>) =>
  rows.map((row, index) => merge(base[index] ?? base.at(-1), row))

/** The base, changed by overrides as deep as they go. */
export const merge: Merge = (base, overrides) => {
  if (Array.isArray(base) && Array.isArray(overrides)) {
    return mergeRows(base, overrides)
  }
  if (!isPlain(base) || !isPlain(overrides)) {
    return overrides
  }
  const changed = Object.entries(overrides).map(([name, value]) => [name, merge(base[name], value)])
  return { ...base, ...Object.fromEntries(changed) }
}

const builder = <E extends Tagged, I>(schema: Schema.Schema<E, I>, frame: object) => {
  const decode = (text: string): E => {
    const event = UserDataEvent.decoder(schema)(text)
    if (event === undefined || event._tag === "MalformedEvent" || event._tag === "UnknownEvent") {
      throw new TypeError(`Not an event of Binance: ${event !== undefined && "reason" in event ? event.reason : text}`)
    }
    return event as E
  }
  return (overrides: object = {}): E => {
    const sample = decode(JSON.stringify(frame))
    return decode(UserDataEvent.encoder(schema)(merge(sample, overrides) as E))
  }
}

/** The builder of each event of a union. */
export const builders = <E extends Tagged, I>(
  schema: Schema.Schema<E, I>,
  frames: Frames<E>
): { readonly [name: string]: (overrides?: object) => E } =>
  Object.fromEntries(Object.entries<object>(frames).map(([name, frame]) => [name, builder(schema, frame)]))
