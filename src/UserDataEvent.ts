/**
 * The parts that the events of all products share: decoding and encoding, frames that cannot be decoded, and events about
 * the stream itself.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Decoder from "./Decoder.js"
import * as Codec from "./internal/decoder/codec.js"
import { textOf } from "./internal/decoder/frame.js"
import * as Machine from "./internal/decoder/machine.js"
import { toMillis } from "./internal/epoch.js"
import * as Json from "./internal/json.js"

export { EventStreamTerminated, ListenKeyExpired, ServerShutdown } from "./internal/event/controlEvent.js"

export type { Event, Numeric } from "./internal/event/field.js"

/**
 * An event with a name that this version does not know.
 *
 * @since 0.1.0
 * @category models
 */
export const UnknownEvent = Schema.TaggedStruct("UnknownEvent", {
  /** `e`: the name of the event, as Binance writes it. */
  eventType: Schema.String,
  /** `E`: when Binance sent the event, in epoch ms, if it says so. */
  eventTime: Schema.optionalWith(Schema.Number, { exact: true }),
  /**
   * The event with its keys on the wire. Listen keys are blanked. Numbers that JavaScript cannot represent exactly are
   * `LosslessNumber`s; their `toString()` is the exact text.
   */
  raw: Schema.Unknown
})

export interface UnknownEvent extends Schema.Schema.Type<typeof UnknownEvent> {}

/**
 * A frame that should be an event but cannot be decoded.
 *
 * @since 0.1.0
 * @category models
 */
export const MalformedEvent = Schema.TaggedStruct("MalformedEvent", {
  /** What is wrong with the frame, in one line, listen keys blanked. */
  reason: Schema.String,
  /** `e`: the name of the event, if it can be read. */
  eventType: Schema.optionalWith(Schema.String, { exact: true }),
  /** The frame as it came, listen keys blanked, cut at 65536 characters. */
  text: Schema.String,
  /** The event with its keys on the wire, listen keys blanked, if the frame is JSON. */
  value: Schema.optionalWith(Schema.Unknown, { exact: true })
})

export interface MalformedEvent extends Schema.Schema.Type<typeof MalformedEvent> {}

type Fields = Record<string, unknown>

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !Json.isLosslessNumber(value)

const isWrapper = (frame: unknown): frame is Fields => isFields(frame) && !Object.hasOwn(frame, "e")

/**
 * Unwraps an event: `{ subscriptionId, event }` and `{ event }` on the WebSocket API, `{ stream, data }` on a combined
 * stream. A frame with an event name is not wrapped.
 */
const unwrap = (frame: unknown): unknown => {
  if (!isFields(frame)) {
    return frame
  }
  if (isFields(frame.event)) {
    return frame.event
  }
  return typeof frame.stream === "string" && isFields(frame.data) ? frame.data : frame
}

/**
 * Whether a parsed frame is the answer to a request: it has a result or an error, and no event name.
 *
 * @since 0.1.0
 * @category guards
 */
export const isAnswer = (frame: unknown): boolean => {
  if (!isFields(frame)) {
    return false
  }
  const has = (key: string) => Object.hasOwn(frame, key)
  return (
    !["e", "event", "data"].some(has) &&
    (has("result") || has("error") || (has("code") && has("msg")) || (has("id") && has("status")))
  )
}

// -----------------------------------------------------------------------------
// secrets
// -----------------------------------------------------------------------------

const redacted = "<redacted>"

const secretKeys = new Set(["listenKey", "listenToken"])

/** Also matches a value that was cut. The name of a combined stream is a listen key. */
const secretField = /("(?:listenKey|listenToken|stream)"\s*:\s*)(?:"[^"\\]*(?:\\.[^"\\]*)*"?|[^\s,}\]]+)/gi

/** Shorter texts are not listen keys, and would match everywhere. */
const shortestSecret = 8

type Redact = (text: string) => string

