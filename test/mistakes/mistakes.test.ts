import { generateKeyPairSync } from "node:crypto"
import { inspect } from "node:util"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Socket from "@effect/platform/Socket"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { describe, expect, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import {
  type Account,
  BinanceHttp,
  Checkpoint,
  CoinFutures,
  Credentials,
  Environment,
  Margin,
  PortfolioMargin,
  Spot,
  SpotAccount,
  UsdFutures,
  UsdFuturesAccount
} from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import { silent } from "../products/harness.js"

const alphanumeric = "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA"
const apiKey = `${alphanumeric}${alphanumeric}`
const secretKey = `Z${alphanumeric}${alphanumeric.slice(1)}`
const { privateKey } = generateKeyPairSync("ed25519")
const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString()
const base64 = privateKey.export({ type: "pkcs8", format: "der" }).toString("base64")

type Variables = { readonly [name: string]: string }

const withVariables = (variables: Variables) =>
  Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables)), { pathDelim: "_" }))

/** Credentials from variables. */
const set = (variables: Variables) =>
  Credentials.makeConfig().pipe(withVariables(variables), Effect.provide(NodeFileSystem.layer))

/** The same for one of several accounts. */
const alpha = (variables: Variables) =>
  Credentials.makeConfig(Config.nested(Credentials.config, "ALPHA"), { name: "alpha" }).pipe(withVariables(variables))

/** What answers every request. */
const answering = (respond: HttpClient.HttpClient) => Layer.succeed(HttpClient.HttpClient, respond)

const answer = (status: number, body: string, headers: { readonly [name: string]: string } = {}) =>
  answering(
    HttpClient.make((request) =>
      Effect.succeed(HttpClientResponse.fromWeb(request, new Response(body, { status, headers })))
    )
  )

const refuse = (status: number, code: number, msg: string) => answer(status, JSON.stringify({ code, msg }))

const offline = (message: string) =>
  answering(
    HttpClient.make((request) =>
      Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport", cause: new Error(message) }))
    )
  )

const key = JSON.stringify({ listenKey: "k".repeat(60) })

const sockets = Layer.succeed(Socket.WebSocketConstructor, () => {
  throw new Error("no socket is expected")
})

type Needs =
  | BinanceHttp.BinanceHttp
  | Credentials.Credentials
  | Environment.Environment
  | Socket.WebSocketConstructor
  | Scope.Scope

/** A program in production. */
const on =
  (
    client: Layer.Layer<HttpClient.HttpClient>,
    credentials: Credentials.Options = { apiKey, name: "alpha" },
    constructor: Layer.Layer<Socket.WebSocketConstructor> = sockets
  ) =>
  <A, E>(program: Effect.Effect<A, E, Needs>) =>
    Effect.scoped(program).pipe(
      Effect.provide(
        Layer.mergeAll(
          BinanceHttp.layerWith({ retry: Schedule.stop }),
          Credentials.layer(credentials),
          Environment.layerProduction,
          constructor
        ).pipe(Layer.provide(client))
      )
    )

const unused = offline("no request is expected")
const keyOf = Effect.flatMap(CoinFutures.make(), ({ createListenKey }) => createListenKey)
const listen = Effect.flatMap(CoinFutures.make({ reconnect: Schedule.stop }), ({ events }) => Stream.runDrain(events))

/** An account that is made and not used. */
const accountOf = (options: Account.Options) =>
  Effect.provide(UsdFuturesAccount.make(options), UsdFutures.layer).pipe(
    on(unused, { apiKey, secretKey, name: "alpha" })
  )

const httpWith = (options: BinanceHttp.Options) => Effect.provide(BinanceHttp.make(options), unused)

/** The same with a checkpoint. */
const withCheckpoint = (checkpoint: Checkpoint.Options) =>
  Effect.provide(
    UsdFuturesAccount.makeWithCheckpoint({ checkpoint }),
    Layer.merge(UsdFutures.layer, Checkpoint.layerMemory)
  ).pipe(on(unused, { apiKey, secretKey, name: "alpha" }))

