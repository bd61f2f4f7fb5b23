import * as crypto from "node:crypto"
import { inspect } from "node:util"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Socket from "@effect/platform/Socket"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Inspectable from "effect/Inspectable"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import { BinanceHttp, Credentials, Environment } from "effect-binance-user-data"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import * as VirtualClock from "../support/VirtualClock.js"
import { adjust, during } from "./harness.js"
import type { Requirements, Service } from "./products.js"

export const apiKey = "PlantedApiKey0123456789PlantedApiKey0123456789PlantedApiKey01234"
export const secretKey = "PlantedSecretKey0123456789PlantedSecretKey0123456789PlantedSecr"
export const passphrase = "PlantedPassphrase0123456789"
const { privateKey, publicKey } = crypto.generateKeyPairSync("ed25519")
export const publicPem = String(publicKey.export({ type: "spki", format: "pem" }))
export const pem = String(privateKey.export({ type: "pkcs8", format: "pem" }))
export const encryptedPem = String(
  privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase })
)

export const linesOf = (text: string) => text.split("\n").filter((line) => line !== "" && !line.startsWith("-----"))

/** Every way in which a value may be shown to somebody. */
const renderings = (value: unknown): ReadonlyArray<string> =>
  [
    () => inspect(value, { depth: null, showHidden: true }),
    () => inspect(value),
    () => JSON.stringify(value) ?? "",
    () => String(value),
    () => Inspectable.toStringUnknown(value),
    () => (value instanceof Error ? `${value.message}\n${value.stack}\n${inspect(value.cause)}` : ""),
    () => (Cause.isCause(value) ? Cause.pretty(value, { renderErrorCause: true }) : ""),
    () => (Exit.isExit(value) && Exit.isFailure(value) ? Cause.pretty(value.cause, { renderErrorCause: true }) : "")
  ].map((render) => {
    try {
      return render()
    } catch {
      return ""
    }
  })

/** All that anybody could get to see, and all that must not be in it. */
export class Evidence {
  readonly secrets = new Set<string>([apiKey, secretKey, passphrase, ...linesOf(pem), ...linesOf(encryptedPem)])
  readonly shown = new Map<string, Set<string>>()

  show(where: string, ...values: ReadonlyArray<unknown>) {
    const texts = this.shown.get(where) ?? new Set()
    this.shown.set(where, texts)
    for (const value of values) {
      for (const text of renderings(value)) {
        texts.add(text)
      }
    }
  }

  /** Where a secret, plain or encoded, was shown. */
  leaks(isAbout: (where: string) => boolean = (where) => where !== "value of a span"): ReadonlyArray<string> {
    const forms = Array.from(this.secrets).flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString("base64")
    ])
    return Array.from(this.shown)
      .filter(([where]) => isAbout(where))
      .flatMap(([where, texts]) =>
        Array.from(texts)
          .filter((text) => forms.some((form) => text.includes(form)))
          .map((text) => `${where}: ${text.slice(0, 600)}`)
      )
  }
}

const logger = (evidence: Evidence) =>
  Logger.make((options) => {
    evidence.show(
      "log",
      options.message,
      options.cause,
      Array.from(options.annotations),
      Logger.logfmtLogger.log(options),
      Logger.stringLogger.log(options),
      Logger.structuredLogger.log(options)
    )
  })

const tracer = (evidence: Evidence) =>
  Tracer.make({
    span: (name, parent, context, links, startTime, kind, options) => {
      const attributes = new Map<string, unknown>(Object.entries(options?.attributes ?? {}))
      evidence.show("span", name, links, attributes)
      const span: Tracer.Span = {
        _tag: "Span",
        name,
        parent,
        context,
        links,
        kind,
        attributes,
        sampled: true,
        spanId: "span",
        traceId: "trace",
        status: { _tag: "Started", startTime },
        attribute: (key, value) => {
          attributes.set(key, value)
          evidence.show("span", key, value)
        },
        event: (name, _, attributes) => evidence.show("span", name, attributes),
        addLinks: (links) => evidence.show("span", links),
        end: (_, exit) =>
          evidence.show(
            name.startsWith("WebSocketApi ") && Exit.isSuccess(exit) ? "value of a span" : "span",
            exit,
            attributes
          )
      }
      return span
    },
    context: (execute) => execute()
  })

/** Stands in an answer for all that was asked, as gateways and validators echo it. */
export const echo = "<echo>"

