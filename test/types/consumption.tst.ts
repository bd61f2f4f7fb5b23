import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { BinanceError, Spot } from "effect-binance-user-data"
import { describe, expect, test } from "tstyche"

const spot = {} as Spot.Spot.Service

describe("forEach", () => {
  test("adds nothing for functions that return nothing", () => {
    expect(spot.forEach(() => undefined)).type.toBe<Effect.Effect<void, BinanceError.BinanceError>>()
    expect(spot.forEach((element) => console.log(element._tag))).type.toBe<
      Effect.Effect<void, BinanceError.BinanceError>
    >()
  })

  test("adds what the effects add that a function may return", () => {
    const effect = {} as Effect.Effect<number, "failed", "needed">
    expect(spot.forEach(() => effect)).type.toBe<Effect.Effect<void, BinanceError.BinanceError | "failed", "needed">>()
    expect(
      spot.forEach((element) => {
        if (element._tag === "Resumed") {
          return effect
        }
      })
    ).type.toBe<Effect.Effect<void, BinanceError.BinanceError | "failed", "needed">>()
  })

  test("is typed by its function alone, wherever it stands", () => {
    expect(Effect.all([spot.forEach(() => undefined), Stream.runDrain(spot.events)], { discard: true })).type.toBe<
      Effect.Effect<void, BinanceError.BinanceError>
    >()
  })
})
