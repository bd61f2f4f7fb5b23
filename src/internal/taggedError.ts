import * as Schema from "effect/Schema"

export const question = {
  /** What was asked for: `POST /dapi/v1/listenKey`, or the name of a WebSocket API method. */
  operation: Schema.String
}

export const attempt = {
  /** What was attempted, without query or credential. */
  operation: Schema.String
}

/** What an answer from Binance is made of, when it is an error. */
export const answer = {
  ...question,
  /** The HTTP status, or the `status` of a WebSocket API response. */
  status: Schema.Number,
  /** Binance's error code, where the answer had one. */
  code: Schema.optional(Schema.Number),
  /** Binance's text, or the beginning of a body that is not JSON; secrets are taken out of it. */
  msg: Schema.String
}

export const tagged =
  <Self>() =>
  <Tag extends string, Fields extends Schema.Struct.Fields>(tag: Tag, fields: Fields) =>
    Schema.TaggedError<Self>(`effect-binance-user-data/${tag}`)(tag, {
      ...fields,
      /** The name of the account, where it has one. */
      account: Schema.optional(Schema.String)
    })

/** A message that says first whose account it is about. */
export const about = ({ account }: { readonly account?: string | undefined }, text: string): string =>
  account === undefined ? text : `Account ${account}: ${text}`

export const describe = (
  error: {
    readonly operation: string
    readonly status: number
    readonly code?: number | undefined
    readonly msg: string
    readonly account?: string | undefined
  },
  advice: string
): string =>
  about(
    error,
    `${error.operation} was answered with ${error.status}${error.code === undefined ? "" : ` (${error.code})`}: ${
      error.msg === "" ? "empty body" : error.msg.replace(/\.$/, "")
    }. ${advice}`
  )
