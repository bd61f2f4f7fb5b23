/**
 * The addresses of Binance: hosts and paths of every product in production, on the testnet and in demo mode.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import { UnsupportedEnvironment } from "./BinanceError.js"
import { withoutLogin } from "./internal/secrets.js"

/**
 * A product whose user data can be streamed.
 *
 * @since 0.1.0
 * @category models
 */
export type Product =
  | "CoinFutures"
  | "UsdFutures"
  | "EuropeanOptions"
  | "PortfolioMargin"
  | "PortfolioMarginPro"
  | "MarginRisk"
  | "Margin"
  | "Spot"

/**
 * The addresses of one product. All without a trailing slash.
 *
 * @since 0.1.0
 * @category models
 */
export interface Endpoints {
  /** REST host: `https://dapi.binance.com`. */
  readonly rest?: string | undefined
  /** Host and route of the user stream, to which `/ws/<listenKey>` is added: `wss://fstream.binance.com/private`. */
  readonly stream?: string | undefined
  /** Full address of the WebSocket API: `wss://ws-api.binance.com:443/ws-api/v3`. */
  readonly webSocketApi?: string | undefined
}

/**
 * The addresses of an environment by product. A product that is missing does not exist there.
 *
 * @since 0.1.0
 * @category models
 */
export type Table = { readonly [P in Product]?: Endpoints }

/**
 * The environment that the product layers talk to.
 *
 * @since 0.1.0
 * @category tags
 */
export class Environment extends Context.Tag("effect-binance-user-data/Environment")<
  Environment,
  Environment.Service
>() {}

/**
 * The types of the `Environment` service.
 *
 * @since 0.1.0
 */
export declare namespace Environment {
  /**
   * An environment: its name, and the addresses of its products. An address that it lacks is an
   * `UnsupportedEnvironment`.
   *
   * @since 0.1.0
   * @category models
   */
  export interface Service {
    /** `production`, `testnet`, `demo`, the name given to `custom`, or the URL given to `atUrl`. */
    readonly name: string
    /** The REST host of a product. */
    readonly rest: (product: Product) => Effect.Effect<string, UnsupportedEnvironment>
    /** The host and route of a product's user stream. */
    readonly stream: (product: Product) => Effect.Effect<string, UnsupportedEnvironment>
    /** The WebSocket API of a product. */
    readonly webSocketApi: (product: Product) => Effect.Effect<string, UnsupportedEnvironment>
  }
}

/**
 * The addresses of every environment, as Binance documents them in 2026.
 *
 * A product or an address that is missing does not exist there, or is not documented; `custom` can add it.
 *
 * @since 0.1.0
 * @category constants
 */
export const tables: { readonly production: Table; readonly testnet: Table; readonly demo: Table } = {
  production: {
    CoinFutures: {
      rest: "https://dapi.binance.com",
      stream: "wss://dstream.binance.com",
      webSocketApi: "wss://ws-dapi.binance.com/ws-dapi/v1"
    },
    UsdFutures: {
      rest: "https://fapi.binance.com",
      stream: "wss://fstream.binance.com/private",
      webSocketApi: "wss://ws-fapi.binance.com/ws-fapi/v1"
    },
    EuropeanOptions: { rest: "https://eapi.binance.com", stream: "wss://fstream.binance.com/private" },
    PortfolioMargin: { rest: "https://papi.binance.com", stream: "wss://fstream.binance.com/pm" },
    // Portfolio Margin Pro has no listen key of its own: it uses the one of USD-M futures.
    PortfolioMarginPro: { rest: "https://fapi.binance.com", stream: "wss://fstream.binance.com/pm-classic" },
    MarginRisk: { rest: "https://api.binance.com", stream: "wss://margin-stream.binance.com" },
    Margin: { rest: "https://api.binance.com", webSocketApi: "wss://ws-api.binance.com:443/ws-api/v3" },
    Spot: { rest: "https://api.binance.com", webSocketApi: "wss://ws-api.binance.com:443/ws-api/v3" }
  },
  testnet: {
    CoinFutures: {
      rest: "https://testnet.binancefuture.com",
      stream: "wss://dstream.binancefuture.com",
      webSocketApi: "wss://testnet.binancefuture.com/ws-dapi/v1"
    },
    UsdFutures: {
      rest: "https://testnet.binancefuture.com",
      stream: "wss://fstream.binancefuture.com/private",
      webSocketApi: "wss://testnet.binancefuture.com/ws-fapi/v1"
    },
    EuropeanOptions: { rest: "https://testnet.binancefuture.com", stream: "wss://fstream.binancefuture.com/private" },
    Spot: { rest: "https://testnet.binance.vision", webSocketApi: "wss://ws-api.testnet.binance.vision/ws-api/v3" }
  },
  demo: {
    UsdFutures: {
      rest: "https://demo-fapi.binance.com",
      stream: "wss://fstream.binancefuture.com/private",
      webSocketApi: "wss://testnet.binancefuture.com/ws-fapi/v1"
    },
    Spot: { rest: "https://demo-api.binance.com", webSocketApi: "wss://demo-ws-api.binance.com/ws-api/v3" }
  }
}

