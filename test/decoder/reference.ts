import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"
import * as Decoder from "../../src/Decoder.js"
import * as Codec from "../../src/internal/decoder/codec.js"
import * as Json from "../../src/internal/json.js"

/** What a decoder has to answer: the schema's own parser over JSON that lost no digit, and nothing that is fast. */
export const reference = <A, I>(
  schema: Schema.Schema<A, I>,
  unwrap: (value: unknown) => unknown = (value) => value
): Decoder.Decoder<A> => {
  const codec = Codec.make(schema.ast)
  const left = (reason: Decoder.DecodeFailure["reason"], message: string, value: unknown) =>
    Either.left<Decoder.DecodeFailure>({ _tag: "DecodeFailure", reason, message, value })
  return (frame) => {
    const parsed = Json.parse(typeof frame === "string" ? frame : new TextDecoder().decode(frame))
    if (Either.isLeft(parsed)) {
      return left("InvalidJson", parsed.left, undefined)
    }
    const value = unwrap(parsed.right)
    const member = codec.memberOf(value)
    if (member === undefined) {
      return left("UnknownMember", "of no known kind", value)
    }
    const decoded = codec.decode(member, value)
    return Either.isRight(decoded)
      ? Either.right(decoded.right as A)
      : left("InvalidValue", Codec.explain(decoded.left), value)
  }
}

/**
 * A decoder that may make code and one that may not, which have seen these frames twice.
 */
export const decodersOf = <A, I>(
  schema: Schema.Schema<A, I>,
  frames: ReadonlyArray<Decoder.Frame>,
  unwrap?: (value: unknown) => unknown
): ReadonlyArray<Decoder.Decoder<A>> => {
  const options = unwrap && { unwrap }
  const decoders = [Decoder.make(schema, options), Decoder.make(schema, { ...options, generateCode: false })]
  for (const frame of [...frames, ...frames]) {
    for (const decode of decoders) {
      decode(frame)
    }
  }
  return decoders
}

/** A value as text: all that can be told apart of it, but for the order of its fields. */
export const canonical = (value: unknown): string => {
  if (typeof value === "string") {
    return JSON.stringify(value)
  }
  if (typeof value !== "object" || value === null) {
    return Object.is(value, -0) ? "-0" : String(value)
  }
  if (Redacted.isRedacted(value)) {
    return `Redacted(${canonical(Redacted.value(value))})`
  }
  if (value instanceof Json.LosslessNumber) {
    return `LosslessNumber(${value})`
  }
  if (Array.isArray(value)) {
    return `[${value.map(canonical).join()}]`
  }
  const prototype = Object.getPrototypeOf(value) === Object.prototype ? "" : "!"
  const entries = Object.entries(value).map(([key, child]) => `${JSON.stringify(key)}:${canonical(child)}`)
  return `${prototype}{${entries.sort().join()}}`
}

export const answer = (result: Either.Either<unknown, Decoder.DecodeFailure>): string =>
  Either.isRight(result)
    ? canonical(result.right)
    : `${result.left.reason}: ${result.left.message}: ${canonical(result.left.value)}`

/** What surrounds an event, as everywhere at Binance. */
export const unwrap = (frame: any): unknown => {
  const isFields = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value)
  if (!isFields(frame) || Json.isLosslessNumber(frame) || Object.hasOwn(frame, "e")) {
    return frame
  }
  if (isFields(frame.event) && !Json.isLosslessNumber(frame.event)) {
    return frame.event
  }
  return typeof frame.stream === "string" && isFields(frame.data) && !Json.isLosslessNumber(frame.data)
    ? frame.data
    : frame
}

/** The same text as a string, as bytes, and as a view into a bigger buffer. */
export const forms = (text: string): ReadonlyArray<Decoder.Frame> => {
  const bytes = Buffer.from(text)
  const bigger = Buffer.alloc(bytes.length + 20, '"')
  bigger.set(bytes, 7)
  return [text, bytes, bigger.subarray(7, 7 + bytes.length), new Uint8Array(bytes)]
}
