import type * as Socket from "@effect/platform/Socket"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { UnsupportedEnvironment } from "../BinanceError.js"
import { BinanceHttp } from "../BinanceHttp.js"
import type { Credentials } from "../Credentials.js"
import { Environment } from "../Environment.js"
import * as ListenKey from "../ListenKey.js"
import * as UserDataStream from "../UserDataStream.js"
import * as ListenKeyConnection from "./listenKeyConnection.js"

export interface Product<Event> {
  readonly endpoint: ListenKey.Endpoint
  readonly decode: (text: string) => Event | undefined
  /** The documented interval of the server's pings, in ms. */
  readonly pingInterval: number
  /** What follows host and route in the address of the stream. */
  readonly addressOf?: ((key: string) => string) | undefined
}

export interface Options extends ListenKey.Options, UserDataStream.Options {}

export const toCalls = (calls: ListenKey.Calls): UserDataStream.ListenKeyCalls => ({
  createListenKey: calls.create,
  keepaliveListenKey: calls.keepalive,
  closeListenKey: calls.close,
  listenKey: calls.scoped
})

/** The whole service of a product whose stream is opened with a listen key. */
export const make = <Event>(
  product: Product<Event>,
  options: Options = {}
): Effect.Effect<
  UserDataStream.ListenKeyStream<Event>,
  UnsupportedEnvironment,
  BinanceHttp | Credentials | Environment | Socket.WebSocketConstructor | Scope.Scope
> =>
  Effect.gen(function* () {
    const http = yield* BinanceHttp
    const stream = yield* (yield* Environment).stream(product.endpoint.product)
    const calls = yield* ListenKey.make(product.endpoint, options)
    const userDataStream = yield* UserDataStream.make(
      {
        product: product.endpoint.product,
        decode: product.decode,
        pingInterval: product.pingInterval,
        open: yield* ListenKeyConnection.make({
          calls,
          http,
          stream,
          addressOf: product.addressOf ?? ((key) => `/ws/${key}`)
        })
      },
      options
    )
    return { ...toCalls(calls), ...userDataStream }
  })