const kinds = {
  rest: { noun: "REST host", protocols: ["http:", "https:"] },
  stream: { noun: "user stream", protocols: ["ws:", "wss:"] },
  webSocketApi: { noun: "WebSocket API", protocols: ["ws:", "wss:"] }
}

/** Removes the slashes at the end of an address. */
const withoutSlashes = (address: string): string => address.replace(/(?<!\/)\/+$/, "")

/** What is wrong with an address, if anything is. */
const flawOf = (key: keyof Endpoints, address: string): string | undefined => {
  const { noun, protocols } = kinds[key]
  if (address === "") {
    return `it has no ${noun}`
  }
  return URL.canParse(address) && protocols.includes(new URL(address).protocol)
    ? undefined
    : `its ${noun} has to be ${protocols[0] === "ws:" ? "a ws or wss" : "an http or https"} URL, not "${withoutLogin(address)}"`
}

/**
 * Makes an environment from a table of addresses.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (name: string, table: Table): Environment.Service => {
  const find = (key: keyof Endpoints) => (product: Product) => {
    const address = table[product]?.[key] ?? ""
    const reason = product in table ? flawOf(key, address) : "the product does not exist there"
    return reason === undefined
      ? Effect.succeed(withoutSlashes(address))
      : Effect.fail(new UnsupportedEnvironment({ environment: name, product, reason }))
  }
  return Environment.of({
    name,
    rest: find("rest"),
    stream: find("stream"),
    webSocketApi: find("webSocketApi")
  })
}

/**
 * The production environment.
 *
 * @since 0.1.0
 * @category constructors
 */
export const production: Environment.Service = make("production", tables.production)

/**
 * The testnet: spot, COIN-M futures, USD-M futures and options.
 *
 * @since 0.1.0
 * @category constructors
 */
export const testnet: Environment.Service = make("testnet", tables.testnet)

/**
 * Demo mode: spot and USD-M futures.
 *
 * @since 0.1.0
 * @category constructors
 */
export const demo: Environment.Service = make("demo", tables.demo)

/**
 * An environment with addresses of its own, on top of a known one or of none.
 *
 * @example
 * ```ts
 * import { Environment } from "effect-binance-user-data"
 *
 * const marketMaker = Environment.custom({
 *   name: "market maker",
 *   base: "production",
 *   table: { CoinFutures: { stream: "wss://dstream-mm.binance.com" } }
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const custom = (options: {
  readonly name?: string | undefined
  readonly base?: keyof typeof tables | undefined
  readonly table: Table
}): Environment.Service => {
  const merged: { [P in Product]?: Endpoints } = options.base === undefined ? {} : { ...tables[options.base] }
  for (const [product, endpoints] of Object.entries(options.table) as Array<[Product, Endpoints]>) {
    merged[product] = { ...merged[product], ...endpoints }
  }
  return make(options.name ?? "custom", merged)
}

const isUrl = (text: string): text is WebUrl => flawOf("rest", text) === undefined

/**
 * Every product at one address, each with its own path, such as that of a simulated Binance.
 *
 * The address is an http or https URL; WebSockets use the same one. Any other text makes every address of the environment
 * an `UnsupportedEnvironment`.
 *
 * @since 0.2.0
 * @category constructors
 */