const addSecret = (value: unknown, found: Set<string>): void => {
  if (Array.isArray(value)) {
    value.forEach((item) => {
      addSecret(item, found)
    })
  } else if (isFields(value)) {
    addSecret(Object.values(value), found)
  } else if (value !== undefined && String(value).length >= shortestSecret) {
    found.add(String(value))
  }
}

const findSecrets = (value: unknown, found: Set<string> = new Set()): Set<string> => {
  if (Array.isArray(value)) {
    value.forEach((item) => {
      findSecrets(item, found)
    })
  } else if (isFields(value)) {
    for (const [key, child] of Object.entries(value)) {
      if (secretKeys.has(key)) {
        addSecret(child, found)
      }
      findSecrets(child, found)
    }
  }
  return found
}

/** Blanks the secrets of a frame wherever they occur in a text. */
const redactor = (frameText: string, redact: Redact | undefined): Redact => {
  const frame = Either.getOrUndefined(Json.parse(frameText))
  const secrets = findSecrets(frame)
  if (isWrapper(frame)) {
    addSecret(frame.stream, secrets)
  }
  return (text) => {
    let clean = redact?.(text) ?? text
    for (const secret of secrets) {
      clean = clean.replaceAll(secret, redacted)
    }
    return clean
  }
}

const redactValue = (value: unknown, redact: Redact): unknown => {
  if (typeof value === "string") {
    return redact(value)
  }
  if (Array.isArray(value)) {
    return value.map((item) => redactValue(item, redact))
  }
  return isFields(value)
    ? Object.fromEntries(
        Object.entries(value).map(([key, child]) => [
          redact(key),
          secretKeys.has(key) ? redacted : redactValue(child, redact)
        ])
      )
    : value
}

/** Redacts listen keys in fields that the schema does not know. */
const hideSecrets = (key: string, value: unknown): unknown =>
  secretKeys.has(key) ? Redacted.make(value) : hideIn(value)

const hideIn = (value: unknown): unknown => {
  if (Array.isArray(value)) {
    return value.map(hideIn)
  }
  if (!isFields(value)) {
    return value
  }
  const entries = Object.entries(value).map(([key, child]) => [
    key,
    secretKeys.has(key) ? Redacted.make(child) : hideIn(child)
  ])
  return Object.fromEntries(entries)
}

// -----------------------------------------------------------------------------
// decoding
// -----------------------------------------------------------------------------

const longestText = 65536

const longestReason = 300

const eventTimeOf = (value: Fields): { readonly eventTime?: number } => {
  const eventTime = typeof value.E === "string" && /^\d+$/.test(value.E) ? Number(value.E) : value.E
  return Number.isSafeInteger(eventTime) ? { eventTime: eventTime as number } : {}
}

const unknownEvent = (eventType: string, value: Fields, redact: Redact): UnknownEvent => ({
  _tag: "UnknownEvent",
  eventType: redact(eventType),
  ...eventTimeOf(value),
  raw: redactValue(value, redact)
})

const withoutStream = (value: unknown): unknown =>
  isWrapper(value) && Object.hasOwn(value, "stream") ? { ...value, stream: redacted } : value

const malformedEvent = (text: string, reason: string, value: unknown, redact: Redact): MalformedEvent => ({
  _tag: "MalformedEvent",
  reason: redact(reason).slice(0, longestReason),
  ...(isFields(value) && typeof value.e === "string" ? { eventType: redact(value.e) } : {}),
  // Cut before the expression as well: a field of megabytes overflows its stack.
  text: redact(text).slice(0, longestText).replace(secretField, `$1"${redacted}"`).slice(0, longestText),
  ...(value === undefined ? {} : { value: redactValue(withoutStream(value), redact) })
})

/**
 * Options of a decoder.
 *
 * @since 0.1.0
 * @category models
 */
