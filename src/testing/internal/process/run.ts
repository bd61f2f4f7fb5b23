import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Product } from "../../../Environment.js"
import * as SimulatedBinance from "../../SimulatedBinance.js"
import { Refused } from "../../Trading.js"
import { Product as Products } from "../control/fields.js"
import { fromWords, type Simulation, usage } from "./arguments.js"
import { introduction } from "./introduction.js"

/** A mistake of who runs the process, with what to do. */
export class Mistake extends Data.TaggedError("Mistake")<{ readonly message: string }> {}

/** A test that moves the market or the account meanwhile may leave the rest of a day nothing to do. */
const orUntilRefused = Effect.catchAllDefect((defect) => (defect instanceof Refused ? Effect.void : Effect.die(defect)))

/** Days without end: of all products at once, but of one account after the other, because they share the market. */
const trade = ({ accounts, interval }: Simulation) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    const names = new Set([SimulatedBinance.defaultAccount, ...accounts.flatMap(({ account }) => account ?? [])])
    const days = (product: Product) =>
      Effect.forEach(names, (account) =>
        Effect.zipRight(orUntilRefused(binance.tradingDay(product, { account, interval })), Effect.sleep(interval))
      )
    yield* Effect.forEach(Products.literals, (product) => Effect.forever(days(product)), {
      concurrency: "unbounded",
      discard: true
    })
  })

const simulate = (simulation: Simulation) =>
  Effect.gen(function* () {
    const { httpUrl, webSocketUrl } = yield* SimulatedBinance.SimulatedBinance
    yield* Console.log(introduction(httpUrl, webSocketUrl, simulation))
    yield* simulation.script === undefined ? Effect.never : trade(simulation)
  }).pipe(
    Effect.provide(
      SimulatedBinance.layer({
        port: simulation.port,
        accounts: simulation.accounts,
        seed: simulation.seed,
        enforceLimits: simulation.enforceLimits,
        pushesByClock: true,
        control: true
      })
    ),
    Effect.catchAllCause((cause) => {
      const error: unknown = Cause.squash(cause)
      const isTaken = error instanceof Error && "code" in error && error.code === "EADDRINUSE"
      return isTaken
        ? new Mistake({ message: `Port ${simulation.port} is taken. --port 0 takes a free one.` })
        : Effect.failCause(cause)
    })
  )

/**
 * Does what the command line says, until it is interrupted.
 */
export const run = (words: ReadonlyArray<string>): Effect.Effect<void, Mistake> =>
  Either.match(fromWords(words), {
    onLeft: (mistake) => new Mistake({ message: `${mistake} --help shows what there is.` }),
    onRight: (simulation) => (simulation === "help" ? Console.log(usage) : simulate(simulation))
  })
