/**
 * Decodes frames by a schema.
 *
 * @since 0.1.0
 */
import type * as Either from "effect/Either"
import type * as Schema from "effect/Schema"
import type { Frame } from "./internal/decoder/frame.js"
import type { DecodeFailure, Options } from "./internal/decoder/machine.js"
import * as Machine from "./internal/decoder/machine.js"

export type { Frame } from "./internal/decoder/frame.js"
export type { DecodeFailure, Options } from "./internal/decoder/machine.js"

/**
 * Decodes one frame. Never throws.
 *
 * Integers are exact, whatever their size. Fields that the schema does not know are kept under their own key, at any
 * depth: numbers among them that JavaScript cannot hold are `LosslessNumber`s, whose `toString()` is the exact text. An
 * unknown field with the name of a known one is kept with a `$` before it.
 *
 * Amounts and enumerations of 13 characters and more may be slices of the frame's text, which then stays in memory as long
 * as they do. To keep a few of them for long, copy them.
 *
 * @since 0.1.0
 * @category models
 */
export type Decoder<A> = (frame: Frame) => Either.Either<A, DecodeFailure>

/**
 * Makes the decoder of a schema, or of a union of structs that a literal tells apart. It gives what the schema would
 * give, but faster, most of all where the keys come in the schema's order. Make it once.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: <A, I>(schema: Schema.Schema<A, I>, options?: Options) => Decoder<A> = (schema, options) =>
  Machine.make(schema.ast, options).decode
