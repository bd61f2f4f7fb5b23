import * as Schema from "effect/Schema"
import * as Fault from "../../Fault.js"
import { Flag, Id, Product, Span, Text } from "./fields.js"

const Count = Schema.optional(Schema.Int)

const scope = { endpoint: Text, skip: Count, times: Count, for: Schema.optional(Span) }
const sockets = { product: Schema.optional(Product), account: Text, symbol: Text, id: Count }
const owner = { product: Product, account: Text, symbol: Text }
const frames = { ...sockets, skip: Count, times: Count }
const error = { code: Count, msg: Text, html: Flag, processed: Flag }

interface Method<A> {
  readonly fields: Schema.Schema<A, any>
  readonly make: (given: A) => Fault.Fault
}

const method = <Fields extends Schema.Struct.Fields>(
  fields: Fields,
  make: (given: Schema.Struct.Type<Fields>) => Fault.Fault
): Method<any> => ({ fields: Schema.Struct(fields) as any, make })

/** The functions of `Fault` that make one. */
type Name = { readonly [K in keyof typeof Fault]: K }[keyof typeof Fault]

/**
 * What each function of `Fault` takes, as JSON.
 */
export const faultMethods: { readonly [K in Name]: Method<any> } = {
  unauthorized: method(scope, Fault.unauthorized),
  forbidden: method(scope, Fault.forbidden),
  gone: method(scope, Fault.gone),
  rateLimited: method({ ...scope, retryAfter: Count }, Fault.rateLimited),
  banned: method({ ...scope, retryAfter: Count, until: Count }, Fault.banned),
  serverError: method({ ...scope, ...error, status: Count }, Fault.serverError),
  overloaded: method(scope, Fault.overloaded),
  backendTimeout: method({ ...scope, processed: Flag }, Fault.backendTimeout),
  inactiveAccount: method(scope, Fault.inactiveAccount),
  invalidListenKey: method(scope, Fault.invalidListenKey),
  errorAnswer: method({ ...scope, ...error, status: Schema.Int, retryAfter: Count }, Fault.errorAnswer),
  slow: method({ ...scope, by: Span, processed: Schema.optional(Schema.Literal("before", "after")) }, Fault.slow),
  never: method({ ...scope, processed: Flag }, Fault.never),
  reset: method({ ...scope, processed: Flag }, Fault.reset),
  truncatedBody: method(scope, Fault.truncatedBody),
  emptyBody: method(scope, Fault.emptyBody),
  laggingRead: method({ ...scope, by: Span }, Fault.laggingRead),
  lackingOrder: method({ ...scope, orderId: Id }, Fault.lackingOrder),
  cutPage: method({ ...scope, rows: Schema.Int }, Fault.cutPage),
  refusedWindow: method(scope, Fault.refusedWindow),
  refuseConnects: method(
    {
      refusal: Schema.Union(Schema.Int, Schema.Literal("reset", "never")),
      times: Count,
      for: Schema.optional(Span),
      path: Text,
      retryAfter: Count
    },
    ({ refusal, ...options }) => Fault.refuseConnects(refusal, options)
  ),
  dropSockets: method({ ...sockets, code: Count, reason: Text }, Fault.dropSockets),
  halfOpen: method(sockets, Fault.halfOpen),
  stall: method({ ...sockets, for: Span }, Fault.stall),
  ignoreClient: method(sockets, Fault.ignoreClient),
  stopEvents: method(sockets, Fault.stopEvents),
  resumeEvents: method(sockets, Fault.resumeEvents),
  cut24h: method(sockets, Fault.cut24h),
  duplicateFrame: method(frames, Fault.duplicateFrame),
  truncateFrame: method(frames, Fault.truncateFrame),
  garbageFrame: method(frames, Fault.garbageFrame),
  loseFrame: method(frames, Fault.loseFrame),
  delayFrames: method({ ...sockets, times: Count, by: Span }, Fault.delayFrames),
  unknownEvent: method(sockets, Fault.unknownEvent),
  serverShutdown: method(sockets, Fault.serverShutdown),
  eventStreamTerminated: method(sockets, Fault.eventStreamTerminated),
  expireListenKey: method(owner, Fault.expireListenKey),
  deleteListenKey: method(owner, Fault.deleteListenKey),
  rotateListenKey: method(owner, Fault.rotateListenKey),
  expireListenTokens: method({ account: Text, symbol: Text }, Fault.expireListenTokens),
  revokeApiKey: method({ apiKey: Schema.String }, ({ apiKey }) => Fault.revokeApiKey(apiKey)),
  holdTriggers: method({}, () => Fault.holdTriggers),
  releaseTriggers: method({}, () => Fault.releaseTriggers),
  lateAlgoUpdates: method({ by: Span }, Fault.lateAlgoUpdates),
  clockSkew: method({ millis: Schema.Int }, ({ millis }) => Fault.clockSkew(millis)),
  clear: method({}, () => Fault.clear)
}