export const atUrl = (url: string): Environment.Service => {
  const name = withoutLogin(url)
  const flaw = flawOf("rest", url)
  if (flaw !== undefined) {
    const refuse = (product: Product) =>
      Effect.fail(new UnsupportedEnvironment({ environment: name, product, reason: flaw }))
    return Environment.of({ name, rest: refuse, stream: refuse, webSocketApi: refuse })
  }
  const rest = withoutSlashes(url)
  const stream = rest.replace(/^http/i, "ws")
  return make(name, {
    CoinFutures: { rest, stream, webSocketApi: `${stream}/ws-dapi/v1` },
    UsdFutures: { rest, stream: `${stream}/private`, webSocketApi: `${stream}/ws-fapi/v1` },
    EuropeanOptions: { rest, stream: `${stream}/private` },
    PortfolioMargin: { rest, stream: `${stream}/pm` },
    PortfolioMarginPro: { rest, stream: `${stream}/pm-classic` },
    MarginRisk: { rest, stream },
    Margin: { rest, webSocketApi: `${stream}/ws-api/v3` },
    Spot: { rest, webSocketApi: `${stream}/ws-api/v3` }
  })
}

/**
 * An environment from a value, such as what `make` and `custom` give.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (environment: Environment.Service): Layer.Layer<Environment> =>
  Layer.succeed(Environment, environment)

/**
 * The production environment: real money.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerProduction: Layer.Layer<Environment> = layer(production)

/**
 * The testnet: spot, COIN-M futures, USD-M futures and options.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerTestnet: Layer.Layer<Environment> = layer(testnet)

/**
 * Demo mode: spot and USD-M futures.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerDemo: Layer.Layer<Environment> = layer(demo)

/**
 * An environment with addresses of its own: see `custom`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerCustom = (options: Parameters<typeof custom>[0]): Layer.Layer<Environment> => layer(custom(options))

/**
 * Every product at one address: see `atUrl`.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerUrl = (url: string): Layer.Layer<Environment> => layer(atUrl(url))

const known = { production, testnet, demo }

/**
 * The URL of an environment that is at one address.
 *
 * @since 0.2.0
 * @category models
 */
export type WebUrl = `http://${string}` | `https://${string}`

const isName = (text: string): text is keyof typeof known => Object.hasOwn(known, text)

/**
 * The variable `BINANCE_ENV`: `production` (the default), `testnet`, `demo`, or the URL of a simulated Binance: see
 * `atUrl`.
 *
 * @since 0.1.0
 * @category config
 */
export const config: Config.Config<keyof typeof tables | WebUrl> = Config.string("BINANCE_ENV").pipe(
  Config.withDefault(""),
  Config.mapOrFail((text) => {
    const name = text === "" ? "production" : text
    return isName(name) || isUrl(name)
      ? Either.right(name)
      : Either.left(
          ConfigError.InvalidData(
            ["BINANCE_ENV"],
            `Expected one of ${Object.keys(known).join(", ")} or an http or https URL, but received ${withoutLogin(text)}`
          )
        )
  })
)

/**
 * The environment from configuration, by name or by URL.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (name: Config.Config<keyof typeof tables | WebUrl> = config) =>
  Layer.effect(
    Environment,
    Effect.map(name, (name) => (isName(name) ? known[name] : atUrl(name)))
  )
