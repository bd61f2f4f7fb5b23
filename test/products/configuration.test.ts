import { describe, expect, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import {
  BinanceError,
  BinanceHttp,
  Credentials,
  Environment,
  type ListenKey,
  Margin,
  Spot
} from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { consume, during, runVirtual, virtual } from "./harness.js"
import { listenKeyProducts, products, type Row } from "./products.js"

type Variables = { readonly [name: string]: string }

/** A program as a user starts it, with these variables set. */
const startWith = (row: Row, variables: Variables) =>
  Effect.scoped(row.make()).pipe(
    Effect.provide(
      Layer.mergeAll(BinanceHttp.layer(), Credentials.layerConfig(), Environment.layerConfig()).pipe(
        Layer.provideMerge(NodeLayer.layer)
      )
    ),
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables))))
  )

const apiKey = "an-api-key"

const mistakes: ReadonlyArray<{
  readonly name: string
  readonly variables: Variables
  readonly tag: string
  readonly advice: ReadonlyArray<string>
}> = [
  {
    name: "no API key",
    variables: {},
    tag: "InvalidCredentials",
    advice: ["There is no API key", "Set BINANCE_API_KEY"]
  },
  {
    name: "a blank API key",
    variables: { BINANCE_API_KEY: "  " },
    tag: "InvalidCredentials",
    advice: ["blank", "Set BINANCE_API_KEY"]
  },
  {
    name: "a malformed PEM",
    variables: { BINANCE_API_KEY: apiKey, BINANCE_PRIVATE_KEY_PEM: "-----BEGIN PRIVATE KEY-----\nno\n-----END" },
    tag: "InvalidCredentials",
    advice: ["PEM"]
  },
  {
    name: "no PEM at all",
    variables: { BINANCE_API_KEY: apiKey, BINANCE_PRIVATE_KEY_PEM: "PlantedSecret" },
    tag: "InvalidCredentials",
    advice: ["PEM"]
  },
  {
    name: "a path to nothing",
    variables: { BINANCE_API_KEY: apiKey, BINANCE_PRIVATE_KEY_PATH: "./PlantedSecret.pem" },
    tag: "InvalidCredentials",
    advice: ["BINANCE_PRIVATE_KEY_PATH", "Check that it exists"]
  },
  {
    name: "two keys to sign with",
    variables: {
      BINANCE_API_KEY: apiKey,
      BINANCE_SECRET_KEY: "PlantedSecret",
      BINANCE_PRIVATE_KEY_PEM: "PlantedSecret"
    },
    tag: "InvalidCredentials",
    advice: ["BINANCE_SECRET_KEY and BINANCE_PRIVATE_KEY_PEM", "unset the others"]
  },
  {
    name: "an unknown environment",
    variables: { BINANCE_API_KEY: apiKey, BINANCE_ENV: "foo" },
    tag: "ConfigError",
    advice: ["BINANCE_ENV", "production", "testnet", "demo", "foo"]
  }
]

describe.each(mistakes)("$name", ({ advice, tag, variables }) => {
  for (const row of products) {
    it.live(`${row.product}: a typed error that says what to do`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(startWith(row, variables))
        expect(ConfigError.isConfigError(error) ? "ConfigError" : error._tag).toBe(tag)
        const text = ConfigError.isConfigError(error) ? String(error) : error.message
        for (const part of advice) {
          expect(text).toContain(part)
        }
        expect(text).not.toContain("PlantedSecret")
      })
    )
  }
})

it.live("an empty name of an environment is none, like an empty key", () =>
  Effect.gen(function* () {
    const { name } = yield* Environment.Environment
    expect(name).toBe("production")
  }).pipe(
    Effect.provide(Environment.layerConfig()),
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["BINANCE_ENV", ""]])))
  )
)

const missing: ReadonlyArray<{ readonly environment: string; readonly products: ReadonlyArray<string> }> = [
  { environment: "production", products: [] },
  { environment: "testnet", products: ["PortfolioMargin", "PortfolioMarginPro", "MarginRisk", "Margin"] },
  {
    environment: "demo",
    products: ["CoinFutures", "EuropeanOptions", "PortfolioMargin", "PortfolioMarginPro", "MarginRisk", "Margin"]
  }
]

