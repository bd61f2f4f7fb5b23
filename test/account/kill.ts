import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SqlClient } from "@effect/sql"
import { LibsqlClient } from "@effect/sql-libsql"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import { generator } from "../simulation/simulate.js"
import * as Program from "../support/program.js"
import { identity } from "./accounts.js"
import { trade } from "./storm.js"

const product = "UsdFutures"

export interface Outcome {
  readonly kills: number
  /** How many of them came before the program had printed anything of its account. */
  readonly early: number
  readonly fills: number
  /** Of the ledger: how many of its fills REST told. */
  readonly recovered: number
  /** Fills of the exchange that the ledger lacks. */
  readonly missing: ReadonlyArray<string>
  /** Fills of the ledger that the exchange does not have, or has with another quantity. */
  readonly wrong: ReadonlyArray<string>
}

const folder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "ledger-"))),
  (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
)

/** The program, which is gone when the scope is. */
const start = (ledger: string, url: string) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      Program.run("examples/fills.ts", [ledger], {
        BINANCE_ENV: url,
        BINANCE_API_KEY: SimulatedBinance.defaultApiKey,
        BINANCE_SECRET_KEY: SimulatedBinance.defaultSecretKey
      })
    ),
    (program) =>
      Effect.promise(() => {
        program.kill()
        return program.ended
      })
  )

interface Row {
  readonly symbol: string
  readonly trade_id: string
  readonly order_id: string
  readonly quantity: string
  readonly origin: string
}

const rowsOf = (ledger: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql<Row>`SELECT * FROM fills`).pipe(
    Effect.provide(LibsqlClient.layer({ url: `file:${ledger}` })),
    Effect.scoped,
    Effect.orDie
  )

const described = (fill: { symbol: string; tradeId: string; orderId: string; quantity: string }) =>
  `${identity(fill)} ${Number(fill.quantity)}`

const compare = (ledger: string) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    const rows = yield* rowsOf(ledger)
    const book = yield* binance.book({ product })
    const expected = book.fills.map(described)
    const written = rows.map(({ order_id: orderId, quantity, symbol, trade_id: tradeId }) =>
      described({ symbol, tradeId, orderId, quantity })
    )
    const [known, told] = [new Set(expected), new Set(written)]
    return {
      fills: expected.length,
      recovered: rows.filter(({ origin }) => origin === "Recovered").length,
      missing: expected.filter((fill) => !told.has(fill)),
      wrong: written.filter((fill) => !known.has(fill))
    }
  })

/**
 * Ends a program that writes fills into a ledger with SIGKILL at random moments, and starts it again, while its account
 * trades. At the end the ledger is compared with the exchange's book.
 */
export const kill = (options: { readonly times: number; readonly seed: number }): Effect.Effect<Outcome> =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    const ledger = join(yield* folder, "ledger.db")
    yield* binance.deposit({ product, asset: "USDT", amount: "10000000" })
    const begin = start(ledger, binance.httpUrl)
    // From its first snapshot on the program has a checkpoint, and may miss nothing.
    yield* Effect.scoped(Effect.flatMap(begin, ({ line }) => Effect.promise(() => line(/Snapshot/))))
    const random = generator(options.seed)
    const trading = yield* Effect.fork(Effect.repeat(trade(binance, product, random), Schedule.spaced("40 millis")))
    let early = 0
    for (let index = 0; index < options.times; index++) {
      const [chance, after] = yield* Effect.all([Random.next, Random.nextIntBetween(0, 2000)])
      const run = Effect.gen(function* () {
        const program = yield* begin
        if (chance > 0.2) {
          yield* Effect.promise(() => program.line(/\blive$/))
        }
        yield* Effect.sleep(after)
        program.kill()
        const { lines } = yield* Effect.promise(() => program.ended)
        early += lines.some((line) => /\blive$/.test(line)) ? 0 : 1
      })
      yield* Effect.scoped(run)
    }
    yield* trading.interruptAsFork(trading.id())
    yield* trading.await
    // What was recovered is written before the snapshot is told.
    const { ended, interrupt, line } = yield* begin
    yield* Effect.promise(() => line(/Snapshot/))
    interrupt()
    yield* Effect.promise(() => ended)
    const outcome = yield* compare(ledger)
    return { kills: options.times, early, ...outcome }
  }).pipe(
    Effect.scoped,
    Effect.orDie,
    Effect.provide(SimulatedBinance.layer()),
    Effect.withRandom(Random.make(options.seed))
  )
