/**
 * What a stream tells about itself, for your monitoring: `node --import tsx examples/telemetry.ts`
 *
 * With `OTEL_EXPORTER_OTLP_ENDPOINT`, such as `http://localhost:4318`, traces, metrics and logs go there, over OTLP and
 * without an SDK of OpenTelemetry. Without, the metrics are printed at the end as the text that Prometheus reads.
 *
 * On the simulated Binance a keepalive is refused, a server restarts, a key expires, and a socket drops.
 */

import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { CoinFutures } from "effect-binance-user-data"
import { Fault } from "effect-binance-user-data/testing"
import * as Example from "./support/Example.js"
import * as Otlp from "./support/Otlp.js"
import * as Prometheus from "./support/Prometheus.js"
import * as Report from "./support/Report.js"

const name = "COIN-M futures"

const refuseRestartExpireAndDrop = Example.withScript((binance) =>
  Effect.gen(function* () {
    const report = yield* Report.Report
    const trade = Effect.gen(function* () {
      const heard = yield* report.count("events")
      const pushed = yield* binance.tradingDay("CoinFutures", { interval: "300 millis" })
      yield* report.waitFor(name, "events", heard + pushed)
    })
    yield* report.waitFor(name, "Opened", 1)
    yield* binance.inject(Fault.rateLimited({ endpoint: "PUT /dapi/v1/listenKey", retryAfter: 1 }))
    yield* trade

    yield* binance.inject(Fault.serverShutdown())
    yield* report.waitFor(name, "RolledOver", 1)

    yield* binance.inject(Fault.expireListenKey({ product: "CoinFutures" }))
    yield* report.waitFor(name, "Resumed", 1)
    yield* trade

    yield* binance.inject(Fault.dropSockets())
    yield* report.waitFor(name, "Resumed", 2)
    yield* trade
  })
)

/** The defaults are for days. On the simulated Binance an example has seconds. */
const layer = Example.onSimulation(
  CoinFutures.layerWith({
    keepalive: Schedule.spaced("1 second"),
    keepaliveRetry: Schedule.spaced("200 millis"),
    overlap: "500 millis",
    stableAfter: "100 millis"
  }),
  CoinFutures.layer
)

const consume = Effect.gen(function* () {
  const { events } = yield* CoinFutures.CoinFutures
  const report = yield* Report.Report
  yield* events.pipe(
    refuseRestartExpireAndDrop,
    Stream.runForEach((element) => report.element(name, element, Report.describe(element)))
  )
}).pipe(Effect.provide(layer))

const printMetrics = Effect.flatMap(Metric.snapshot, (metrics) =>
  Console.log(Prometheus.render(metrics, "binance_user_data_"))
)

/** The last exports are made when the layer closes, also after Ctrl-C. */
const exportTo = ({ endpoint, exports, layer }: Otlp.Collector) =>
  Effect.gen(function* () {
    yield* Console.log(`Traces, metrics and logs go to ${endpoint}`)
    yield* Effect.ensuring(
      Effect.provide(consume, layer),
      Effect.suspend(() => Console.log(`${endpoint}: ${exports.accepted} requests accepted, ${exports.failed} failed`))
    )
    if (exports.accepted === 0) {
      yield* new Example.ExampleError({ message: `${endpoint} accepted nothing: is it an OTLP endpoint for HTTP?` })
    }
  })

const program = Effect.flatMap(
  Otlp.collector,
  Option.match({ onNone: () => Effect.ensuring(consume, printMetrics), onSome: exportTo })
)

Example.run(program)
