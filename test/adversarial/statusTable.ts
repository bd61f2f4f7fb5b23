/** Prints what a live stream does at each status, body and moment: `npx tsx test/adversarial/statusTable.ts [status ...]` */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as HostileHost from "./hostileHost.js"
import { type Moment, moments, play } from "./statuses.js"

const asked = process.argv.slice(2).map(Number)

const program = Effect.gen(function* () {
  yield* Console.log(["status", "body", ...Object.keys(moments)].join(" | "))
  for (const status of asked.length > 0 ? asked : HostileHost.statuses) {
    for (const body of Object.keys(HostileHost.bodies)) {
      const row = yield* Effect.forEach(Object.keys(moments) as Array<Moment>, (moment) =>
        Effect.map(play({ status, body, moment }), ({ did, elsewhere }) =>
          elsewhere.length === 0 ? did : `${did}, ASKED ANOTHER HOST`
        )
      )
      yield* Console.log([status, body, ...row].join(" | "))
    }
  }
})

NodeRuntime.runMain(Effect.provide(program, Logger.replace(Logger.defaultLogger, Logger.none)))
