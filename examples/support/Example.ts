/**
 * Where an example runs, and how it ends.
 *
 * With `BINANCE_API_KEY` it goes to Binance (`BINANCE_ENV`: `production`, `testnet` or `demo`) and runs until Ctrl-C.
 * Without, it starts a simulated Binance on loopback, which trades a little.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { BinanceHttp, Credentials, Environment } from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Report from "./Report.js"

/** The simulated Binance, where the example runs on it. */
export class Simulation extends Context.Tag("examples/Simulation")<
  Simulation,
  Option.Option<SimulatedBinance.SimulatedBinance.Service>
>() {}

const simulated = Layer.merge(
  Layer.effect(
    Simulation,
    Effect.tap(Effect.map(SimulatedBinance.SimulatedBinance, Option.some), ({ value }) =>
      Console.log(`BINANCE_API_KEY is not set: this is a simulated Binance at ${value.httpUrl}`)
    )
  ),
  Credentials.layer({ apiKey: SimulatedBinance.defaultApiKey, secretKey: SimulatedBinance.defaultSecretKey })
).pipe(Layer.provideMerge(SimulatedBinance.layer()))

const real = Layer.mergeAll(
  Layer.effect(
    Simulation,
    Effect.zipRight(
      Effect.flatMap(Environment.Environment, ({ name }) => Console.log(`Binance, ${name}. Ctrl-C ends this`)),
      Effect.succeedNone
    )
  ),
  Credentials.layerConfig()
).pipe(Layer.provideMerge(Environment.layerConfig()))

const binance = Layer.unwrapEffect(
  Effect.gen(function* () {
    yield* Environment.config
    const apiKey = yield* Config.option(Config.redacted("BINANCE_API_KEY"))
    return Option.isSome(apiKey) ? real : simulated
  })
)

/** All that the layers of products need, and what the examples need besides. */
const layer = Layer.mergeAll(BinanceHttp.layer(), binance, Report.layer).pipe(Layer.provideMerge(NodeLayer.layer))

/** What an example may use. */
export type Requirements = Layer.Layer.Success<typeof layer>

/** Something that the user of an example got wrong. */
export class UsageError extends Error {
  readonly _tag = "UsageError"
}

/** Runs a script against the simulated Binance beside a stream, and ends the stream with it; elsewhere does nothing. */
export const withScript =
  <E2, R2>(script: (binance: SimulatedBinance.SimulatedBinance.Service) => Effect.Effect<void, E2, R2>) =>
  <A, E, R>(stream: Stream.Stream<A, E, R>): Stream.Stream<A, E | E2, R | R2 | Simulation> =>
    Stream.unwrap(
      Effect.map(Simulation, (simulation) =>
        Option.isNone(simulation) ? stream : Stream.interruptWhen(stream, script(simulation.value))
      )
    )

/** Lets the simulated Binance trade for a day when the stream is live, and ends the stream when all of it was printed. */
export const withTradingDay = (
  name: string,
  product: Environment.Product,
  options: { readonly interval?: Duration.DurationInput; readonly symbol?: string; readonly days?: number } = {}
) =>
  withScript((binance) =>
    Effect.gen(function* () {
      const { days = 1, interval = "300 millis", symbol } = options
      const report = yield* Report.Report
      yield* report.waitFor(name, "Opened", 1)
      let pushed = 0
      for (let day = 0; day < days; day++) {
        pushed += yield* binance.tradingDay(product, { interval, symbol })
        yield* Effect.sleep(interval)
      }
      yield* report.waitFor(name, "events", pushed)
    })
  )

const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`

/** Keys and sockets that the simulated Binance still counts, once it had the time to see them close. */
const leftOpen = (binance: SimulatedBinance.SimulatedBinance.Service) =>
  Effect.map(binance.counters, ({ liveKeys, openSockets }) => ({ liveKeys, openSockets })).pipe(
    Effect.tap(() => Effect.sleep("20 millis")),
    Effect.repeat({ until: ({ liveKeys, openSockets }) => liveKeys + openSockets === 0, times: 50 })
  )

const lastLine = (closed: string) =>
  Effect.gen(function* () {
    const report = yield* Report.Report
    const simulation = yield* Simulation
    const events = yield* report.count("events")
    const gaps = yield* report.count("Resumed")
    if (Option.isSome(simulation)) {
      const { liveKeys, openSockets } = yield* leftOpen(simulation.value)
      if (liveKeys + openSockets > 0) {
        return yield* new UsageError(`still open: ${plural(liveKeys, "key")}, ${plural(openSockets, "socket")}`)
      }
    }
    yield* Console.log(`${plural(events, "event")}, ${plural(gaps, "gap")}; ${closed}`)
  })
