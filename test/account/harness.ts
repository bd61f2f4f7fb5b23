import { expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Account } from "effect-binance-user-data"
import { Fault, SimulatedBinance, type Trading } from "effect-binance-user-data/testing"
import { adjust, settle } from "../support/simulated.js"
import { identity, pictureOf, pictureOfBook, type Row } from "./accounts.js"

type Kept = Account.Account<{ readonly _tag: string }>

/** Consumes an account, and keeps its elements and fills. */
export const consume = (account: Kept) =>
  Effect.gen(function* () {
    const elements: Array<any> = []
    yield* Effect.forkScoped(account.forEach((element) => void elements.push(element)))
    yield* settle
    return elements
  })

/** Consumes the fills of an account, and keeps their identities and origins. */
export const fillsOf = (account: Kept) =>
  Effect.gen(function* () {
    const fills: Array<string> = []
    yield* Effect.forkScoped(
      Stream.runForEach(account.fills, (fill) => Effect.sync(() => fills.push(`${identity(fill)} ${fill.origin}`)))
    )
    return fills
  })

/** An account with funds that is consumed, a minute old. */
export const start = (row: Row, symbols: ReadonlyArray<string> = [row.symbol, row.other]) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    const { asset, deposit, product } = row
    yield* binance.deposit({ product, asset, amount: deposit })
    if (product === "CoinFutures") {
      yield* binance.deposit({ product, asset: "ETH", amount: "100" })
    }
    const account: Kept = yield* row.make({ symbols })
    const elements: ReadonlyArray<any> = yield* consume(account)
    const fills = yield* fillsOf(account)
    yield* adjust("1 minute")
    return { account, binance, elements, fills }
  })

/** Something that happens while the account hears nothing of it. */
export const inGap = <A, E, R>(happens: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    yield* binance.inject(Fault.refuseConnects("reset", { for: "10 seconds" }))
    yield* binance.inject(Fault.dropSockets())
    yield* adjust("2 seconds")
    const result = yield* happens
    yield* adjust("2 minutes")
    return result
  })

/** The state equals the exchange's book, and says that it does. */
export const expectTruth = (account: Kept, product: Trading.Product) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    const state = yield* account.state
    expect(pictureOf(state)).toEqual(pictureOfBook(yield* binance.book({ product })))
    expect(state.phase._tag).toBe("Current")
  })