const withoutWebSocket = Layer.scopedDiscard(
  Effect.acquireRelease(
    Effect.sync(() => {
      const known = Object.getOwnPropertyDescriptor(globalThis, "WebSocket")
      Object.defineProperty(globalThis, "WebSocket", { value: undefined, configurable: true })
      return known
    }),
    (known) =>
      Effect.sync(() =>
        known === undefined
          ? Reflect.deleteProperty(globalThis, "WebSocket")
          : Object.defineProperty(globalThis, "WebSocket", known)
      )
  )
)

type Mistake = readonly [what: string, program: Effect.Effect<unknown, unknown>, tag: string, message: string]

const mistakes: ReadonlyArray<Mistake> = [
  // The API key.
  [
    "no API key",
    set({}),
    "InvalidCredentials",
    "There is no API key. Set BINANCE_API_KEY, or give Credentials.make an apiKey"
  ],
  [
    "no API key of one of several accounts",
    alpha({}),
    "InvalidCredentials",
    "Account alpha: There is no API key. Set ALPHA_BINANCE_API_KEY, or give Credentials.make an apiKey"
  ],
  [
    "an empty API key",
    set({ BINANCE_API_KEY: "" }),
    "InvalidCredentials",
    "The API key is blank. Set BINANCE_API_KEY, or give Credentials.make an apiKey"
  ],
  [
    "an empty API key of one account",
    alpha({ ALPHA_BINANCE_API_KEY: " " }),
    "InvalidCredentials",
    "Account alpha: The API key is blank. Set ALPHA_BINANCE_API_KEY, or give Credentials.make an apiKey"
  ],
  [
    "half a pair of quotation marks",
    set({ BINANCE_API_KEY: `"${apiKey}` }),
    "InvalidCredentials",
    "The API key has characters that no API key has, such as spaces or line breaks. Copy it again"
  ],
  [
    "a line of .env",
    set({ BINANCE_API_KEY: `BINANCE_API_KEY=${apiKey}` }),
    "InvalidCredentials",
    "The API key is a line of an .env file: give only what stands behind the =. Set BINANCE_API_KEY, or give Credentials.make an apiKey"
  ],
  [
    "a private key as API key",
    set({ BINANCE_API_KEY: pem }),
    "InvalidCredentials",
    "The API key is a PEM text: give it as a private key (BINANCE_PRIVATE_KEY_PEM, or privateKey in Credentials.make). Set BINANCE_API_KEY, or give Credentials.make an apiKey"
  ],
  // What signs.
  [
    "the API key twice",
    set({ BINANCE_API_KEY: apiKey, BINANCE_SECRET_KEY: apiKey }),
    "InvalidCredentials",
    "The secret key is the API key: Binance showed the secret beside it, once, when it made the key"
  ],
  [
    "a private key as secret key",
    set({ BINANCE_API_KEY: apiKey, BINANCE_SECRET_KEY: base64 }),
    "InvalidCredentials",
    "The secret key is a private key in Base64: give it as a private key (BINANCE_PRIVATE_KEY_PEM, or privateKey in Credentials.make)"
  ],
  [
    "a secret key as private key",
    set({ BINANCE_API_KEY: apiKey, BINANCE_PRIVATE_KEY_PEM: secretKey }),
    "InvalidCredentials",
    "The private key is as long as the secret key of an HMAC key: give that as BINANCE_SECRET_KEY, or secretKey in Credentials.make"
  ],
  [
    "a path to nothing",
    set({ BINANCE_API_KEY: apiKey, BINANCE_PRIVATE_KEY_PATH: "./nothing.pem" }),
    "InvalidCredentials",
    "The file that BINANCE_PRIVATE_KEY_PATH names cannot be read (NotFound). Check that it exists and that this user may read it; a relative path starts at the working directory"
  ],
  [
    "a path without a file system",
    alpha({ ALPHA_BINANCE_API_KEY: apiKey, ALPHA_BINANCE_PRIVATE_KEY_PATH: "./nothing.pem" }),
    "InvalidCredentials",
    "Account alpha: Reading ALPHA_BINANCE_PRIVATE_KEY_PATH needs a FileSystem: provide NodeLayer.layer or another platform's FileSystem to the credentials, or put the key into ALPHA_BINANCE_PRIVATE_KEY_PEM"
  ],
  [
    "two keys to sign with",
    alpha({ ALPHA_BINANCE_API_KEY: apiKey, ALPHA_BINANCE_SECRET_KEY: secretKey, ALPHA_BINANCE_PRIVATE_KEY_PEM: pem }),
    "InvalidCredentials",
    "Account alpha: ALPHA_BINANCE_SECRET_KEY and ALPHA_BINANCE_PRIVATE_KEY_PEM are both set, and an account signs with one of them: unset the others"
  ],
  [
    "a stream of spot without a signer",
    Spot.make().pipe(on(unused)),
    "InvalidCredentials",
    "Account alpha: The spot stream has to be signed, and only an API key was given: set BINANCE_SECRET_KEY, BINANCE_PRIVATE_KEY_PATH or BINANCE_PRIVATE_KEY_PEM, or give Credentials.make a secretKey or a privateKey"
  ],
  [
    "the same, of credentials from variables",
    Effect.flatMap(alpha({ ALPHA_BINANCE_API_KEY: apiKey }), (credentials) =>
      Spot.make().pipe(Effect.provideService(Credentials.Credentials, credentials), on(unused))
    ),
    "InvalidCredentials",
    "Account alpha: The spot stream has to be signed, and only an API key was given: set ALPHA_BINANCE_SECRET_KEY, ALPHA_BINANCE_PRIVATE_KEY_PATH or ALPHA_BINANCE_PRIVATE_KEY_PEM, or give Credentials.make a secretKey or a privateKey"
  ],
  [
    "a logon with an HMAC key",
    Spot.make({ authentication: "logon" }).pipe(on(unused, { apiKey, secretKey })),
    "InvalidCredentials",
    'session.logon needs an Ed25519 key, and this is an HMAC key: sign the subscription instead (authentication: "signature"), which any key can do, or create an Ed25519 key'
  ],
  [
    "signed listen tokens without a signer",
    Effect.flatMap(Margin.make({ signed: true }), ({ createListenToken }) => createListenToken).pipe(on(unused)),
    "InvalidCredentials",
    "Account alpha: A signed listen-token call needs a secret key or a private key: add one to the credentials (BINANCE_SECRET_KEY, BINANCE_PRIVATE_KEY_PATH or BINANCE_PRIVATE_KEY_PEM)"
  ],
  [
    "a name that is a key",
    Credentials.make({ apiKey, name: secretKey }),
    "InvalidCredentials",
    "The name of the account looks like a key, and names are shown in logs and metrics. Give another one"
  ],
  // The environment.
  [
    "an environment that there is not",
    Layer.build(Environment.layerConfig()).pipe(Effect.scoped, withVariables({ BINANCE_ENV: "prod" })),
    "ConfigError",
    '(Invalid data at BINANCE_ENV: "Expected one of production, testnet, demo or an http or https URL, but received prod")'
  ],
  [
    "a product that the testnet lacks",
    PortfolioMargin.make().pipe(Effect.provide(Environment.layerTestnet), on(unused)),
    "UnsupportedEnvironment",
    "Account alpha: PortfolioMargin is not available on testnet: the product does not exist there. Use another environment, or name the host with Environment.custom"
  ],
  [
    "an address that is none",
    UsdFutures.make().pipe(
      Effect.provide(
        Environment.layerCustom({
          table: { UsdFutures: { rest: "fapi.binance.com", stream: "wss://fstream.binance.com" } }
        })
      ),
      on(unused)
    ),
    "UnsupportedEnvironment",
    'Account alpha: UsdFutures is not available on custom: its REST host has to be an http or https URL, not "fapi.binance.com". Use another environment, or name the host with Environment.custom'
  ],
  // Options.
  [
    "a negative age",
    CoinFutures.make({ rolloverAge: "-3 hours" }).pipe(on(unused)),
    "InvalidOptions",
    'Account alpha: The option rolloverAge has to be a duration longer than 0, such as "30 seconds", and is "-3 hours". Correct it, or leave it out for the default'
  ],
  [
    "an age of nothing",
    CoinFutures.make({ rolloverAge: 0 }).pipe(on(unused)),
    "InvalidOptions",
    'Account alpha: The option rolloverAge has to be a duration longer than 0, such as "30 seconds", and is 0. Correct it, or leave it out for the default'
  ],
  [
    "a unit that there is not",
    CoinFutures.make({ overlap: "2 fortnights" as "2 weeks" }).pipe(on(unused)),
    "InvalidOptions",
    'Account alpha: The option overlap has to be a duration, such as "30 seconds", and is "2 fortnights". Correct it, or leave it out for the default'
  ],
  [
    "a number that is none",
    CoinFutures.make({ closeTimeout: Number.NaN }).pipe(on(unused)),
    "InvalidOptions",
    'Account alpha: The option closeTimeout has to be a duration, such as "30 seconds", and is NaN. Correct it, or leave it out for the default'
  ],
  [
    "a buffer of nothing",
    CoinFutures.make({ buffer: { elements: 0 } }).pipe(on(unused)),
    "InvalidOptions",
    "Account alpha: The option buffer.elements has to be a number from 1 on, and is 0. Correct it, or leave it out for the default"
  ],
  [
    "a jitter in percent",
    CoinFutures.make({ rolloverJitter: 2 }).pipe(on(unused)),
    "InvalidOptions",
    "Account alpha: The option rolloverJitter has to be a number from 0 to 1, and is 2. Correct it, or leave it out for the default"
  ],
  [
    "a keepalive after the expiry",
    CoinFutures.make({ keepalive: "90 minutes" }).pipe(on(unused)),
    "InvalidOptions",
    'Account alpha: The option keepalive has to be a duration longer than 0 and shorter than 1h, such as "30 seconds", and is "90 minutes". Correct it, or leave it out for the default'
  ],
  [
    "a window that Binance does not take",
    Spot.make({ recvWindow: 90_000 }).pipe(on(unused, { apiKey, secretKey })),
    "InvalidOptions",
    "The option recvWindow has to be a number from 1 to 60000, and is 90000. Correct it, or leave it out for the default"
  ],
  [
    "a token for longer than a day",
    Margin.make({ validity: 172_800_000 }).pipe(on(unused)),
    "InvalidOptions",
    "Account alpha: The option validity has to be a number from 1 to 86400000, and is 172800000. Correct it, or leave it out for the default"
  ],
  [
    "a comparison after less than nothing",
    accountOf({ reconcileEvery: "-15 minutes" }),
    "InvalidOptions",
    'Account alpha: The option reconcileEvery has to be a duration longer than 0, such as "30 seconds", and is "-15 minutes". Correct it, or leave it out for the default'
  ],
  [
    "a comparison without a pause",
    accountOf({ reconcileEvery: 0 }),
    "InvalidOptions",
    'Account alpha: The option reconcileEvery has to be a duration longer than 0, such as "30 seconds", and is 0. Correct it, or leave it out for the default'
  ],
  [
    "a question before the one before",
    accountOf({ confirmAfter: [0, "-1 second"] }),
    "InvalidOptions",
    'Account alpha: The option confirmAfter[1] has to be a duration, such as "30 seconds", and is "-1 second". Correct it, or leave it out for the default'
  ],
  [
    "an overlap of less than nothing",
    accountOf({ overlap: -5 }),
    "InvalidOptions",
    'Account alpha: The option overlap has to be a duration, such as "30 seconds", and is -5. Correct it, or leave it out for the default'
  ],
  [
    "a deadline that is no duration",
    accountOf({ triggeringDeadline: "soon" as "1 second" }),
    "InvalidOptions",
    'Account alpha: The option triggeringDeadline has to be a duration, such as "30 seconds", and is "soon". Correct it, or leave it out for the default'
  ],
  [
    "a buffer of an account that holds nothing",
    accountOf({ buffer: 0 }),
    "InvalidOptions",
    "Account alpha: The option buffer has to be a number from 1 on, and is 0. Correct it, or leave it out for the default"
  ],
  [
    "a symbol in small letters",
    accountOf({ symbols: ["BTCUSDT", "btcusdt"] }),
    "InvalidOptions",
    'Account alpha: The option symbols[1] has to be a symbol as Binance writes it, such as "BTCUSDT", and is "btcusdt". Correct it, or leave it out for the default'
  ],
  [
    "a symbol with a slash",
    accountOf({ symbols: ["BTC/USDT"] }),
    "InvalidOptions",
    'Account alpha: The option symbols[0] has to be a symbol as Binance writes it, such as "BTCUSDT", and is "BTC/USDT". Correct it, or leave it out for the default'
  ],
  [
    "a symbol with a space",
    accountOf({ symbols: ["BTC USDT"] }),
    "InvalidOptions",
    'Account alpha: The option symbols[0] has to be a symbol as Binance writes it, such as "BTCUSDT", and is "BTC USDT". Correct it, or leave it out for the default'
  ],
  [
    "a symbol of nothing",
    accountOf({ symbols: [""] }),
    "InvalidOptions",
    'Account alpha: The option symbols[0] has to be a symbol as Binance writes it, such as "BTCUSDT", and is "". Correct it, or leave it out for the default'
  ],
  [
    "a checkpoint without a store",
    accountOf({ checkpoint: { every: "5 seconds" } }),
    "InvalidOptions",
    "Account alpha: The option checkpoint needs a store: use makeWithCheckpoint or layerWithCheckpoint, or leave it out"
  ],
  [
    "what to do with an invalid checkpoint, in other words",
    withCheckpoint({ onInvalid: "ignore" as "fail" }),
    "InvalidOptions",
    'Account alpha: The option checkpoint.onInvalid has to be "fail" or "startFresh", and is "ignore". Correct it, or leave it out for the default'
  ],
  [
    "reads over another way",
    Effect.provide(SpotAccount.make({ readsOver: "REST" as "rest" }), Spot.layer).pipe(
      on(unused, { apiKey, secretKey, name: "alpha" })
    ),
    "InvalidOptions",
    'Account alpha: The option readsOver has to be "stream" or "rest", and is "REST". Correct it, or leave it out for the default'
  ],
  [
    "a close in other words",
    CoinFutures.make({ onClose: "keep" as "leave" }).pipe(on(unused)),
    "InvalidOptions",
    'Account alpha: The option onClose has to be "close" or "leave", and is "keep". Correct it, or leave it out for the default'
  ],
  [
    "an authentication that there is not",
    Spot.make({ authentication: "login" as "logon" }).pipe(on(unused, { apiKey, secretKey, name: "alpha" })),
    "InvalidOptions",
    'Account alpha: The option authentication has to be "signature" or "logon", and is "login". Correct it, or leave it out for the default'
  ],
  [
    "checkpoints without a pause",
    withCheckpoint({ every: 0 }),
    "InvalidOptions",
    'Account alpha: The option checkpoint.every has to be a duration longer than 0, such as "30 seconds", and is 0. Correct it, or leave it out for the default'
  ],
  [
    "no time for a request",
    httpWith({ requestTimeout: "-1 seconds" }),
    "InvalidOptions",
    'The option requestTimeout has to be a duration longer than 0, such as "30 seconds", and is "-1 seconds". Correct it, or leave it out for the default'
  ],
  [
    "a timeout that is no duration",
    httpWith({ requestTimeout: "soon" as "1 second" }),
    "InvalidOptions",
    'The option requestTimeout has to be a duration longer than 0, such as "30 seconds", and is "soon". Correct it, or leave it out for the default'
  ],
  [
    "a budget of no connections",
    httpWith({ connectionBudget: { limit: 0, window: "5 minutes" } }),
    "InvalidOptions",
    "The option connectionBudget.limit has to be a number from 1 on, and is 0. Correct it, or leave it out for the default"
  ],
  [
    "a budget in a window of less than nothing",
    httpWith({ connectionBudget: { limit: 300, window: "-5 minutes" } }),
    "InvalidOptions",
    'The option connectionBudget.window has to be a duration longer than 0, such as "30 seconds", and is "-5 minutes". Correct it, or leave it out for the default'
  ],
  [
    "reads of no weight on spot",
    httpWith({ readWeight: { spot: 0 } }),
    "InvalidOptions",
    "The option readWeight.spot has to be a number from 1 on, and is 0. Correct it, or leave it out for the default"
  ],
  [
    "reads of less than nothing on futures",
    httpWith({ readWeight: { futures: -1 } }),
    "InvalidOptions",
    "The option readWeight.futures has to be a number from 1 on, and is -1. Correct it, or leave it out for the default"
  ],
  // The platform.
  [
    "fetch on a Node without WebSocket",
    listen.pipe(
      on(
        Layer.provide(
          FetchHttpClient.layer,
          Layer.succeed(FetchHttpClient.Fetch, () => Promise.resolve(new Response(key)))
        ),
        undefined,
        Layer.provideMerge(Socket.layerWebSocketConstructorGlobal, withoutWebSocket)
      )
    ),
    "UnsupportedPlatform",
    "Account alpha: connect wss://dstream.binance.com is not possible here: globalThis.WebSocket is not a constructor. Provide a WebSocket constructor that works here: NodeLayer.layer on Node, Socket.layerWebSocketConstructorGlobal in browsers, Deno and Bun; and check the address of the environment"
  ],
  [
    "a constructor that gives no WebSocket",
    listen.pipe(
      on(
        answer(200, key),
        undefined,
        Layer.succeed(Socket.WebSocketConstructor, () => ({}) as WebSocket)
      )
    ),
    "UnsupportedPlatform",
    "Account alpha: connect wss://dstream.binance.com is not possible here: the constructor gives no WebSocket. Provide a WebSocket constructor that works here: NodeLayer.layer on Node, Socket.layerWebSocketConstructorGlobal in browsers, Deno and Bun; and check the address of the environment"
  ],
  [
    "an HTTP client that is none",
    keyOf.pipe(on(offline("fetch is not a function"))),
    "UnsupportedPlatform",
    "Account alpha: POST /dapi/v1/listenKey is not possible here: fetch is not a function. Provide an HTTP client that works here: NodeLayer.layer on Node, FetchHttpClient.layer in browsers, Deno and Bun"
  ],
  [
    "an address of a proxy without its protocol",
    Layer.build(NodeLayer.layerProxy("127.0.0.1:3128")).pipe(Effect.scoped),
    "InvalidOptions",
    "The option url of a proxy has to begin with http://, https://, socks://, socks4://, socks4a://, socks5://, socks5h:// and to name a host. Write it as http://host:port, or http://name:password@host:port"
  ],
  [
    "a proxy that refuses",
    keyOf.pipe(on(offline("the proxy 127.0.0.1:3128 did not connect: connect ECONNREFUSED 127.0.0.1:3128"))),
    "TransportError",
    "Account alpha: POST /dapi/v1/listenKey failed: the proxy 127.0.0.1:3128 did not connect: connect ECONNREFUSED 127.0.0.1:3128. Check the network and the host of the environment"
  ],
  // What the network says.
  [
    "a name that is not found",
    keyOf.pipe(on(offline("getaddrinfo ENOTFOUND dapi.binance.com"))),
    "TransportError",
    "Account alpha: POST /dapi/v1/listenKey failed: getaddrinfo ENOTFOUND dapi.binance.com. Check the network and the host of the environment"
  ],
  [
    "a page instead of JSON",
    keyOf.pipe(on(answer(200, "<!doctype html><html><head><title>Log in to\n the hotel</title></head></html>"))),
    "DecodeError",
    'Account alpha: The answer to POST /dapi/v1/listenKey (200) is not as documented: an HTML page instead of JSON ("Log in to the hotel"). Check whether a proxy or a captive portal stands in between; if it goes on, update this library'
  ],
  [
    "a redirect",
    keyOf.pipe(on(answer(302, "", { location: "https://login.hotel.example/?key=1" }))),
    "Redirected",
    "Account alpha: POST /dapi/v1/listenKey was answered with a redirect (302) from dapi.binance.com to login.hotel.example, which is not followed. Check the address of the environment, and whether a proxy or a captive portal stands in between"
  ],
  [
    "a proxy in between that asks for a password",
    keyOf.pipe(on(answer(407, ""))),
    "BadRequest",
    "Account alpha: POST /dapi/v1/listenKey was answered with 407: empty body. A proxy asks for a name and password: give them in its address, or check the proxy settings of this machine"
  ],
  // What Binance says.
  [
    "an API key of the testnet in production",
    keyOf.pipe(on(refuse(401, -2008, "Invalid Api-Key ID."))),
    "Unauthorized",
    "Account alpha: POST /dapi/v1/listenKey was answered with 401 (-2008): Invalid Api-Key ID. Check that the API key was not deleted, and that it belongs to this environment"
  ],
  [
    "an API key that was cut",
    keyOf.pipe(on(refuse(401, -2014, "API-key format invalid."))),
    "Unauthorized",
    "Account alpha: POST /dapi/v1/listenKey was answered with 401 (-2014): API-key format invalid. Check that the API key is complete and has nothing around it"
  ],
  [
    "an IP that is not allowed",
    keyOf.pipe(on(refuse(401, -2015, "Invalid API-key, IP, or permissions for action."))),
    "Unauthorized",
    "Account alpha: POST /dapi/v1/listenKey was answered with 401 (-2015): Invalid API-key, IP, or permissions for action. Check that the API key belongs to this environment, is allowed to read this product, and may be used from this IP"
  ],
  [
    "a product that the account has not opened",
    keyOf.pipe(on(refuse(400, -4109, "This account is inactive."))),
    "Unauthorized",
    "Account alpha: POST /dapi/v1/listenKey was answered with 400 (-4109): This account is inactive. Check that the account has this product opened, and that the API key belongs to this environment and is allowed to read it"
  ],
  [
    "a secret key of another API key",
    keyOf.pipe(on(refuse(400, -1022, "Signature for this request is not valid."))),
    "Unauthorized",
    "Account alpha: POST /dapi/v1/listenKey was answered with 400 (-1022): Signature for this request is not valid. Check that the secret key or private key is the one of this API key"
  ],
  [
    "a clock that is off",
    keyOf.pipe(on(refuse(400, -1021, "Timestamp for this request is outside of the recvWindow."))),
    "ClockSkew",
    "Account alpha: POST /dapi/v1/listenKey was answered with 400 (-1021): Timestamp for this request is outside of the recvWindow. Synchronise the clock of this machine, or allow a larger recvWindow"
  ],
  [
    "a place where Binance does not serve",
    keyOf.pipe(on(answer(451, JSON.stringify({ code: 0, msg: "Service unavailable from a restricted location." })))),
    "BadRequest",
    "Account alpha: POST /dapi/v1/listenKey was answered with 451: Service unavailable from a restricted location. Binance, or the network in between, does not serve this location: check where this program runs and how it reaches the internet"
  ],
  [
    "a firewall",
    keyOf.pipe(on(answer(403, "<html><body><h1>403 Forbidden</h1>\n<p>CloudFront</p></body></html>"))),
    "Forbidden",
    "Account alpha: POST /dapi/v1/listenKey was answered with 403: 403 Forbidden CloudFront. The firewall refused this request: slow down, and check that this location may use Binance"
  ],
  [
    "a call that is retired",
    Effect.flatMap(Spot.make(), ({ createListenKey }) => createListenKey).pipe(
      on(answer(410, ""), { apiKey, secretKey })
    ),
    "EndpointRetired",
    "POST /api/v3/userDataStream was answered with 410: empty body. Binance retired it: use Spot.events (userDataStream.subscribe.signature on the WebSocket API)"
  ]
]

describe("a typical mistake is told with what to do about it", () => {
  it("of every kind", () => {
    expect(new Set(mistakes.map(([what]) => what)).size).toBe(mistakes.length)
    expect(mistakes.length).toBeGreaterThanOrEqual(40)
  })

  for (const [what, program, tag, message] of mistakes) {
    it.live(what, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Effect.asVoid(program))
        const isConfig = ConfigError.isConfigError(error)
        const text = isConfig ? String(error) : (error as Error).message
        expect(text).toBe(message)
        expect(isConfig ? "ConfigError" : (error as { readonly _tag: string })._tag).toBe(tag)
        for (const secret of [apiKey, secretKey, base64.slice(20), "key=1"]) {
          expect(`${text}${inspect(error, { depth: null })}`).not.toContain(secret)
        }
      }).pipe(Effect.provide(silent))
    )
  }
})
