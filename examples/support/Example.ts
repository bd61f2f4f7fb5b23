/**
 * Where an example runs, and how it ends.
 *
 * With `BINANCE_API_KEY` it goes to Binance (`BINANCE_ENV`: `production`, `testnet` or `demo`) and runs until Ctrl-C.
 * Without, it starts a simulated Binance on loopback, which trades a little.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { type BinanceError, BinanceHttp, Credentials, Environment } from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import * as Report from "./Report.js"

/** The simulated Binance, where the example runs on it. */
export class Simulation extends Context.Tag("examples/Simulation")<
  Simulation,
  Option.Option<SimulatedBinance.SimulatedBinance.Service>
>() {}

const simulated = Layer.mergeAll(
  Logger.minimumLogLevel(LogLevel.None),
  Layer.effect(
    Simulation,
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* Console.log(`BINANCE_API_KEY is not set: this is a simulated Binance at ${binance.httpUrl} (times in UTC)`)
      return Option.some(binance)
    })
  ),
  Credentials.layer({ apiKey: SimulatedBinance.defaultApiKey, secretKey: SimulatedBinance.defaultSecretKey })
).pipe(Layer.provideMerge(SimulatedBinance.layer()))

/** What went wrong between Ctrl-C and the end. */
const closing = { hasBegun: false, warnings: 0 }

/** What the library logs: on the simulated Binance the notices say enough. */
const log = Logger.replace(
  Logger.defaultLogger,
  Logger.make(({ date, logLevel, message }) => {
    if (closing.hasBegun && LogLevel.greaterThanEqual(logLevel, LogLevel.Warning)) {
      closing.warnings++
    }
    const text = Array.isArray(message) ? message.join(": ") : String(message)
    console.error(`${Report.timeOfDay(date.getTime())}  ${logLevel.label.toLowerCase().padEnd(16)} ${text}`)
  })
)

