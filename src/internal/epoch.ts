import * as Schema from "effect/Schema"

/** From here on a number is µs: as ms it would lie 30,000 years ahead. */
const leastMicros = 1e15

/** Epoch ms of a time that Binance tells in ms or in µs. */
export const toMillis = (time: number): number => (time >= leastMicros ? Math.floor(time / 1000) : time)

/** The timestamp of a signed call. A clock may count parts of a millisecond, and Binance takes none. */
export const timestampOf = (now: number, clockOffset: number): number => Math.floor(now + clockOffset)

/** Epoch µs on a socket with that unit, and in the expiry of listen tokens; epoch ms otherwise. */
export const Millis = Schema.transform(Schema.Number, Schema.Number, {
  strict: true,
  decode: toMillis,
  encode: (time) => time
})
