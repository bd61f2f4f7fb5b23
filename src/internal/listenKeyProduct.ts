import type * as Socket from "@effect/platform/Socket"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { UnsupportedEnvironment } from "../BinanceError.js"
import { BinanceHttp } from "../BinanceHttp.js"
import type { Credentials } from "../Credentials.js"
import { Environment } from "../Environment.js"
import * as ListenKey from "../ListenKey.js"
import * as UserDataEvent from "../UserDataEvent.js"
import * as UserDataStream from "../UserDataStream.js"
import * as ListenKeyConnection from "./listenKeyConnection.js"
import { scrub } from "./secrets.js"

export interface Product<A, I> {
  readonly endpoint: ListenKey.Endpoint
  readonly event: Schema.Schema<A, I>
  /** The documented interval of the server's pings, in ms. */
  readonly pingInterval: number
  /** What follows host and route in the address of the stream. */
  readonly addressOf?: ((key: string) => string) | undefined
}

/** Two connections overlap at most; what came before them is closed. */
const rememberedKeys = 4

export interface Options extends ListenKey.Options, UserDataStream.Options {}

export const toCalls = (calls: ListenKey.Calls): UserDataStream.ListenKeyCalls => ({
  createListenKey: calls.create,
  keepaliveListenKey: calls.keepalive,
  closeListenKey: calls.close,
  listenKey: calls.scoped
})

/** The whole service of a product whose stream is opened with a listen key. */
export const make = <A, I>(
  product: Product<A, I>,
  options: Options = {}
): Effect.Effect<
  UserDataStream.ListenKeyStream<A | UserDataEvent.UnknownEvent | UserDataEvent.MalformedEvent>,
  UnsupportedEnvironment,
  BinanceHttp | Credentials | Environment | Socket.WebSocketConstructor | Scope.Scope
> =>
  Effect.gen(function* () {
    const http = yield* BinanceHttp
    const stream = yield* (yield* Environment).stream(product.endpoint.product)
    const calls = yield* ListenKey.make(product.endpoint, options)
    // A frame that cannot be read may hold the key anywhere.
    const keys: Array<Redacted.Redacted<string>> = []
    const userDataStream = yield* UserDataStream.make(
      {
        product: product.endpoint.product,
        decode: UserDataEvent.decoder(product.event, { redact: (text) => scrub(text, keys) }),
        pingInterval: product.pingInterval,
        open: yield* ListenKeyConnection.make({
          calls,
          http,
          stream,
          addressOf: product.addressOf ?? ((key) => `/ws/${key}`),
          onKey: (key) => {
            keys.push(key)
            keys.splice(0, keys.length - rememberedKeys)
          }
        })
      },
      options
    )
    return { ...toCalls(calls), ...userDataStream }
  })
