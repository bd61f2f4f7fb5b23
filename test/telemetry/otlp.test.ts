import { spawn } from "node:child_process"
import * as http from "node:http"
import type { AddressInfo } from "node:net"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { BinanceHttp, CoinFutures, Credentials } from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import * as Otlp from "../../examples/support/Otlp.js"
import * as Prometheus from "../../examples/support/Prometheus.js"
import { silent } from "../products/harness.js"

const { defaultApiKey, defaultSecretKey } = SimulatedBinance

interface Received {
  readonly path: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

/** Takes whatever is exported to it, and answers with a status. */
const collector = (status = 200) =>
  Effect.gen(function* () {
    const received: Array<Received> = []
    const server = http.createServer((request, response) => {
      const chunks: Array<Buffer> = []
      request.on("data", (chunk) => chunks.push(chunk))
      request.on("end", () => {
        received.push({ path: request.url!, headers: request.headers, body: Buffer.concat(chunks).toString("latin1") })
        response.writeHead(status, { "content-type": "application/json" }).end("{}")
      })
    })
    yield* Effect.acquireRelease(
      Effect.async<void>((resume) => {
        server.listen(0, "127.0.0.1", () => resume(Effect.void))
      }),
      () =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        })
    )
    const bodies = (path: string) => received.filter((one) => one.path === path).map(({ body }) => body)
    return { received, bodies, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
  })

const withVariables = (variables: { readonly [name: string]: string }) =>
  Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables))))

const found = (variables: { readonly [name: string]: string }) =>
  Effect.provide(Otlp.collector, withVariables(variables))

const binance = Layer.mergeAll(
  BinanceHttp.layer,
  Credentials.layer({ apiKey: defaultApiKey, secretKey: defaultSecretKey })
).pipe(Layer.provideMerge(SimulatedBinance.layer()))

/** Hears a trading day, and loses its socket. */
const live = Effect.gen(function* () {
  const binance = yield* SimulatedBinance.SimulatedBinance
  const { events } = yield* CoinFutures.make({ stableAfter: 0 })
  yield* events.pipe(
    Stream.tap((element) => {
      if (element._tag === "Opened") {
        return binance.tradingDay("CoinFutures")
      }
      // The last event of the day: what is still on its way when a socket drops is lost.
      return element._tag === "AccountUpdate" && element.updateData.eventReasonType === "FUNDING_FEE"
        ? binance.inject(Fault.dropSockets())
        : Effect.void
    }),
    Stream.takeUntil(({ _tag }) => _tag === "Resumed"),
    Stream.runDrain
  )
}).pipe(Effect.scoped)

/** Lives under observation. The simulated Binance is not: it is the other side. */
const liveObserved = ({ layer }: Otlp.Collector) => live.pipe(Effect.provide(layer), Effect.provide(binance))

const metricNames = [
  "streams_live",
  "reconnects",
  "gap_seconds",
  "events",
  "event_lag_milliseconds",
  "used_weight"
].map((name) => `binance_user_data_${name}`)

const spanNames = ["UserDataStream.connect", "UserDataStream.recover"]

interface Attribute {
  readonly key: string
  readonly value: { readonly stringValue?: string }
}

const attributesOf = (attributes: ReadonlyArray<Attribute>) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]))

const expectNothingSecret = (texts: ReadonlyArray<string>) => {
  for (const text of texts) {
    expect(text).not.toContain(defaultApiKey)
    expect(text).not.toContain(defaultSecretKey)
    expect(text).not.toMatch(/"listenKey"|listenKey=/)
  }
}

