import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { BinanceError } from "../../BinanceError.js"
import type { Credentials } from "../../Credentials.js"
import { Millis } from "../epoch.js"
import { requireLogonSigner } from "./authorize.js"
import { contentOf } from "./envelope.js"
import { type Call, decode, request } from "./exchange.js"
import {
  type Handler,
  type Parameters,
  type Request,
  Session,
  type SubscribeOptions,
  type Subscription
} from "./model.js"

const Subscribed = Schema.Struct({
  subscriptionId: Schema.NonNegativeInt,
  expirationTime: Schema.optional(Millis)
})

const Subscriptions = Schema.Array(Schema.Struct({ subscriptionId: Schema.NonNegativeInt }))

const Started = Schema.Struct({ listenKey: Schema.Redacted(Schema.NonEmptyString) })

const listenKeyLifetime = Duration.toMillis("60 minutes")

/** The `session.*` calls. */
export const session = (
  call: Call,
  credentials: Credentials.Service,
  setAuthenticated: (isAuthenticated: boolean) => Effect.Effect<void>
) => {
  const ask = (asked: Request<Session, typeof Session.Encoded>) =>
    Effect.tap(request(call)(asked), ({ apiKey }) => setAuthenticated(apiKey !== null))
  return {
    logon: Effect.zipRight(
      requireLogonSigner(credentials),
      ask({ method: "session.logon", security: "signed", result: Session })
    ),
    status: ask({ method: "session.status", result: Session }),
    logout: ask({ method: "session.logout", result: Session }),
    subscriptions: Effect.map(
      request(call)({ method: "session.subscriptions", result: Subscriptions }),
      (subscriptions) => subscriptions.map(({ subscriptionId }) => subscriptionId)
    )
  }
}

/** The calls of `userDataStream` that begin and end subscriptions. */
export const subscriptions = (call: Call) => {
  const subscribe = (
    method: string,
    handler: Handler,
    params: Parameters,
    security: "none" | "signed" = "none"
  ): Effect.Effect<Subscription, BinanceError> =>
    call({ method, params, security }, handler).pipe(
      Effect.flatMap((answer) => decode(call, method, Subscribed, contentOf(answer))),
      Effect.map(({ expirationTime, subscriptionId }) => ({ subscriptionId, expiresAt: expirationTime }))
    )
  return {
    subscribe: (handler: Handler, { extraParams = {} }: SubscribeOptions = {}) =>
      subscribe("userDataStream.subscribe", handler, extraParams),
    subscribeSignature: (handler: Handler, { extraParams = {} }: SubscribeOptions = {}) =>
      subscribe("userDataStream.subscribe.signature", handler, extraParams, "signed"),
    subscribeListenToken: (
      listenToken: Redacted.Redacted<string>,
      handler: Handler,
      { extraParams = {} }: SubscribeOptions = {}
    ) => subscribe("userDataStream.subscribe.listenToken", handler, { ...extraParams, listenToken }),
    unsubscribe: (subscriptionId?: number) =>
      Effect.asVoid(
        request(call)({ method: "userDataStream.unsubscribe", params: { subscriptionId }, result: Schema.Unknown })
      )
  }
}

/** The calls of `userDataStream` that begin, extend and end a listen key. */
export const listenKeys = (call: Call) => {
  const listenKey = (method: string) =>
    Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const { listenKey } = yield* request(call)({ method, security: "apiKey", result: Started })
      return { key: listenKey, expiresAt: now + listenKeyLifetime }
    })
  return {
    start: listenKey("userDataStream.start"),
    ping: listenKey("userDataStream.ping"),
    stop: Effect.asVoid(request(call)({ method: "userDataStream.stop", security: "apiKey", result: Schema.Unknown }))
  }
}
