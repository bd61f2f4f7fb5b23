import { inspect } from "node:util"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Socket from "@effect/platform/Socket"
import { describe, expect, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { BinanceHttp, CoinFutures, Credentials, Environment } from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import { SimulatedBinance } from "effect-binance-user-data/testing"

type Addresses = readonly [rest: string, stream: string | undefined, webSocketApi: string | undefined]

/** The addresses for user data as Binance documents them in 2026. */
const documented: {
  readonly [name: string]: { readonly [P in Environment.Product]?: Addresses }
} = {
  production: {
    CoinFutures: ["https://dapi.binance.com", "wss://dstream.binance.com", "wss://ws-dapi.binance.com/ws-dapi/v1"],
    UsdFutures: [
      "https://fapi.binance.com",
      "wss://fstream.binance.com/private",
      "wss://ws-fapi.binance.com/ws-fapi/v1"
    ],
    EuropeanOptions: ["https://eapi.binance.com", "wss://fstream.binance.com/private", undefined],
    PortfolioMargin: ["https://papi.binance.com", "wss://fstream.binance.com/pm", undefined],
    PortfolioMarginPro: ["https://fapi.binance.com", "wss://fstream.binance.com/pm-classic", undefined],
    MarginRisk: ["https://api.binance.com", "wss://margin-stream.binance.com", undefined],
    Margin: ["https://api.binance.com", undefined, "wss://ws-api.binance.com:443/ws-api/v3"],
    Spot: ["https://api.binance.com", undefined, "wss://ws-api.binance.com:443/ws-api/v3"]
  },
  testnet: {
    CoinFutures: [
      "https://testnet.binancefuture.com",
      "wss://dstream.binancefuture.com",
      "wss://testnet.binancefuture.com/ws-dapi/v1"
    ],
    UsdFutures: [
      "https://testnet.binancefuture.com",
      "wss://fstream.binancefuture.com/private",
      "wss://testnet.binancefuture.com/ws-fapi/v1"
    ],
    EuropeanOptions: ["https://testnet.binancefuture.com", "wss://fstream.binancefuture.com/private", undefined],
    Spot: ["https://testnet.binance.vision", undefined, "wss://ws-api.testnet.binance.vision/ws-api/v3"]
  },
  demo: {
    UsdFutures: [
      "https://demo-fapi.binance.com",
      "wss://fstream.binancefuture.com/private",
      "wss://testnet.binancefuture.com/ws-fapi/v1"
    ],
    Spot: ["https://demo-api.binance.com", undefined, "wss://demo-ws-api.binance.com/ws-api/v3"]
  }
}

const products = Object.keys(Environment.tables.production) as ReadonlyArray<Environment.Product>

describe("the addresses that Binance documents, and none that it has retired", () => {
  for (const environment of [Environment.production, Environment.testnet, Environment.demo]) {
    it.effect.each(products)(`${environment.name}: %s`, (product) =>
      Effect.gen(function* () {
        const addresses = yield* Effect.forEach(
          [environment.rest, environment.stream, environment.webSocketApi],
          (address) => Effect.map(Effect.either(address(product)), Either.getOrUndefined)
        )
        expect(addresses).toEqual(documented[environment.name]?.[product] ?? [undefined, undefined, undefined])
      })
    )
  }

  it("are of all products", () => {
    expect(Array.from(products).sort()).toEqual(Object.keys(documented.production!).sort())
  })
})

describe("an address that is no URL of its kind", () => {
  it.effect("is refused when the product is made", () =>
    Effect.gen(function* () {
      for (const [rest, stream, reason] of [
        ["dapi.binance.com", "wss://a.example", 'its REST host has to be an http or https URL, not "dapi.binance.com"'],
        ["wss://a.example", "wss://a.example", 'its REST host has to be an http or https URL, not "wss://a.example"'],
        ["https://a.example", "", "it has no user stream"],
        ["https://a.example", "https://b.example", 'its user stream has to be a ws or wss URL, not "https://b.example"']
      ] as const) {
        const error = yield* CoinFutures.make().pipe(
          Effect.scoped,
          Effect.provide([
            BinanceHttp.layer,
            Credentials.layer({ apiKey: "key" }),
            Environment.layerCustom({ table: { CoinFutures: { rest, stream } } })
          ]),
          Effect.provide([FetchHttpClient.layer, Socket.layerWebSocketConstructorGlobal]),
          Effect.flip
        )
        expect(error).toMatchObject({ _tag: "UnsupportedEnvironment", product: "CoinFutures", reason })
        expect(error.message).toContain(reason)
      }
    })
  )
})

describe("an environment at one URL", () => {
  const addressesOf = ({ rest, stream, webSocketApi }: Environment.Environment.Service) =>
    Effect.forEach(products, (product) =>
      Effect.map(
        Effect.forEach([rest, stream, webSocketApi], (address) =>
          Effect.map(Effect.either(address(product)), Either.getOrUndefined)
        ),
        (addresses) => [product, ...addresses]
      )
    )

  const urls: ReadonlyArray<readonly [url: string, webSocket: string]> = [
    ["http://127.0.0.1:9099", "ws://127.0.0.1:9099"],
    ["https://binance.test/simulated/", "wss://binance.test/simulated"]
  ]

  it.effect.each(urls)("%s has every product", ([url, webSocket]) =>
    Effect.gen(function* () {
      const rest = url.replace(/\/$/, "")
      expect(yield* addressesOf(Environment.atUrl(url))).toEqual([
        ["CoinFutures", rest, webSocket, `${webSocket}/ws-dapi/v1`],
        ["UsdFutures", rest, `${webSocket}/private`, `${webSocket}/ws-fapi/v1`],
        ["EuropeanOptions", rest, `${webSocket}/private`, undefined],
        ["PortfolioMargin", rest, `${webSocket}/pm`, undefined],
        ["PortfolioMarginPro", rest, `${webSocket}/pm-classic`, undefined],
        ["MarginRisk", rest, webSocket, undefined],
        ["Margin", rest, undefined, `${webSocket}/ws-api/v3`],
        ["Spot", rest, undefined, `${webSocket}/ws-api/v3`]
      ])
    })
  )

  it.effect.each(["localhost:9099", "ws://127.0.0.1:9099", "", "http://"])("%j is none", (url) =>
    Effect.gen(function* () {
      for (const product of products) {
        const { rest, stream, webSocketApi } = yield* Effect.provide(Environment.Environment, Environment.layerUrl(url))
        expect(yield* Effect.flip(rest(product))).toMatchObject({ _tag: "UnsupportedEnvironment", product })
        for (const address of [stream, webSocketApi]) {
          expect(yield* Effect.flip(address(product))).toMatchObject({ _tag: "UnsupportedEnvironment", product })
        }
      }
    })
  )

  it.effect("comes from BINANCE_ENV, as the known ones do", () =>
    Effect.gen(function* () {
      const named = (text: string | undefined) =>
        Effect.map(Environment.Environment, ({ name }) => name).pipe(
          Effect.provide(Environment.layerConfig()),
          Effect.withConfigProvider(ConfigProvider.fromMap(new Map(text === undefined ? [] : [["BINANCE_ENV", text]])))
        )
      for (const name of ["production", "testnet", "demo", "http://127.0.0.1:9099"]) {
        expect(yield* named(name)).toBe(name)
      }
      expect(yield* named(undefined)).toBe("production")
      expect(yield* named("")).toBe("production")
      expect(String(yield* Effect.flip(named("127.0.0.1:9099")))).toContain(
        "Expected one of production, testnet, demo or an http or https URL, but received 127.0.0.1:9099"
      )
    })
  )
})

describe("the password in an address is not shown", () => {
  const login = "me:planted-password"

  it("by an environment at one address", () => {
    expect(Environment.atUrl(`http://${login}@127.0.0.1:1`).name).toBe("http://127.0.0.1:1")
  })

  it("by a refused address", () => {
    const errors = [
      Environment.atUrl(`htp://${login}@host`),
      Environment.custom({ table: { Spot: { rest: `htp://${login}@host` } } })
    ].map(({ rest }) => Effect.runSync(Effect.flip(rest("Spot"))).message)
    expect(errors).toEqual([expect.stringContaining("htp://host"), expect.stringContaining("htp://host")])
    expect(errors.join()).not.toContain("planted")
  })

  it("by a refused BINANCE_ENV", () => {
    const provider = ConfigProvider.fromMap(new Map([["BINANCE_ENV", `htp://${login}@host`]]))
    const error = Effect.runSync(Effect.flip(provider.load(Environment.config)))
    expect(inspect(error) + String(error)).not.toContain("planted")
  })

  it.scopedLive("by a stream that cannot connect", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const environment = Environment.custom({
        table: { CoinFutures: { rest: binance.httpUrl, stream: `ws://${login}@127.0.0.1:1` } }
      })
      const layer = Layer.mergeAll(
        BinanceHttp.layer,
        Credentials.layer({ apiKey: SimulatedBinance.defaultApiKey }),
        Environment.layer(environment)
      ).pipe(Layer.provideMerge(NodeLayer.layer))
      const drain = Effect.flatMap(CoinFutures.make({ reconnect: Schedule.stop }), ({ events }) =>
        Stream.runDrain(events)
      )
      const { message } = yield* Effect.flip(drain.pipe(Effect.scoped, Effect.provide(layer)))
      expect(message).toContain("connect ws://127.0.0.1:1 failed")
    }).pipe(Effect.provide(SimulatedBinance.layer()))
  )
})
