import * as Socket from "@effect/platform/Socket"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { InvalidOptions, UnsupportedEnvironment } from "../../BinanceError.js"
import type { BinanceHttp } from "../../BinanceHttp.js"
import type { Credentials } from "../../Credentials.js"
import { Environment } from "../../Environment.js"
import type * as ListenKey from "../../ListenKey.js"
import * as UserDataEvent from "../../UserDataEvent.js"
import * as UserDataStream from "../../UserDataStream.js"
import * as ListenKeyConnection from "../connection/listenKey.js"
import * as Account from "../listenKey/account.js"
import { scrub } from "../secrets.js"
import type * as Session from "../session/settings.js"
import { underName } from "../underName.js"

export interface Product<A, I> {
  readonly endpoint: ListenKey.Endpoint
  readonly event: Schema.Schema<A, I>
  /** The documented interval of the server's pings, in ms. */
  readonly pingInterval: number
  /** What follows host and route in the address of the stream. */
  readonly addressOf?: ((key: string) => string) | undefined
}

type Event<A> = A | UserDataEvent.UnknownEvent | UserDataEvent.MalformedEvent

/** Two connections overlap at most; what came before them is closed. */
const rememberedKeys = 4

export interface Options extends ListenKey.Options, UserDataStream.Options {}

export const toCalls = (calls: ListenKey.Calls): UserDataStream.ListenKeyCalls => ({
  createListenKey: Effect.suspend(() => calls.create),
  keepaliveListenKey: (key) => calls.keepalive(key),
  closeListenKey: (key) => calls.close(key),
  listenKey: Effect.suspend(() => calls.scoped)
})

/** Where the events of one account come from. */
class Source<A, I> implements Session.Source<Event<A>>, ListenKeyConnection.Options {
  readonly decode: Session.Source<Event<A>>["decode"]
  /** A frame that cannot be read may hold the key anywhere. */
  private keys: ReadonlyArray<Redacted.Redacted<string>> = []

  constructor(
    private readonly made: Product<A, I>,
    private readonly stream: string,
    readonly key: Account.Account,
    readonly construct: ListenKeyConnection.Options["construct"]
  ) {
    this.decode = UserDataEvent.decoder(made.event, { redact: (text) => scrub(text, this.keys) })
  }

  get product() {
    return this.key.product
  }

  get account() {
    return this.key.account
  }

  get pingInterval(): number {
    return this.made.pingInterval
  }

  get operation(): string {
    return `connect ${this.stream}`
  }

  get open() {
    return ListenKeyConnection.make(this)
  }

  addressOf(key: string): string {
    return `${this.stream}${this.made.addressOf?.(key) ?? `/ws/${key}`}`
  }

  onKey(key: Redacted.Redacted<string>) {
    this.keys = this.keys.concat(key).slice(-rememberedKeys)
  }
}

/** The whole service of a product whose stream is opened with a listen key. */
export const make = <A, I>(
  product: Product<A, I>,
  options: Options = {}
): Effect.Effect<
  UserDataStream.ListenKeyStream<Event<A>>,
  UnsupportedEnvironment | InvalidOptions,
  BinanceHttp | Credentials | Environment | Socket.WebSocketConstructor | Scope.Scope
> =>
  Effect.gen(function* () {
    const construct = yield* Socket.WebSocketConstructor
    const stream = yield* (yield* Environment).stream(product.endpoint.product)
    const account = yield* Account.make(product.endpoint, options)
    const userDataStream = yield* UserDataStream.make(new Source(product, stream, account, construct), options)
    return { ...toCalls(Account.toCalls(account)), ...userDataStream }
  }).pipe(underName(options))
