/**
 * Two accounts, their health and their metrics over HTTP: `node --import tsx examples/health.ts`
 *
 * `GET /health` answers 200 while all streams are live, and 503 otherwise, with the status of each as JSON: for the
 * readiness probe of an orchestrator. `GET /metrics` answers what Prometheus reads. Both listen on loopback; `PORT` is the
 * port, 8080 by default. Goes on until Ctrl-C.
 *
 * With `BINANCE_API_KEY` and `HEDGE_BINANCE_API_KEY` the accounts are yours; without, they are those of a simulated
 * Binance.
 */

import { createServer } from "node:http"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServer from "@effect/platform/HttpServer"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Credentials, UsdFutures, UserDataStream } from "effect-binance-user-data"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import * as Example from "./support/Example.js"
import * as Prometheus from "./support/Prometheus.js"
import * as Report from "./support/Report.js"

const hedge = Layer.unwrapEffect(
  Effect.gen(function* () {
    const simulation = yield* Example.Simulation
    if (Option.isNone(simulation)) {
      return Credentials.layerConfig(Config.nested(Credentials.config, "HEDGE"), { name: "hedge" })
    }
    const account = { apiKey: "hedge", secretKey: SimulatedBinance.defaultSecretKey }
    yield* simulation.value.account({ ...account, account: "hedge" })
    return Credentials.layer({ ...account, name: "hedge" })
  })
)

/** The streams of both accounts: each has a name of its own. */
const streams = Effect.all([UsdFutures.make({ name: "main" }), Effect.provide(UsdFutures.make(), hedge)])

type Streams = Effect.Effect.Success<typeof streams>

const health = (streams: Streams) =>
  Effect.gen(function* () {
    const statuses = yield* Effect.forEach(streams, ({ status }) => status)
    const healthy = yield* Effect.forEach(statuses, (status) =>
      UserDataStream.isHealthy(status, { staleAfter: "2 minutes" })
    )
    return yield* HttpServerResponse.schemaJson(Schema.Array(UserDataStream.Status))(statuses, {
      status: healthy.every((isHealthy) => isHealthy) ? 200 : 503
    })
  })

const metrics = Effect.map(Metric.snapshot, (metrics) =>
  HttpServerResponse.text(`${Prometheus.render(metrics, "binance_user_data_")}\n`, {
    contentType: "text/plain; version=0.0.4; charset=utf-8"
  })
)

const serve = (streams: Streams) =>
  HttpRouter.empty.pipe(
    HttpRouter.get("/health", health(streams)),
    HttpRouter.get("/metrics", metrics),
    HttpServer.serve(),
    Layer.tap(() => HttpServer.addressFormattedWith((address) => Console.log(`GET ${address}/health and /metrics`)))
  )

const consume = (service: UsdFutures.UsdFutures.Service) =>
  Effect.gen(function* () {
    const report = yield* Report.Report
    const { account = "" } = yield* service.status
    yield* service.forEach((element) => report.element(account, element, Report.describe(element)))
  })

const program = Effect.gen(function* () {
  const both = yield* streams
  const port = yield* Config.withDefault(Config.integer("PORT"), 8080)
  const server = NodeHttpServer.layer(createServer, { host: "127.0.0.1", port })
  yield* Effect.mapError(
    Layer.build(Layer.provide(serve(both), server)),
    () => new Example.ExampleError({ message: `Port ${port} cannot be used: set PORT to another one` })
  )
  yield* Effect.forEach(both, consume, { concurrency: "unbounded", discard: true })
}).pipe(Effect.scoped)

Example.run(program, "keys closed, sockets closed")
