import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

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

const usualLayout = /^\{"subscriptionId":(\d{1,15}),"event":/

/** The subscription of an event and the position of the event, for frames of the usual layout. */
export const addressOf = (text: string): { readonly subscriptionId: number; readonly eventAt: number } | undefined => {
  const match = usualLayout.exec(text)
  return match === null ? undefined : { subscriptionId: Number(match[1]), eventAt: match[0].length }
}

const answerAddress = /^\s*\{\s*"id"\s*:\s*"?(\d+)/

/** The request that an answer belongs to, if the rest of the answer cannot be parsed. */
export const requestIdOf = (text: string): number | undefined => {
  const match = answerAddress.exec(text)
  return match === null ? undefined : Number(match[1])
}
