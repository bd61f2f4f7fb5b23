/**
 * Positions kept from events: what `compose.ts` uses and `mock-layers.ts` tests.
 */

import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { CoinFutures, StreamNotice, UsdFutures } from "effect-binance-user-data"

/** The signed size of each position, by symbol. */
export type Positions = ReadonlyMap<string, string>

type Element = CoinFutures.Event | UsdFutures.Event | StreamNotice.StreamNotice

/**
 * The positions after each element.
 *
 * A stream says what changes, not what is. So all positions are read (over REST, in a real program) when it opens, and
 * again when it resumes after a gap in which changes may have been missed.
 */
export const keep = <A extends Element, E, R, E2, R2>(
  elements: Stream.Stream<A, E, R>,
  readAll: Effect.Effect<Positions, E2, R2>
): Stream.Stream<Positions, E | E2, R | R2> => {
  const next = (positions: Positions, element: Element): Effect.Effect<Positions, E2, R2> => {
    switch (element._tag) {
      case "Opened":
      case "Resumed":
        return readAll
      case "AccountUpdate": {
        const changed = (element.updateData.positions ?? []).flatMap(({ positionAmount, symbol }) =>
          positionAmount === undefined ? [] : [[symbol, positionAmount] as const]
        )
        return Effect.succeed(new Map([...positions, ...changed]))
      }
      default:
        return Effect.succeed(positions)
    }
  }
  const none: Positions = new Map()
  return Stream.mapAccumEffect(elements, none, (positions, element) =>
    Effect.map(next(positions, element), (positions) => [positions, positions])
  )
}

export const show = (positions: Positions): string =>
  positions.size === 0
    ? "no positions"
    : Array.from(positions, ([symbol, amount]) => `${symbol} ${amount}`)
        .sort()
        .join(", ")
