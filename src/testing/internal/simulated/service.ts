import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Record from "effect/Record"
import type * as Scope from "effect/Scope"
import { PCGRandom } from "effect/Utils"
import type * as Environment from "../../../Environment.js"
import type * as Fault from "../../Fault.js"
import type * as Trading from "../../Trading.js"
import { makeApiKey } from "../accounts.js"
import { encode } from "../encoders.js"
import { trading } from "../exchange/control.js"
import { day } from "../exchange/day.js"
import { inject } from "../faults/inject.js"
import type { Settings } from "../settings.js"
import * as Timers from "../timers.js"
import { World } from "../world.js"
import type { Counters, SocketInfo } from "./observed.js"
import {
  type AccountOptions,
  type Cadence,
  defaultAccount,
  defaultApiKey,
  defaultSecretKey,
  type Events,
  type Options,
  type Target,
  type TradingDayOptions
} from "./options.js"

const cadence = (given: Cadence | undefined, pingInterval: number, pongTimeout: number) => ({
  pingInterval: Duration.toMillis(given?.pingInterval ?? pingInterval),
  pongTimeout: Duration.toMillis(given?.pongTimeout ?? pongTimeout)
})

const settingsOf = (options: Options): Settings => ({
  retired: options.retired ?? true,
  enforceLimits: options.enforceLimits ?? false,
  lifetime: Duration.toMillis(options.socketLifetime ?? "24 hours"),
  lifetimeCloseCode: options.lifetimeCloseCode ?? 1001,
  cadence: {
    webSocketApi: cadence(options.webSocketApi, 20_000, 60_000),
    futures: cadence(options.futures, 180_000, 600_000),
    options: cadence(options.options, 300_000, 900_000)
  },
  pushesByClock: options.pushesByClock ?? false,
  firstId: BigInt(options.firstId ?? "1000000001"),
  maxSubscriptions: options.maxSubscriptions ?? 1000,
  maxSubscriptionIds: options.maxSubscriptionIds ?? 65_535
})

/** All that the simulated Binance knows, until the scope closes. */
export const makeWorld = (options: Options): Effect.Effect<World, never, Scope.Scope> =>
  Effect.gen(function* () {
    const timers = yield* Effect.acquireRelease(Effect.map(Effect.clock, Timers.make), (timers) =>
      Effect.sync(() => timers.close())
    )
    const seed = options.seed ?? (yield* Random.nextInt)
    const world = new World(timers, new PCGRandom(seed), settingsOf(options))
    const accounts = [{ apiKey: defaultApiKey, secretKey: defaultSecretKey }, ...(options.accounts ?? [])]
    for (const account of accounts) {
      addAccount(world, account)
    }
    return world
  })

const addAccount = (world: World, options: AccountOptions) =>
  world.accounts.add(
    makeApiKey({
      apiKey: options.apiKey,
      account: options.account ?? defaultAccount,
      secretKey: options.secretKey,
      publicKey: options.publicKey
    })
  )

const countersOf = (world: World): Counters => {
  const { journal } = world
  const requests: { [endpoint: string]: { [outcome: string]: number } } = {}
  for (const { endpoint, outcome } of journal.requests) {
    const outcomes = requests[endpoint] ?? {}
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    requests[endpoint] = outcomes
  }
  return {
    requests,
    liveKeys: world.keys.size,
    liveTokens: world.tokens.size,
    openSockets: world.connections.size,
    subscriptions: world.subscribers.subscriptionCount,
    connects: journal.connects.slice(),
    refusedConnects: journal.refusedConnects,
    pingsSent: journal.pingsSent,
    pongsReceived: journal.pongsReceived,
    pingsReceived: journal.pingsReceived,
    framesReceived: journal.framesReceived,
    eventsSent: journal.eventsSent,
    violations: journal.violations.slice()
  }
}

const socketsOf = (world: World): ReadonlyArray<SocketInfo> =>
  Array.from(world.connections.values(), (connection) => ({
    id: connection.id,
    path: connection.path,
    openedAt: connection.openedAt,
    isHalfOpen: connection.isHalfOpen,
    streams: connection.size
  }))

/** Refuses what is asked of an account that nobody has a key to. */
const ofKnownAccounts = (world: World, members: Trading.Trading): Trading.Trading =>
  Record.map(
    { ...members },
    (member: (given: any) => Effect.Effect<any, any>) => (given: Trading.Account) =>
      Effect.suspend(() => {
        world.accounts.mustHave(given.account ?? defaultAccount)
        return member(given)
      })
  ) as never

/** What a test does to the simulated Binance, and asks of it. */
export const makeService = (world: World, urls: { readonly http: string; readonly webSocket: string }) => {
  const pushText = ({ account = defaultAccount, product, symbol }: Target, text: string) => {
    world.accounts.mustHave(account)
    return world.deliver(product, account, symbol, text)
  }
  const accounts = ofKnownAccounts(world, trading(world.exchange))
  return {
    ...accounts,
    httpUrl: urls.http,
    webSocketUrl: urls.webSocket,
    account: (options: AccountOptions) => Effect.sync(() => addAccount(world, options)),
    push: <P extends Environment.Product>(target: Target<P>, event: Events[P]) =>
      Effect.sync(() => pushText(target, encode(target.product, event))),
    pushRaw: (target: Target, event: string | object) =>
      Effect.sync(() => pushText(target, typeof event === "string" ? event : JSON.stringify(event))),
    tradingDay: (product: Environment.Product, options: TradingDayOptions = {}): Effect.Effect<number> => {
      const { interval, ...owner } = options
      const pause = interval === undefined ? Effect.void : Effect.sleep(interval)
      return Effect.suspend(() => {
        const account = owner.account ?? defaultAccount
        world.accounts.mustHave(account)
        const whose = { product, account, symbol: owner.symbol }
        const before = world.madeOf(whose)
        const chance = world.integer(1000) / 1000
        const script = day(product, { trading: accounts, account, chance, pause }, owner.symbol)
        return Effect.map(Effect.orDie(script), () => world.madeOf(whose) - before)
      })
    },
    inject: (fault: Fault.Fault) => Effect.sync(() => inject(world, fault)),
    counters: Effect.sync(() => countersOf(world)),
    requests: Effect.sync(() => world.journal.requests.map((request) => ({ ...request }))),
    requestCount: (endpoint?: string) =>
      Effect.sync(() =>
        endpoint === undefined
          ? world.journal.requests.length
          : world.journal.requests.filter((request) => request.endpoint === endpoint).length
      ),
    sockets: Effect.sync(() => socketsOf(world)),
    serverTime: Effect.sync(() => world.serverTime())
  }
}

export type Service = ReturnType<typeof makeService>
