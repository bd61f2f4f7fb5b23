/**
 * Where traces, metrics and logs go, told by the variables that OpenTelemetry has for that:
 *
 *     OTEL_EXPORTER_OTLP_ENDPOINT    the collector, such as http://localhost:4318
 *     OTEL_EXPORTER_OTLP_HEADERS     what it wants to be told with each request: name=value,name=value
 *     OTEL_EXPORTER_OTLP_PROTOCOL    http/protobuf (the default) or http/json
 *     OTEL_SERVICE_NAME              the name of this program
 */

import * as Otlp from "@effect/opentelemetry/Otlp"
import * as OtlpSerialization from "@effect/opentelemetry/OtlpSerialization"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

/** A variable that is set to nothing is not set. */
const variable = (name: string) =>
  Config.option(Config.string(name)).pipe(
    Config.map(Option.map((value) => value.trim())),
    Config.map(Option.filter((value) => value !== ""))
  )

const headersOf = (text: string): Either.Either<{ readonly [name: string]: string }, ConfigError.ConfigError> =>
  Either.try({
    try: () =>
      Object.fromEntries(
        text.split(",").map((header) => {
          const [, name, value] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(header)!
          return [name!, decodeURIComponent(value!)]
        })
      ),
    catch: () => ConfigError.InvalidData(["OTEL_EXPORTER_OTLP_HEADERS"], "Expected name=value, separated by commas")
  })

const isHttp = (address: string) => URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)

const config = Config.all({
  endpoint: variable("OTEL_EXPORTER_OTLP_ENDPOINT").pipe(
    Config.mapOrFail((value) =>
      Option.isNone(value) || isHttp(value.value)
        ? Either.right(value)
        : Either.left(ConfigError.InvalidData(["OTEL_EXPORTER_OTLP_ENDPOINT"], "Expected an address: http://host:4318"))
    )
  ),
  headers: Config.redacted("OTEL_EXPORTER_OTLP_HEADERS").pipe(
    Config.withDefault(Redacted.make("")),
    Config.mapOrFail((headers) => {
      const text = Redacted.value(headers)
      return Either.map(text.trim() === "" ? Either.right({}) : headersOf(text), (made) => Redacted.make(made))
    })
  ),
  protocol: Config.literal(
    "http/protobuf",
    "http/json"
  )("OTEL_EXPORTER_OTLP_PROTOCOL").pipe(Config.withDefault("http/protobuf" as const)),
  serviceName: Config.map(
    variable("OTEL_SERVICE_NAME"),
    Option.getOrElse(() => "effect-binance-user-data")
  )
})

/** How many requests the collector has accepted, and how many it has not. */
export interface Exports {
  accepted: number
  failed: number
}

/** The exporter retries and then goes on without a word: whoever wants to know what became of it has to look. */
const counted = (exports: Exports) =>
  Layer.effect(
    HttpClient.HttpClient,
    Effect.map(
      HttpClient.HttpClient,
      HttpClient.transformResponse((response) =>
        Effect.tapBoth(response, {
          onFailure: () => Effect.sync(() => void exports.failed++),
          onSuccess: ({ status }) =>
            Effect.sync(() => {
              if (status >= 200 && status < 300) {
                exports.accepted++
              } else {
                exports.failed++
              }
            })
        })
      )
    )
  )

export interface Collector {
  readonly endpoint: string
  readonly exports: Readonly<Exports>
  /** Exports traces, metrics and logs of level info, the last ones when the layer closes. */
  readonly layer: Layer.Layer<never, never, HttpClient.HttpClient>
}

/** The collector that the environment names, if it names one. */
export const collector: Effect.Effect<Option.Option<Collector>, ConfigError.ConfigError> = Effect.map(
  config,
  ({ endpoint, headers, protocol, serviceName }) =>
    Option.map(endpoint, (endpoint): Collector => {
      const exports = { accepted: 0, failed: 0 }
      return {
        endpoint,
        exports,
        layer: Otlp.layer({
          baseUrl: endpoint,
          headers: Redacted.value(headers),
          resource: { serviceName },
          replaceLogger: Logger.defaultLogger
        }).pipe(
          Layer.provide(protocol === "http/json" ? OtlpSerialization.layerJson : OtlpSerialization.layerProtobuf),
          Layer.provide(counted(exports)),
          Layer.merge(Logger.minimumLogLevel(LogLevel.Info))
        )
      }
    })
)
