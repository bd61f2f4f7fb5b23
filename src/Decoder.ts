/**
 * Turns the text of a frame into what a schema says it is.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import type * as Schema from "effect/Schema"
import * as Codec from "./internal/codec.js"
import * as Json from "./internal/json.js"

/**
 * Why a text could not be decoded.
 *
 * - `InvalidJson`: it is not JSON, or nested too deeply.
 * - `UnknownMember`: it is JSON, but of no member of the union: the literal that tells them apart is absent or another.
 * - `InvalidValue`: the member is known, but the value is not as its schema says.
 *
 * @since 0.1.0
 * @category models
 */
export interface DecodeFailure {
  readonly _tag: "DecodeFailure"
  readonly reason: "InvalidJson" | "UnknownMember" | "InvalidValue"
  /** What is wrong and where, in one line. May quote the value. */
  readonly message: string
  /** What was to be decoded, as far as it could be parsed: `undefined` if it is not JSON. */
  readonly value: unknown
}

/**
 * Decodes one text. Never throws.
 *
 * Integers are exact, whatever their size. Fields that the schema does not know are kept under their own key, at any
 * depth: numbers among them that JavaScript cannot hold are `LosslessNumber`s, whose `toString()` is the exact text. An
 * unknown field that has the name of a known one is kept with a `$` before it.
 *
 * @since 0.1.0
 * @category models
 */
export type Decoder<A> = (text: string) => Either.Either<A, DecodeFailure>

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Takes what the schema describes out of what surrounds it. */
  readonly unwrap?: (value: unknown) => unknown
}

const failure = (reason: DecodeFailure["reason"], message: string, value: unknown): DecodeFailure => ({
  _tag: "DecodeFailure",
  reason,
  message,
  value
})

/**
 * Makes the decoder of a schema, or of a union of structs that a literal tells apart. Costly: make it once.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <A, I>(schema: Schema.Schema<A, I>, options?: Options): Decoder<A> => {
  const codec = Codec.make(schema.ast)
  const unwrap = options?.unwrap ?? ((value: unknown) => value)

  return (text) => {
    const parsed = Json.parse(text)
    if (Either.isLeft(parsed)) {
      return Either.left(failure("InvalidJson", parsed.left, undefined))
    }
    const value = unwrap(parsed.right)
    const decoded = codec.decode(value)
    if (decoded === undefined) {
      return Either.left(failure("UnknownMember", "of no known kind", value))
    }
    return Either.mapLeft(decoded, (error) => failure("InvalidValue", Codec.explain(error), value))
  }
}
