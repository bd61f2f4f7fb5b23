import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type Frame, hasAt } from "../decoder/frame.js"

/** The response to a request. With an `id` of `null`, it is about the connection. */
export interface Answer {
  readonly id: number | string | null
  readonly status: number
  readonly result?: unknown
  readonly error?:
    | { readonly code?: number | undefined; readonly msg?: string | undefined; readonly data?: unknown }
    | undefined
  readonly rateLimits?: unknown
}

const AnswerSchema = Schema.Struct({
  id: Schema.NullOr(Schema.Union(Schema.Number, Schema.String)),
  status: Schema.Number,
  result: Schema.optional(Schema.Unknown),
  error: Schema.optional(
    Schema.Struct({
      code: Schema.optional(Schema.Number),
      msg: Schema.optional(Schema.String),
      data: Schema.optional(Schema.Unknown)
    })
  ),
  rateLimits: Schema.optional(Schema.Unknown)
})

/** Whether a frame is an answer. Unknown fields are kept: some answers have their content beside `result`. */
export const isAnswer: (frame: unknown) => frame is Answer = Schema.is(AnswerSchema)

export const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The content of an answer: its `result`, or, in the samples of some methods, the fields beside it. */
export const contentOf = (answer: Answer): unknown =>
  isObject(answer.result) || answer.result === undefined ? { ...answer, ...answer.result } : answer.result

const decodeSubscription = Schema.decodeUnknownOption(Schema.Struct({ subscriptionId: Schema.NonNegativeInt }))

/** The subscription that an answer confirms. */
export const subscriptionOf = (answer: Answer): number | undefined =>
  answer.error !== undefined
    ? undefined
    : Option.getOrUndefined(Option.map(decodeSubscription(contentOf(answer)), ({ subscriptionId }) => subscriptionId))

const zero = 0x30

/** The digits at a place of a frame, as a number, and where they end; `undefined` if there are none, or too many. */
const digitsAt = (frame: Frame, start: number): { readonly value: number; readonly end: number } | undefined => {
  let value = 0
  let end = start
  for (; end < frame.length; end++) {
    const digit = (typeof frame === "string" ? frame.charCodeAt(end) : frame[end]!) - zero
    if (digit < 0 || digit > 9) {
      break
    }
    value = value * 10 + digit
  }
  return end === start || end - start > 15 ? undefined : { value, end }
}

const addressKey = '{"subscriptionId":'
const eventKey = ',"event":'

/** The subscription of an event and the position of the event, for frames of the usual layout. */
export const addressOf = (frame: Frame): { readonly subscriptionId: number; readonly eventAt: number } | undefined => {
  const digits = hasAt(frame, 0, addressKey) ? digitsAt(frame, addressKey.length) : undefined
  return digits !== undefined && hasAt(frame, digits.end, eventKey)
    ? { subscriptionId: digits.value, eventAt: digits.end + eventKey.length }
    : undefined
}

const answerAddress = /^\s*\{\s*"id"\s*:\s*"?(\d+)/

/** The request that an answer belongs to, if the rest of the answer cannot be parsed. */
export const requestIdOf = (text: string): number | undefined => {
  const match = answerAddress.exec(text)
  return match === null ? undefined : Number(match[1])
}