export interface DecoderOptions {
  /** Blanks the secrets that the caller knows in a text. */
  readonly redact?: (text: string) => string
}

/**
 * The decoder of a product, for all its streams.
 *
 * @internal
 */
export interface SharedDecoder<A> {
  readonly decode: Decoder.Decoder<A>
  /** Compiles the schema, which takes some ms: the first event of each kind need not wait for it. */
  readonly prepare: () => void
}

/**
 * Makes the decoder of a product. Its schema is compiled at the first frame, if it is not prepared before.
 *
 * @internal
 */
export const sharedDecoder = <A, I>(schema: Schema.Schema<A, I>): SharedDecoder<A> => {
  const machine = Codec.lazily(() => Machine.make(schema.ast, { unwrap, mapUnknown: hideSecrets }))
  return {
    decode: (frame) => machine().decode(frame),
    prepare: Codec.lazily(() => machine().prepare())
  }
}

/**
 * Makes the function that turns a frame, as text or as its UTF-8 bytes, into an event of a product. It never throws:
 *
 * - a frame whose event name the schema does not know becomes an `UnknownEvent`;
 * - a frame that is not JSON, has no event name, or lacks a required field becomes a `MalformedEvent`;
 * - the answer to a request, such as `{"result":null,"id":1}`, becomes `undefined`.
 *
 * Neither contains a listen key: those of `listenKey` fields, the names of combined streams and what `redact` finds are
 * blanked.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decoder = <A, I>(
  schema: Schema.Schema<A, I>,
  options?: DecoderOptions
): ((frame: Decoder.Frame) => A | UnknownEvent | MalformedEvent | undefined) =>
  fromDecoder(sharedDecoder(schema).decode, options)

/**
 * The same for a stream, with the decoder of its product. It is ready when the first frame comes.
 *
 * @internal
 */
export const prepared = <A>(
  { decode, prepare }: SharedDecoder<A>,
  options: DecoderOptions
): ((frame: Decoder.Frame) => A | UnknownEvent | MalformedEvent | undefined) => {
  prepare()
  return fromDecoder(decode, options)
}

const fromDecoder = <A>(
  decode: Decoder.Decoder<A>,
  options?: DecoderOptions
): ((frame: Decoder.Frame) => A | UnknownEvent | MalformedEvent | undefined) => {
  const recover = (frame: Decoder.Frame, failure: Decoder.DecodeFailure): UnknownEvent | MalformedEvent | undefined => {
    const { message, reason, value } = failure
    if (isAnswer(value)) {
      return undefined
    }
    const text = textOf(frame)
    const redact = redactor(text, options?.redact)
    if (reason !== "UnknownMember") {
      return malformedEvent(text, message, value, redact)
    }
    return isFields(value) && typeof value.e === "string"
      ? unknownEvent(value.e, value, redact)
      : malformedEvent(text, "has no event name", value, redact)
  }

  return (frame) => {
    const result = decode(frame)
    return Either.isRight(result) ? result.right : recover(frame, result.left)
  }
}

/**
 * Makes the function that turns an event of a product back into the text of a frame, without a wrapper. Ids are JSON
 * numbers of any size; fields that the schema does not know are kept. It throws if the value is not such an event.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encoder = <A, I>(schema: Schema.Schema<A, I>): ((event: A) => string) => {
  const codec = Codec.make(schema.ast)
  return (event) =>
    codec.encode(event).pipe(
      Either.flatMap((wire) => Json.stringify(wire)),
      Either.getOrThrowWith((error) => (typeof error === "string" ? new TypeError(error) : error))
    )
}

// -----------------------------------------------------------------------------
// times
// -----------------------------------------------------------------------------

/**
 * The time of an event: epoch ms, or epoch µs on a connection with `timeUnit: "MICROSECOND"`.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toDateTime = (epochMillisOrMicros: number): DateTime.Utc =>
  DateTime.unsafeMake(toMillis(epochMillisOrMicros))
