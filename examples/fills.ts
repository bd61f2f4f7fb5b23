/**
 * A ledger of fills in SQLite: each fill once, through gaps and restarts. A fill and the checkpoint after it are written
 * in one transaction, so that a process that is killed at any moment goes on where its ledger ends.
 *
 *     npx tsx examples/fills.ts ledger.db
 */
import { SqlClient } from "@effect/sql"
import type { SqlError } from "@effect/sql/SqlError"
import { LibsqlClient } from "@effect/sql-libsql"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Checkpoint, UsdFutures, UsdFuturesAccount } from "effect-binance-user-data"
import * as Example from "./support/Example.js"
import * as Report from "./support/Report.js"

const name = "USD-M account"

const CheckpointJson = Schema.parseJson(Checkpoint.Checkpoint)

const toCheckpointError = (error: SqlError | { readonly _tag: "ParseError"; readonly message: string }) =>
  new Checkpoint.CheckpointError({
    kind: error._tag === "ParseError" ? "Invalid" : "Store",
    reason: error.message
  })

/** Checkpoints in the database of the ledger. */
const CheckpointsInSql = Layer.effect(
  Checkpoint.CheckpointStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    return {
      load: (key) =>
        Effect.gen(function* () {
          const [row] = yield* sql<{ checkpoint: string }>`SELECT checkpoint FROM checkpoints WHERE account = ${key}`
          return row === undefined ? Option.none() : Option.some(yield* Schema.decode(CheckpointJson)(row.checkpoint))
        }).pipe(Effect.mapError(toCheckpointError)),
      save: (key, checkpoint) =>
        Effect.gen(function* () {
          const json = yield* Schema.encode(CheckpointJson)(checkpoint)
          yield* sql`INSERT OR REPLACE INTO checkpoints (account, checkpoint) VALUES (${key}, ${json})`
        }).pipe(Effect.mapError(toCheckpointError))
    }
  })
)

const Tables = Layer.effectDiscard(
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`CREATE TABLE IF NOT EXISTS checkpoints (account TEXT PRIMARY KEY, checkpoint TEXT NOT NULL)`
    yield* sql`CREATE TABLE IF NOT EXISTS fills (
      symbol TEXT, trade_id TEXT, order_id TEXT, side TEXT, quantity TEXT, price TEXT, time INTEGER, origin TEXT,
      PRIMARY KEY (symbol, trade_id, order_id)
    )`
  })
)

/** Writes what an element tells, and the checkpoint after it, or nothing. */
const write = ({ commit, fills }: Committable) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    for (const { orderId, origin, price = null, quantity, side, symbol, time, tradeId = "inferred" } of fills) {
      // What a transaction before a restart has written is recovered again with the same identity.
      yield* sql`INSERT OR IGNORE INTO fills (symbol, trade_id, order_id, side, quantity, price, time, origin)
        VALUES (${symbol}, ${tradeId}, ${orderId}, ${side}, ${quantity}, ${price}, ${time}, ${origin})`
    }
    yield* commit
  }).pipe((written) => Effect.flatMap(SqlClient.SqlClient, (sql) => sql.withTransaction(written)))

const describe = (element: UsdFuturesAccount.Element) =>
  element._tag === "Opened" || element._tag === "Resumed" ? "live" : Report.describe(element)

type Committable = Stream.Stream.Success<UsdFuturesAccount.UsdFuturesAccount.Service["committable"]>

const program = Effect.gen(function* () {
  const { committable } = yield* UsdFuturesAccount.UsdFuturesAccount
  const report = yield* Report.Report
  yield* committable.pipe(
    Example.withTradingDay(name, "UsdFutures", { interval: "300 millis", days: 2 }),
    Stream.runForEach((committable) =>
      Effect.gen(function* () {
        const { element, fills } = committable
        if (fills.length > 0 || element._tag === "Snapshot") {
          yield* Effect.orDie(write(committable))
        }
        for (const { price, quantity, side, symbol, tradeId } of fills) {
          yield* report.print("ledger", `fill ${tradeId}: ${side} ${quantity} ${symbol} at ${price}`)
        }
        yield* report.element(name, element, describe(element))
      })
    )
  )
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* Effect.orDie(sql<{ count: number }>`SELECT count(*) AS count FROM fills`)
  yield* report.print("ledger", `${row?.count} fills`)
})

const database = Layer.orDie(LibsqlClient.layer({ url: `file:${process.argv[2] ?? "ledger.db"}` }))

const layer = UsdFuturesAccount.layerWithCheckpoint().pipe(
  Layer.provide(CheckpointsInSql),
  Layer.provideMerge(Layer.orDie(Tables)),
  Layer.provideMerge(database),
  Layer.provide(Example.onSimulation(UsdFutures.layerWith({ stableAfter: "100 millis" }), UsdFutures.layer))
)

Example.run(
  Effect.provide(program, layer).pipe(
    Effect.catchTag("CheckpointError", ({ message }) => new Example.ExampleError({ message }))
  )
)