const real = Layer.mergeAll(
  log,
  Layer.effect(
    Simulation,
    Effect.zipRight(
      Effect.flatMap(Environment.Environment, ({ name }) =>
        Console.log(`Binance, ${name} (times in UTC). Ctrl-C ends this`)
      ),
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
const layer = Layer.mergeAll(BinanceHttp.layer, binance, Report.layer).pipe(Layer.provideMerge(NodeLayer.layer))

/** What an example may use. */
export type Requirements = Layer.Layer.Success<typeof layer>

/** What only an example can get wrong, such as its command line. */
export class ExampleError extends Data.TaggedError("ExampleError")<{ readonly message: string }> {}

/** A layer for the simulated Binance, and one for the real one. */
export const onSimulation = <A, E, R, B, E2, R2>(
  simulated: Layer.Layer<A, E, R>,
  real: Layer.Layer<B, E2, R2>
): Layer.Layer<A & B, E | E2, R | R2 | Simulation> =>
  Layer.unwrapEffect(
    Effect.map(
      Simulation,
      (simulation): Layer.Layer<any, E | E2, R | R2> => (Option.isSome(simulation) ? simulated : real)
    )
  )

/** The words of the command line; without any, those given for the simulated Binance, and none for the real one. */
export const words = (onSimulation: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<string>, never, Simulation> =>
  Effect.map(Simulation, (simulation) =>
    process.argv.length === 2 && Option.isSome(simulation) ? onSimulation : process.argv.slice(2)
  )

/** The first word of the command line (`""` without one), and what it stands for. */
export const choose = <Choices extends { readonly [word: string]: unknown }>(choices: Choices) => {
  const word = process.argv[2] ?? ""
  const known = Object.keys(choices).filter((word) => word !== "")
  return Object.hasOwn(choices, word)
    ? Effect.succeed([word, choices[word as keyof Choices]] as const)
    : new ExampleError({
        message: `${word === "" ? "Which one?" : `"${word}" is not known here.`} Add one of these words to the command: ${known.join(", ")}`
      })
}

/** Runs a script against the simulated Binance beside a stream, and ends the stream with it; elsewhere does nothing. */
export const withScript =
  (script: (binance: SimulatedBinance.SimulatedBinance.Service) => Effect.Effect<void, never, Report.Report>) =>
  <A, E, R>(stream: Stream.Stream<A, E, R>): Stream.Stream<A, E, R | Report.Report | Simulation> =>
    Stream.unwrap(
      Effect.map(Simulation, (simulation) =>
        Option.isNone(simulation) ? stream : Stream.interruptWhen(stream, script(simulation.value))
      )
    )

/** Lets the simulated Binance trade for a day when the stream is live, and ends the stream when all of it was printed. */
export const withTradingDay = (
  name: string,
  product: Environment.Product,
  options: {
    readonly interval?: Duration.DurationInput | undefined
    readonly symbol?: string | undefined
    readonly days?: number | undefined
  } = {}
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

/** What was asked of the simulated Binance: `POST /dapi/v1/listenKey 1, ... , sockets 1`. */
const requests = (binance: SimulatedBinance.SimulatedBinance.Service) =>
  Effect.map(binance.counters, ({ connects, requests }) =>
    [
      ...Object.entries(requests).map(
        ([endpoint, outcomes]) => `${endpoint} ${Object.values(outcomes).reduce((sum, count) => sum + count, 0)}`
      ),
      `sockets ${connects.length}`
    ].join(", ")
  )

/** Checks, where it can, that nothing is left, and says so. */
const lastLine = (closed: string) =>
  Effect.gen(function* () {
    const report = yield* Report.Report
    const simulation = yield* Simulation
    if (Option.isSome(simulation)) {
      const { liveKeys, openSockets } = yield* leftOpen(simulation.value)
      yield* Console.log(`Binance counted ${yield* requests(simulation.value)}`)
      if (liveKeys + openSockets > 0) {
        return yield* new ExampleError({
          message: `Still open: ${plural(liveKeys, "key")}, ${plural(openSockets, "socket")}`
        })
      }
    }
    if (closing.warnings > 0) {
      return yield* new ExampleError({ message: "Not everything could be closed: the last warnings say what" })
    }
    const hasStreamed = (yield* report.count("Opened")) > 0
    const events = plural(yield* report.count("events"), "event")
    const gaps = plural(yield* report.count("Resumed"), "gap")
    yield* Console.log(hasStreamed ? `${events}, ${gaps}; ${closed}` : closed)
  })

type Failure = ExampleError | BinanceError.BinanceError | ConfigError.ConfigError

const explain = (error: Failure): string =>
  "_op" in error && error._op === "InvalidData"
    ? `${error.path.join("_")}: ${error.message}`
    : error.message.replace(/\s+/g, " ")

/**
 * Runs an example to its end, or to Ctrl-C, and prints the last line when everything is closed. `closed` names what that
 * is. An error is one line, and exit code 1.
 */
export const run = (
  example: Effect.Effect<void, Failure, Requirements>,
  closed = "key closed, socket closed"
): void => {
  // npm passes Ctrl-C on to a process that has already got it: the second one must not cut the closing short.
  process.on("SIGINT", () => {
    closing.hasBegun = true
  })
  let exitCode = 0
  const report = <R>(effect: Effect.Effect<void, Failure, R>) =>
    Effect.catchAllCause(effect, (cause) => {
      if (Cause.isInterruptedOnly(cause)) {
        return Effect.void
      }
      exitCode = 1
      return Console.error(Either.match(Cause.failureOrCause(cause), { onLeft: explain, onRight: Cause.pretty }))
    })
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(restore(example))
      if (Exit.isSuccess(exit) || Exit.isInterrupted(exit)) {
        yield* lastLine(closed)
      }
      return yield* exit
    }).pipe(report)
  ).pipe(
    Effect.provide(layer),
    report,
    NodeRuntime.runMain({ disablePrettyLogger: true, teardown: (_, onExit) => onExit(exitCode) })
  )
}
