import * as Socket from "@effect/platform/Socket"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { InvalidOptions, UnsupportedEnvironment } from "../../BinanceError.js"
import { Environment } from "../../Environment.js"
import type * as ListenKey from "../../ListenKey.js"
import * as UserDataEvent from "../../UserDataEvent.js"
import * as UserDataStream from "../../UserDataStream.js"
import * as ListenKeyConnection from "../connection/listenKey.js"
import * as Account from "../listenKey/account.js"
import { scrub, withoutLogin } from "../secrets.js"
import { underName } from "../underName.js"

export interface Product<A> {
  readonly endpoint: ListenKey.Endpoint
  readonly decoder: UserDataEvent.SharedDecoder<A>
  /** The documented interval of the server's pings, in ms. */
  readonly pingInterval: number
  /** The path of the stream for a listen key. Default: `/ws/<listenKey>`. */
  readonly addressOf?: ((key: string) => string) | undefined
}

type Event<A> = A | UserDataEvent.UnknownEvent | UserDataEvent.MalformedEvent

/** At most two connections overlap; earlier keys are closed. */
const rememberedKeys = 4

export interface Options extends ListenKey.Options, UserDataStream.Options {}

export const toCalls = (calls: ListenKey.Calls): UserDataStream.ListenKeyCalls => ({
  createListenKey: Effect.suspend(() => calls.create),
  keepaliveListenKey: (key) => calls.keepalive(key),
  closeListenKey: (key) => calls.close(key),
  listenKey: Effect.suspend(() => calls.scoped)
})

/** Blanks the latest listen keys in texts: a malformed frame may contain them anywhere. */
const makeKeys = () => {
  let keys: ReadonlyArray<Redacted.Redacted<string>> = []
  return {
    add: (key: Redacted.Redacted<string>) => {
      keys = keys.concat(key).slice(-rememberedKeys)
    },
    scrub: (text: string) => scrub(text, keys)
  }
}

/** Makes the service of a product whose stream is opened with a listen key. */
export const make = <A>(
  product: Product<A>,
  options: Options = {}
): Effect.Effect<
  UserDataStream.ListenKeyStream<Event<A>>,
  UnsupportedEnvironment | InvalidOptions,
  UserDataStream.Requirements | Scope.Scope
> =>
  Effect.gen(function* () {
    const construct = yield* Socket.WebSocketConstructor
    const stream = yield* (yield* Environment).stream(product.endpoint.product)
    const key = yield* Account.make(product.endpoint, options)
    const keys = makeKeys()
    const userDataStream = yield* UserDataStream.make<Event<A>>(
      {
        product: key.product,
        account: key.account,
        pingInterval: product.pingInterval,
        decode: UserDataEvent.prepared(product.decoder, { redact: keys.scrub }),
        open: ListenKeyConnection.make({
          key,
          construct,
          addressOf: (key) => `${stream}${product.addressOf?.(key) ?? `/ws/${key}`}`,
          operation: `connect ${withoutLogin(stream)}`,
          onKey: keys.add
        })
      },
      options
    )
    return { ...toCalls(Account.toCalls(key)), ...userDataStream }
  }).pipe(underName(options))
