/**
 * A ledger of fills in SQLite: each fill once, through gaps and restarts. A fill and the checkpoint after it are written
 * in one transaction, so that a process that is killed at any moment goes on where its ledger ends.
 *
 *     npx tsx examples/fills.ts ledger.db
 */
import { SqlClient } from "@effect/sql"
import { SqlError } from "@effect/sql/SqlError"
import { LibsqlClient } from "@effect/sql-libsql"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { Checkpoint, UsdFutures, UsdFuturesAccount } from "effect-binance-user-data"
import * as Example from "./support/Example.js"
import * as Report from "./support/Report.js"

const name = "USD-M account"

const why = ({ cause, message }: SqlError) => (cause instanceof Error ? cause.message : message)

const toCheckpointError = (error: SqlError) => new Checkpoint.CheckpointError({ kind: "Store", reason: why(error) })

/** Another program writes to the database at the moment. */
const isBusy = (error: unknown): boolean =>
  error instanceof SqlError &&
  typeof error.cause === "object" &&
  error.cause !== null &&
  "code" in error.cause &&
  String(error.cause.code).startsWith("SQLITE_BUSY")

const patience = Schedule.exponential("50 millis").pipe(
  Schedule.union(Schedule.spaced("1 second")),
  Schedule.jittered,
  Schedule.upTo("30 seconds")
)

const untilFree = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(
    // How a commit fails is thrown.
    Effect.catchSomeDefect((defect) => (defect instanceof SqlError ? Option.some(Effect.fail(defect)) : Option.none())),
    Effect.tapError((error) =>
      isBusy(error) ? Effect.flatMap(Report.Report, ({ print }) => print("ledger", "busy, trying again")) : Effect.void
    ),
    Effect.retry({ schedule: patience, while: isBusy })
  )

/** Checkpoints in the database of the ledger. */
const CheckpointsInSql = Layer.effect(
  Checkpoint.CheckpointStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    return {
      load: (key) =>
        Effect.gen(function* () {
          const [row] = yield* sql<{ checkpoint: string }>`SELECT checkpoint FROM checkpoints WHERE account = ${key}`
          return row === undefined ? Option.none() : Option.some(yield* Checkpoint.fromJson(row.checkpoint))
        }).pipe(Effect.catchTag("SqlError", toCheckpointError)),
      save: (key, checkpoint) =>
        sql`INSERT OR REPLACE INTO checkpoints (account, checkpoint)
          VALUES (${key}, ${Checkpoint.toJson(checkpoint)})`.pipe(Effect.mapError(toCheckpointError))
    }
  })
)

const Tables = Layer.effectDiscard(
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    // Who reads the ledger does not keep this program from writing.
    yield* sql`PRAGMA journal_mode = WAL`
    yield* sql`CREATE TABLE IF NOT EXISTS checkpoints (account TEXT PRIMARY KEY, checkpoint TEXT NOT NULL)`
    yield* sql`CREATE TABLE IF NOT EXISTS fills (
      symbol TEXT, trade_id TEXT, order_id TEXT, side TEXT, quantity TEXT, price TEXT, time INTEGER, origin TEXT,
      PRIMARY KEY (symbol, trade_id, order_id)
    )`
  }).pipe(untilFree)
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
  }).pipe((written) => Effect.flatMap(SqlClient.SqlClient, (sql) => untilFree(sql.withTransaction(written))))

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
          yield* write(committable)
        }
        for (const { price, quantity, side, symbol, tradeId } of fills) {
          yield* report.print("ledger", `fill ${tradeId}: ${side} ${quantity} ${symbol} at ${price}`)
        }
        yield* report.element(name, element, describe(element))
      })
    )
  )
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ count: number }>`SELECT count(*) AS count FROM fills`
  yield* report.print("ledger", `${row?.count} fills`)
})

const file = process.argv[2] ?? "ledger.db"

/** A file that cannot be opened is thrown. */
const database = Layer.catchAllCause(LibsqlClient.layer({ url: `file:${file}` }), (cause) =>
  Layer.fail(new Example.ExampleError({ message: `${file} cannot be opened: ${Cause.squash(cause)}` }))
)

const layer = UsdFuturesAccount.layerWithCheckpoint().pipe(
  Layer.provide(CheckpointsInSql),
  Layer.provideMerge(Tables),
  Layer.provideMerge(database),
  Layer.provide(Example.onSimulation(UsdFutures.layerWith({ stableAfter: "100 millis" }), UsdFutures.layer))
)

Example.run(
  Effect.provide(program, layer).pipe(
    Effect.catchTags({
      CheckpointError: ({ message }) => new Example.ExampleError({ message }),
      SqlError: (error) => new Example.ExampleError({ message: `The ledger cannot be used: ${why(error)}` })
    })
  )
)
