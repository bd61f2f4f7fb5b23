import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { InvalidOptions } from "../BinanceError.js"

const shown = (value: unknown): string => (typeof value === "string" ? `"${value}"` : String(value))

const refuse = (option: string, wanted: string, value: unknown) =>
  new InvalidOptions({
    option,
    reason: `has to be ${wanted}, and is ${shown(value)}. Correct it, or leave it out for the default`
  })

/** One of the words that the type names. */
export const literal = <Word extends string>(
  option: string,
  value: Word,
  words: ReadonlyArray<NoInfer<Word>>
): Effect.Effect<Word, InvalidOptions> =>
  words.includes(value) ? Effect.succeed(value) : refuse(option, words.map((word) => `"${word}"`).join(" or "), value)

/** A symbol; some have letters beyond ASCII. */
export const symbol = (option: string, value: string): Effect.Effect<string, InvalidOptions> =>
  value === "" || /[\s/]/.test(value) || value !== value.toUpperCase()
    ? refuse(option, 'a symbol as Binance writes it, such as "BTCUSDT"', value)
    : Effect.succeed(value)

/** `Duration` takes what is negative for zero. */
const isNegative = (input: unknown): boolean =>
  typeof input === "string" ? input.trim().startsWith("-") : typeof input === "number" && !(input >= 0)

/** A duration in ms. */
export const millis = (
  option: string,
  input: Duration.DurationInput,
  { least = 0, most }: { readonly least?: 0 | 1; readonly most?: Duration.DurationInput } = {}
): Effect.Effect<number, InvalidOptions> =>
  Effect.suspend(() => {
    const duration = Duration.decodeUnknown(input)
    const wanted = `${least === 0 ? "a duration" : "a duration longer than 0"}${
      most === undefined ? "" : ` and shorter than ${Duration.format(most)}`
    }, such as "30 seconds"`
    return Option.isNone(duration) ||
      isNegative(input) ||
      Duration.toMillis(duration.value) < least ||
      (most !== undefined && Duration.greaterThanOrEqualTo(duration.value, most))
      ? refuse(option, wanted, input)
      : Effect.succeed(Duration.toMillis(duration.value))
  })

/** A number of a range, ends included. */
export const number = (
  option: string,
  value: number,
  [least, most]: readonly [least: number, most: number]
): Effect.Effect<number, InvalidOptions> =>
  value >= least && value <= most
    ? Effect.succeed(value)
    : refuse(
        option,
        most === Number.POSITIVE_INFINITY ? `a number from ${least} on` : `a number from ${least} to ${most}`,
        value
      )
