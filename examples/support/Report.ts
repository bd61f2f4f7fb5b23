/**
 * What the examples print: one line for each thing that happened, and the numbers for the last line.
 */

import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { Account, StreamNotice } from "effect-binance-user-data"

export class Report extends Context.Tag("examples/Report")<
  Report,
  {
    /** Prints a line: the time, who says it, and what. */
    readonly print: (who: string, what: string) => Effect.Effect<void>
    /** Prints an element of a stream and counts it. */
    readonly element: (stream: string, element: Element, what: string) => Effect.Effect<void>
    /** Waits until a stream has printed so many elements of a kind: `"events"`, `"Opened"`, `"Resumed"` ... */
    readonly waitFor: (stream: string, kind: Kind, count: number) => Effect.Effect<void>
    /** How many elements of a kind all streams have printed. */
    readonly count: (kind: Kind) => Effect.Effect<number>
  }
>() {}

type Element = { readonly _tag: string }

type Kind = "events" | StreamNotice.StreamNotice["_tag"]

export const timeOfDay = (epochMillis: number) => new Date(epochMillis).toISOString().slice(11, 23)

const seconds = (from: number, to: number) => `${((to - from) / 1000).toFixed(1)} s`

/** What an example says about notices, and about events that it does not go into. */
export const describe = (element: Element | StreamNotice.StreamNotice): string => {
  if (!StreamNotice.isStreamNotice(element)) {
    return element._tag
  }
  switch (element._tag) {
    case "Opened":
      return "live: read orders, balances and positions over REST now"
    case "Interrupted":
      return `interrupted: ${element.cause._tag}`
    case "Resumed": {
      const { from, to } = element.gap
      return `live again: re-read over REST what happened from ${timeOfDay(from)} to ${timeOfDay(to)} (${seconds(from, to)})`
    }
    case "RolledOver":
      return `rolled over to a new connection (${element.cause._tag}): nothing missed, nothing twice`
  }
}

export const layer = Layer.effect(
  Report,
  Effect.gen(function* () {
    const counts = yield* SubscriptionRef.make<{ readonly [key: string]: number }>({})

    const print = (who: string, what: string) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => Console.log(`${timeOfDay(now)}  ${who.padEnd(16)} ${what}`))

    const keyOf = (stream: string, kind: string) => `${stream}: ${kind}`

    return {
      print,
      element: (stream, element, what) => {
        const isEvent = !StreamNotice.isStreamNotice(element) && !Account.isAccountElement(element)
        const key = keyOf(stream, isEvent ? "events" : element._tag)
        return Effect.zipRight(
          print(stream, what),
          SubscriptionRef.update(counts, (counts) => ({ ...counts, [key]: (counts[key] ?? 0) + 1 }))
        )
      },
      waitFor: (stream, kind, count) =>
        counts.changes.pipe(
          Stream.takeUntil((counts) => (counts[keyOf(stream, kind)] ?? 0) >= count),
          Stream.runDrain
        ),
      count: (kind) =>
        Effect.map(SubscriptionRef.get(counts), (counts) =>
          Object.entries(counts).reduce((sum, [key, count]) => sum + (key.endsWith(`: ${kind}`) ? count : 0), 0)
        )
    }
  })
)