describe.each(missing)("$environment", ({ environment, products: lacking }) => {
  for (const row of products) {
    const isLacking = lacking.includes(row.product)
    it.live(`${row.product}: ${isLacking ? "is not there, which is a typed error" : "is there"}`, () =>
      Effect.gen(function* () {
        const exit = yield* Effect.exit(startWith(row, { BINANCE_API_KEY: apiKey, BINANCE_ENV: environment }))
        if (!isLacking) {
          expect(Exit.isSuccess(exit)).toBe(true)
          return
        }
        const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
        expect(error).toBeInstanceOf(BinanceError.UnsupportedEnvironment)
        expect(error).toMatchObject({ environment, product: row.product })
        for (const part of [row.product, environment, "Environment.custom"]) {
          expect((error as Error).message).toContain(part)
        }
      })
    )
  }
})

describe("credentials that cannot sign what has to be signed", () => {
  const keyOnly = Credentials.layer({ apiKey: SimulatedBinance.defaultApiKey })

  virtual(
    "Spot without a signer",
    Effect.gen(function* () {
      const service = yield* Effect.provide(Spot.make(), keyOnly)
      const { elements, fiber } = yield* consume(service)
      const error = yield* Effect.flip(fiber)
      expect(elements).toEqual([])
      expect(error).toBeInstanceOf(BinanceError.InvalidCredentials)
      expect(error.message).toContain("set BINANCE_SECRET_KEY, BINANCE_PRIVATE_KEY_PATH or BINANCE_PRIVATE_KEY_PEM")
    })
  )

  virtual(
    "Spot with logon and a key that is not Ed25519",
    Effect.gen(function* () {
      const { fiber } = yield* consume(yield* Spot.make({ authentication: "logon" }))
      const error = yield* Effect.flip(fiber)
      expect(error).toBeInstanceOf(BinanceError.InvalidCredentials)
      expect(error.message).toContain("Ed25519")
    })
  )

  virtual(
    "Margin with signed tokens and without a signer",
    Effect.gen(function* () {
      const service = yield* Effect.provide(Margin.make({ signed: true }), keyOnly)
      const { fiber } = yield* consume(service)
      const error = yield* Effect.flip(fiber)
      expect(error).toBeInstanceOf(BinanceError.InvalidCredentials)
      expect(error.message).toContain("add one to the credentials")
    })
  )
})

describe("answers that are none", () => {
  const page = { html: true, msg: "<b>Sorry</b>" }
  const answers: ReadonlyArray<{ readonly name: string; readonly fault: Fault.Fault; readonly tag: string }> = [
    { name: "401", fault: Fault.unauthorized(), tag: "Unauthorized" },
    { name: "403 with a page", fault: Fault.forbidden(), tag: "Forbidden" },
    { name: "404 with a page", fault: Fault.errorAnswer({ status: 404, ...page }), tag: "BadRequest" },
    { name: "410 with a page", fault: Fault.gone(), tag: "EndpointRetired" },
    { name: "418", fault: Fault.banned({ retryAfter: 30 }), tag: "IpBanned" },
    { name: "429", fault: Fault.rateLimited({ retryAfter: 30 }), tag: "RateLimited" },
    { name: "502 with a page", fault: Fault.serverError({ status: 502, times: 4, ...page }), tag: "ServerError" },
    { name: "503 with JSON", fault: Fault.serverError({ times: 4 }), tag: "ServerError" },
    { name: "truncated JSON", fault: Fault.truncatedBody({ times: 4 }), tag: "DecodeError" },
    { name: "an empty body", fault: Fault.emptyBody({ times: 4 }), tag: "DecodeError" },
    { name: "a reset", fault: Fault.reset({ times: 4 }), tag: "TransportError" },
    { name: "silence", fault: Fault.never({ times: 4 }), tag: "RequestTimeout" }
  ]

  for (const row of listenKeyProducts) {
    it.live(`${row.product}: each a typed error with a message that says what to do`, () =>
      runVirtual(
        Effect.gen(function* () {
          const binance = yield* SimulatedBinance.SimulatedBinance
          const service = yield* row.make()
          const calls = [
            () => service.createListenKey,
            (key: ListenKey.ListenKey) => service.keepaliveListenKey(key),
            (key: ListenKey.ListenKey) => service.closeListenKey(key)
          ]
          for (const { fault, name, tag } of answers) {
            for (const call of calls) {
              const key = yield* during("1 minute", service.createListenKey)
              yield* binance.inject(fault)
              const error: BinanceError.BinanceError = yield* during("1 minute", Effect.flip(Effect.asVoid(call(key))))
              yield* binance.inject(Fault.clear)
              expect(`${name}: ${error._tag}`).toBe(`${name}: ${tag}`)
              expect(Schema.is(BinanceError.BinanceError)(error)).toBe(true)
              // What happened, and a sentence of advice behind it.
              expect(error.message).toContain(row.path)
              expect(error.message).toMatch(/[.] [A-Z][a-z]+ .+/)
            }
          }
        })
      )
    )
  }
})