describe("a collector on loopback", () => {
  it.scopedLive(
    "receives metrics, traces and logs as JSON",
    () =>
      Effect.gen(function* () {
        const { bodies, endpoint, received } = yield* collector()
        const otlp = Option.getOrThrow(
          yield* found({
            OTEL_EXPORTER_OTLP_ENDPOINT: ` ${endpoint}/ `,
            OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
            OTEL_EXPORTER_OTLP_HEADERS: "x-tenant=a%20tenant, authorization = Basic YTpi=",
            OTEL_SERVICE_NAME: "a service"
          })
        )
        yield* liveObserved(otlp)

        expect(otlp.exports).toEqual({ accepted: received.length, failed: 0 })
        for (const { headers } of received) {
          expect(headers).toMatchObject({ "x-tenant": "a tenant", authorization: "Basic YTpi=" })
          expect(headers["content-type"]).toBe("application/json")
        }

        const [{ resource, scopeMetrics }] = JSON.parse(bodies("/v1/metrics").at(-1)!).resourceMetrics
        expect(attributesOf(resource.attributes)).toMatchObject({ "service.name": "a service" })
        const exported: ReadonlyArray<any> = scopeMetrics[0].metrics
        expect(exported.map(({ name }) => name)).toEqual(expect.arrayContaining(metricNames))
        const point = (name: string) => exported.find((metric) => metric.name === `binance_user_data_${name}`)
        expect(point("reconnects").sum).toMatchObject({ isMonotonic: true, dataPoints: [{ asDouble: 1 }] })
        expect(attributesOf(point("reconnects").sum.dataPoints[0].attributes)).toEqual({
          product: "CoinFutures",
          cause: "SocketClosed"
        })
        expect(point("streams_live").gauge.dataPoints).toMatchObject([{ asDouble: 0 }])
        expect(point("event_lag_milliseconds").histogram.dataPoints).toMatchObject([{ count: 12 }])

        const spans: ReadonlyArray<any> = bodies("/v1/traces").flatMap(
          (body) => JSON.parse(body).resourceSpans[0].scopeSpans[0].spans
        )
        expect(spans.map(({ name }) => name)).toEqual(
          expect.arrayContaining([...spanNames, "BinanceHttp POST /dapi/v1/listenKey"])
        )
        const recover = spans.find(({ name }) => name === "UserDataStream.recover")
        expect(attributesOf(recover.attributes)).toEqual({ product: "CoinFutures", cause: "SocketClosed" })

        const logs: ReadonlyArray<any> = bodies("/v1/logs").flatMap(
          (body) => JSON.parse(body).resourceLogs[0].scopeLogs[0].logRecords
        )
        expect(logs.map(({ body, severityText }) => `${severityText} ${body.stringValue}`)).toEqual([
          "INFO The stream of CoinFutures is live",
          "WARN The stream of CoinFutures was interrupted: the socket was closed with 1006",
          "INFO The stream of CoinFutures is live again"
        ])
        // The warning belongs to the span of the recovery that it begins.
        expect(logs[1].spanId).toBe(recover.spanId)
        expectNothingSecret(received.map(({ body }) => body))
      }).pipe(Effect.provide(NodeLayer.layer)),
    30_000
  )

  it.scopedLive(
    "receives them as Protobuf where nothing else is said",
    () =>
      Effect.gen(function* () {
        const { bodies, endpoint, received } = yield* collector()
        const otlp = Option.getOrThrow(yield* found({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }))
        yield* liveObserved(otlp)
        expect(otlp.exports.accepted).toBe(received.length)
        for (const { headers } of received) {
          expect(headers["content-type"]).toBe("application/x-protobuf")
        }
        for (const name of metricNames) {
          expect(bodies("/v1/metrics").join()).toContain(name)
        }
        for (const name of spanNames) {
          expect(bodies("/v1/traces").join()).toContain(name)
        }
        expect(bodies("/v1/logs").join()).toContain("was interrupted: the socket was closed with 1006")
        expectNothingSecret(received.map(({ body }) => body))
      }).pipe(Effect.provide(NodeLayer.layer)),
    30_000
  )

  it.scopedLive(
    "that refuses is counted as such",
    () =>
      Effect.gen(function* () {
        const { endpoint, received } = yield* collector(404)
        const otlp = Option.getOrThrow(yield* found({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }))
        yield* liveObserved(otlp)
        expect(received.length).toBeGreaterThan(0)
        expect(otlp.exports).toEqual({ accepted: 0, failed: received.length })
      }).pipe(Effect.provide(Layer.merge(NodeLayer.layer, silent))),
    30_000
  )
})

