import { expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Account } from "effect-binance-user-data"
import { SimulatedBinance, type Trading } from "effect-binance-user-data/testing"
import { settle } from "../support/simulated.js"
import { identity, pictureOf, pictureOfBook } from "./accounts.js"

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

/** The state equals the exchange's book, and says that it does. */
export const expectTruth = (account: Kept, product: Trading.Product) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    const state = yield* account.state
    expect(pictureOf(state)).toEqual(pictureOfBook(yield* binance.book({ product })))
    expect(state.phase._tag).toBe("Current")
  })