/** Learns the keys and tokens that Binance gives out and the signatures that are sent, and echoes. */
const network = (evidence: Evidence) =>
  Layer.effectContext(
    Effect.gen(function* () {
      const client = yield* HttpClient.HttpClient
      const construct = yield* Socket.WebSocketConstructor

      const learn = (text: string) => {
        for (const [, secret] of text.matchAll(/"(?:listenKey|token|listenToken|signature)":"([^"]+)"/g)) {
          evidence.secrets.add(secret!)
        }
      }

      const echoingClient = HttpClient.transform(client, (execute, request) =>
        Effect.gen(function* () {
          const { searchParams } = new URL(request.url)
          const sent = ["signature", "listenKey"].flatMap((name) => searchParams.getAll(name))
          for (const secret of sent.filter((secret) => secret.length > 20)) {
            evidence.secrets.add(secret)
          }
          const response = yield* execute
          const text = yield* Effect.orDie(response.text)
          learn(text)
          const asked = `${request.url} ${JSON.stringify(request.headers)} ${inspect(request.body)}`
          return HttpClientResponse.fromWeb(
            request,
            new Response(text.replaceAll(echo, asked.replaceAll('"', "'").replaceAll("\n", " ")), {
              status: response.status,
              headers: response.headers
            })
          )
        })
      )

      const echoingConstructor: typeof construct = (url, protocols) => {
        const socket = construct(url, protocols)
        const send = socket.send.bind(socket)
        const listen = socket.addEventListener.bind(socket) as (type: string, listener: (event: any) => void) => void
        let asked = ""
        socket.send = (data) => {
          asked = String(data)
          learn(asked)
          send(data)
        }
        socket.addEventListener = (type: string, listener: any) => {
          listen(type, (event) =>
            listener(
              type === "message" ? { ...event, data: event.data.replaceAll(echo, asked.replaceAll('"', "'")) } : event
            )
          )
        }
        return socket
      }

      return Context.make(HttpClient.HttpClient, echoingClient).pipe(
        Context.add(Socket.WebSocketConstructor, echoingConstructor)
      )
    })
  )

const layerObserving = (evidence: Evidence) =>
  Layer.mergeAll(
    Logger.replace(Logger.defaultLogger, logger(evidence)),
    Logger.minimumLogLevel(LogLevel.All),
    Layer.setTracer(tracer(evidence))
  )

export type Provided = Requirements | SimulatedBinance.SimulatedBinance | VirtualClock.VirtualClock | Scope.Scope

/** Runs on a virtual clock with everything that could show a secret under observation. */
export const observe = (
  credentials: Credentials.Options,
  body: (evidence: Evidence) => Effect.Effect<void, unknown, Provided>
) =>
  Effect.gen(function* () {
    const evidence = new Evidence()
    const { defaultAccount: account } = SimulatedBinance
    const binance = SimulatedBinance.layerMemory({
      seed: 1,
      retired: false,
      accounts: [
        credentials.privateKey === undefined
          ? { apiKey, secretKey, account }
          : { apiKey, publicKey: publicPem, account }
      ]
    })
    const layer = Layer.mergeAll(BinanceHttp.layer, Credentials.layer(credentials)).pipe(
      Layer.provideMerge(network(evidence)),
      Layer.provideMerge(binance),
      Layer.provideMerge(layerObserving(evidence))
    )
    const scope = yield* Scope.make()
    const context = yield* Layer.buildWithScope(layer, scope)
    evidence.show(
      "context",
      Context.get(context, BinanceHttp.BinanceHttp),
      Context.get(context, Credentials.Credentials),
      Context.get(context, Environment.Environment)
    )
    const exit = yield* body(evidence).pipe(
      Effect.withSpan("test"),
      Effect.provide(context),
      Effect.provide(layerObserving(evidence)),
      Scope.extend(scope),
      Effect.exit
    )
    evidence.show("exit", exit)
    yield* during("2 minutes", Scope.close(scope, exit))
    yield* exit
    return evidence
  }).pipe(VirtualClock.run)

/** WebCrypto signs beside the virtual clock, in the order of asking: waits until it has caught up. */
export const rest = Effect.repeatN(
  Effect.zipRight(
    Effect.promise(() => crypto.webcrypto.subtle.digest("SHA-256", new Uint8Array(64))),
    adjust(0)
  ),
  2
)

/** Gives an effect that also signs the virtual time that it takes. */
export const patiently = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkDaemon(effect)
    while ((yield* Fiber.poll(fiber))._tag === "None") {
      yield* rest
      yield* adjust("1 second")
    }
    return yield* Fiber.join(fiber)
  })

export const hmac: Credentials.Options = { apiKey, secretKey }

export const watch = (evidence: Evidence, service: Service) =>
  Effect.gen(function* () {
    evidence.show("service", service)
    const elements = yield* Effect.forkDaemon(
      Stream.runForEach(service.events, (element) => Effect.sync(() => evidence.show("element", element)))
    )
    const status = yield* Effect.forkDaemon(
      Stream.runForEach(service.statusChanges, (status) => Effect.sync(() => evidence.show("status", status)))
    )
    yield* rest
    if (!evidence.shown.has("stream")) {
      evidence.show("stream", service.events, service.status, elements, status)
    }
    return { elements, status }
  })