describe("the variables of OpenTelemetry", () => {
  for (const variables of [{}, { OTEL_EXPORTER_OTLP_ENDPOINT: " " }]) {
    it.effect(`${JSON.stringify(variables)}: no collector`, () =>
      Effect.map(found(variables), (collector) => expect(collector).toEqual(Option.none()))
    )
  }

  for (const [name, value] of [
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "collector"],
    ["OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "a-very-secret-token"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "a-very-secret-token=%"]
  ] as const) {
    it.effect(`${name}=${value} is refused`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(found({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://localhost:4318", [name]: value }))
        expect(String(error)).toContain(name)
        expect(String(error)).not.toContain("secret")
      })
    )
  }
})

/** Runs the example on the simulated Binance. */
const example = (variables: { readonly [name: string]: string }) =>
  Effect.async<{ readonly code: number | null; readonly lines: ReadonlyArray<string>; readonly errors: string }>(
    (resume) => {
      const { BINANCE_API_KEY: _, OTEL_EXPORTER_OTLP_ENDPOINT: __, ...env } = process.env
      const child = spawn(process.execPath, ["--import", "tsx", "examples/telemetry.ts"], {
        cwd: fileURLToPath(new URL("../..", import.meta.url)),
        env: { ...env, ...variables },
        stdio: ["ignore", "pipe", "pipe"]
      })
      let output = ""
      let errors = ""
      child.stdout.on("data", (chunk) => {
        output += chunk
      })
      child.stderr.on("data", (chunk) => {
        errors += chunk
      })
      child.on("close", (code) => resume(Effect.succeed({ code, lines: output.trimEnd().split("\n"), errors })))
      return Effect.sync(() => child.kill("SIGKILL"))
    }
  )

const lastLine = "38 events, 2 gaps; key closed, socket closed"

describe("examples/telemetry.ts", () => {
  it.scopedLive(
    "exports to a collector, prints metrics without one, and fails where nothing was accepted",
    () =>
      Effect.gen(function* () {
        const { bodies, endpoint, received } = yield* collector()
        const refusing = yield* collector(404)
        const [exported, printed, refused] = yield* Effect.all(
          [
            example({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }),
            example({}),
            example({ OTEL_EXPORTER_OTLP_ENDPOINT: refusing.endpoint })
          ],
          { concurrency: "unbounded" }
        )

        expect(exported).toMatchObject({ code: 0, errors: "" })
        expect(exported.lines.at(-1)).toBe(lastLine)
        expect(exported.lines).toContain(`${endpoint}: ${received.length} requests accepted, 0 failed`)
        expect(exported.lines.join("\n")).not.toContain("# TYPE")
        expect(Array.from(new Set(received.map(({ path }) => path))).sort()).toEqual([
          "/v1/logs",
          "/v1/metrics",
          "/v1/traces"
        ])
        for (const name of [...metricNames, "binance_user_data_rollovers", "binance_user_data_keepalive_failures"]) {
          expect(bodies("/v1/metrics").at(-1)).toContain(name)
        }
        for (const name of [...spanNames, "UserDataStream.rollOver", "ListenKey.keepalive"]) {
          expect(bodies("/v1/traces").join()).toContain(name)
        }
        expectNothingSecret([...received.map(({ body }) => body), exported.lines.join("\n")])

        expect(printed).toMatchObject({ code: 0, errors: "" })
        expect(printed.lines.at(-1)).toBe(lastLine)
        expect(printed.lines).toEqual(
          expect.arrayContaining([
            "# TYPE binance_user_data_events counter",
            'binance_user_data_events{product="CoinFutures",type="OrderTradeUpdate"} 21',
            'binance_user_data_events{product="CoinFutures",type="AccountUpdate"} 15',
            'binance_user_data_event_lag_milliseconds_count{product="CoinFutures"} 38',
            'binance_user_data_event_lag_milliseconds_bucket{product="CoinFutures",le="+Inf"} 38',
            'binance_user_data_reconnects{product="CoinFutures",cause="KeyExpired"} 1',
            'binance_user_data_reconnects{product="CoinFutures",cause="SocketClosed"} 1',
            'binance_user_data_rollovers{product="CoinFutures",cause="ServerShutdown"} 1',
            'binance_user_data_keepalive_failures{product="CoinFutures",error="RateLimited"} 1',
            'binance_user_data_streams_live{product="CoinFutures"} 0'
          ])
        )
        expectNothingSecret([printed.lines.join("\n")])

        expect(refused.code).toBe(1)
        expect(refused.errors.trim()).toBe(`${refusing.endpoint} accepted nothing: is it an OTLP endpoint for HTTP?`)
      }),
    120_000
  )
})

describe("metrics as text", () => {
  it.effect("each line is one that Prometheus reads", () =>
    Effect.gen(function* () {
      const counter = Metric.counter("text_counter", { description: "one\nline with a \\" })
      yield* Metric.increment(Metric.tagged(counter, "label", 'a "quote", a \\ and a\nline'))
      yield* Metric.increment(counter)
      yield* Metric.set(Metric.gauge("text_gauge"), -1.5)
      const histogram = Metric.histogram("text_histogram", MetricBoundaries.fromIterable([1, 10]))
      yield* Effect.forEach([0.5, 5, 7, 100], (value) => Metric.update(histogram, value))
      yield* Metric.update(Metric.frequency("text_frequency"), "word")
      expect(Prometheus.render(yield* Metric.snapshot, "text_").split("\n")).toEqual([
        "# HELP text_counter one\\nline with a \\\\",
        "# TYPE text_counter counter",
        'text_counter{label="a \\"quote\\", a \\\\ and a\\nline"} 1',
        "text_counter 1",
        "# HELP text_gauge text_gauge",
        "# TYPE text_gauge gauge",
        "text_gauge -1.5",
        "# HELP text_histogram text_histogram",
        "# TYPE text_histogram histogram",
        'text_histogram_bucket{le="1"} 1',
        'text_histogram_bucket{le="10"} 3',
        'text_histogram_bucket{le="+Inf"} 4',
        "text_histogram_sum 112.5",
        "text_histogram_count 4"
      ])
    })
  )
})
