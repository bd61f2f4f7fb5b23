/**
 * A live dashboard of all user data streams: `node --import tsx examples/dashboard/server.ts`, then open the address
 * that it prints. `PORT` is the port (3000), 0 takes a free one.
 *
 * On the simulated Binance the page has a button for everything that can go wrong.
 */

import type * as HttpServerError from "@effect/platform/HttpServerError"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Environment } from "effect-binance-user-data"
import * as Example from "../support/Example.js"
import * as Feed from "./feed.js"
import * as Http from "./http.js"
import * as Simulation from "./simulation.js"
import * as State from "./state.js"
import * as Streams from "./streams.js"

const port = Config.integer("PORT").pipe(
  Config.validate({ message: "Expected a port: 0 to 65535", validation: (port) => port >= 0 && port <= 65_535 }),
  Config.withDefault(3000)
)

const cannotListen = (port: number) => (error: HttpServerError.ServeError) =>
  new Example.ExampleError({
    message: `Cannot listen on port ${port} (${error.cause instanceof Error ? error.cause.message : "unknown"}). Set PORT to another one, or to 0`
  })

const program = Effect.gen(function* () {
  const chosen = yield* port
  const simulation = yield* Example.Simulation
  const { name } = yield* Environment.Environment
  const feed = yield* Feed.make(State.empty(name, Streams.sources), { pause: 100 })
  const address = yield* Effect.mapError(Http.serve(feed, simulation, chosen), cannotListen(chosen))
  yield* Console.log(`The dashboard is at ${address} . Ctrl-C ends it`)
  const options = Option.isSome(simulation) ? Streams.optionsOnSimulation : Streams.optionsOnBinance
  yield* Effect.all(
    [
      Streams.followAll(feed, options),
      Option.match(simulation, { onNone: () => Effect.void, onSome: Simulation.trade }),
      Effect.never
    ],
    { concurrency: "unbounded", discard: true }
  )
})

Example.run(Effect.scoped(program), "sockets closed")
