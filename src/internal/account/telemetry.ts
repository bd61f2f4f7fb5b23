import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type { AccountElement } from "../../Account.js"
import * as Metrics from "../../Metrics.js"
import type { Mending } from "./due.js"

export interface Recovered {
  readonly kind: Mending["kind"]
  readonly why: string
  /** How long it took, in ms. */
  readonly millis: number
  readonly elements: ReadonlyArray<AccountElement>
}

export interface AccountTelemetry {
  readonly recovered: (recovered: Recovered) => Effect.Effect<void>
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

/** Recoveries by their cause and outcome, and a line in the log for each that was worth it. */
export const make = (product: string): AccountTelemetry => ({
  recovered: ({ elements, kind, millis, why }) =>
    Effect.gen(function* () {
      const fills = elements.flatMap((element) => (element._tag === "RecoveredFill" ? [element.fill] : []))
      const orders = elements.filter(({ _tag }) => _tag === "RecoveredOrder" || _tag === "RecoveredAlgoOrder")
      const told = elements.flatMap(describe)
      const outcome = elements.some(({ _tag }) => _tag === "Unrecovered")
        ? "unrecovered"
        : elements.some(({ _tag }) => _tag === "Diverged")
          ? "diverged"
          : "mended"
      const recoveries = Metrics.recoveries.pipe(
        Metric.tagged("product", product),
        Metric.tagged("cause", kind),
        Metric.tagged("outcome", outcome)
      )
      yield* Metric.increment(recoveries)
      yield* Metric.incrementBy(Metric.tagged(Metrics.staleSeconds, "product", product), millis / 1000)
      for (const origin of ["Recovered", "Inferred"] as const) {
        const told = Metrics.recoveredFills.pipe(Metric.tagged("product", product), Metric.tagged("origin", origin))
        yield* Metric.incrementBy(told, fills.filter((fill) => fill.origin === origin).length)
      }
      const summary =
        `The account of ${product} is current again after ${millis} ms (${why}): ` +
        `${fills.length} fills and ${orders.length} orders recovered`
      yield* told.length > 0
        ? Effect.logWarning(`${summary}; ${told.join("; ")}`)
        : kind === "Confirm" || kind === "Check"
          ? Effect.logDebug(summary)
          : Effect.logInfo(summary)
    })
})
