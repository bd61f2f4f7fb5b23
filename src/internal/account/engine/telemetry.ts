import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as MetricLabel from "effect/MetricLabel"
import type { AccountElement, Phase } from "../../../Account.js"
import type { BinanceError } from "../../../BinanceError.js"
import * as Metrics from "../../../Metrics.js"
import { attributesOf, type Identity, titleOf } from "../../identity.js"
import * as Warnings from "../../session/warnings.js"
import type { Trigger } from "./trigger.js"

export interface Recovered {
  readonly kind: Trigger["kind"]
  readonly why: string
  /** How long it took, in ms. */
  readonly millis: number
  readonly elements: ReadonlyArray<AccountElement>
  /** The phase after it. */
  readonly phase: Phase
}

export interface AccountTelemetry {
  readonly recovered: (recovered: Recovered) => Effect.Effect<void>
  /** REST could not be read, and is asked again. */
  readonly failed: (error: BinanceError) => Effect.Effect<void>
}

const describe = (element: AccountElement): ReadonlyArray<string> => {
  switch (element._tag) {
    case "Unrecovered":
      return [`${element.what}${element.symbol === undefined ? "" : ` of ${element.symbol}`}: ${element.reason}`]
    case "Diverged":
      return element.differences
    default:
      return []
  }
}

const count = (amount: number, noun: string) => `${amount} ${noun}${amount === 1 ? "" : "s"}`

export const make = (identity: Identity): Effect.Effect<AccountTelemetry> =>
  Effect.map(Warnings.make, (warnings) => ({
    recovered: recovered(identity),
    failed: (error) =>
      warnings.log(`The account of ${titleOf(identity)} could not be read; trying again`, error.message)
  }))

/** Counts a recovery by its cause and outcome, and writes a line in the log. */
const recovered =
  (identity: Identity): AccountTelemetry["recovered"] =>
  ({ elements, kind, millis, phase, why }) =>
    Effect.gen(function* () {
      const fills = elements.flatMap((element) => (element._tag === "RecoveredFill" ? [element.fill] : []))
      const orders = elements.filter(({ _tag }) => _tag === "RecoveredOrder" || _tag === "RecoveredAlgoOrder")
      const notes = [...elements.flatMap(describe), ...(phase._tag === "Stale" ? [phase.why] : [])]
      const outcome = elements.some(({ _tag }) => _tag === "Unrecovered")
        ? "unrecovered"
        : elements.some(({ _tag }) => _tag === "Diverged")
          ? "diverged"
          : "mended"
      const labels = Object.entries(attributesOf(identity)).map(([name, value]) => MetricLabel.make(name, value))
      const labelled = (name: string, value: string) => [...labels, MetricLabel.make(name, value)]
      const recoveries = [...labelled("cause", kind), MetricLabel.make("outcome", outcome)]
      yield* Metric.increment(Metric.taggedWithLabels(Metrics.recoveries, recoveries))
      yield* Metric.incrementBy(Metric.taggedWithLabels(Metrics.staleSeconds, labels), millis / 1000)
      for (const origin of ["Recovered", "Inferred"] as const) {
        const counter = Metric.taggedWithLabels(Metrics.recoveredFills, labelled("origin", origin))
        yield* Metric.incrementBy(counter, fills.filter((fill) => fill.origin === origin).length)
      }
      const summary =
        `The account of ${titleOf(identity)} is ${phase._tag === "Current" ? "current again" : "still stale"} ` +
        `after ${millis} ms (${why}): ` +
        `${count(fills.length, "fill")} and ${count(orders.length, "order")} recovered`
      yield* notes.length > 0
        ? Effect.logWarning(`${summary}; ${notes.join("; ")}`)
        : kind === "Confirm" || kind === "Check"
          ? Effect.logDebug(summary)
          : Effect.logInfo(summary)
    })
