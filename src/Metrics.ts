/**
 * The metrics of the streams of this process, in Effect's metric registry, for any exporter. In addition to the tags
 * below, the metrics of a stream have the name of its account as `account`, if it has one, the symbol of an isolated
 * margin account as `isolatedSymbol`, and the tags of `Effect.tagMetrics` around `make`. None contains a secret.
 *
 * @example
 * ```ts
 * import { Metrics } from "effect-binance-user-data"
 * import * as Effect from "effect/Effect"
 * import * as Metric from "effect/Metric"
 * import * as MetricLabel from "effect/MetricLabel"
 *
 * const live = Metric.value(Metric.taggedWithLabels(Metrics.streamsLive, [MetricLabel.make("product", "Spot")]))
 *
 * const program = Effect.map(live, ({ value }) => `${value} streams of spot are live`)
 * ```
 *
 * @since 0.1.0
 */
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"

const name = (suffix: string) => `binance_user_data_${suffix}`

/**
 * How many streams are live. Tagged by `product`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const streamsLive = Metric.gauge(name("streams_live"), { description: "Streams that are live" })

/**
 * How often a stream was interrupted. Tagged by `product` and `cause`, the tag of a `StreamNotice.Cause`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const reconnects = Metric.counter(name("reconnects"), {
  description: "Interruptions, by their cause",
  incremental: true
})

/**
 * How often a connection was replaced by the next one without a loss. Tagged by `product` and `cause`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const rollovers = Metric.counter(name("rollovers"), {
  description: "Planned changes of the connection, without a loss",
  incremental: true
})

/**
 * The total length of all gaps, in seconds. Tagged by `product` and `cause`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const gapSeconds = Metric.counter(name("gap_seconds"), {
  description: "Time in which events may have been missed, in seconds",
  incremental: true
})

/**
 * The duration of successful listen-key renewals, in ms. Tagged by `product`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const keepaliveLatency = Metric.histogram(
  name("keepalive_latency_milliseconds"),
  MetricBoundaries.exponential({ start: 10, factor: 2, count: 12 }),
  "Duration of successful keepalives, in ms"
)

/**
 * How often a renewal failed, after the quick retries of `BinanceHttp`. Tagged by `product` and `error`, the tag of a
 * `BinanceError`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const keepaliveFailures = Metric.counter(name("keepalive_failures"), {
  description: "Keepalives that failed, by their error",
  incremental: true
})

/**
 * The age of a listen key at its last renewal, successful or not, in seconds. It expires at 3600. Tagged by `product`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const keyAge = Metric.gauge(name("key_age_seconds"), {
  description: "Age of a listen key at its last keepalive, in seconds"
})

/**
 * The time from the sending of an event (`E`) to its decoding, in ms. Includes the difference of the clocks. Tagged by
 * `product`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const eventLag = Metric.histogram(
  name("event_lag_milliseconds"),
  MetricBoundaries.exponential({ start: 1, factor: 2, count: 16 }),
  "Time between an event's E and its arrival, in ms"
)

/**
 * The number of events. Tagged by `product` and `type`, the tag of the event.
 *
 * @since 0.1.0
 * @category metrics
 */
export const events = Metric.counter(name("events"), { description: "Events, by their type", incremental: true })

/**
 * The number of elements that the last read of a consumer has taken. Tagged by `product`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const bufferDepth = Metric.gauge(name("buffer_depth"), {
  description: "Elements that waited when a consumer last read"
})

/**
 * The request weight that Binance last counted for this IP. Tagged by `host` and `header`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const usedWeight = Metric.gauge(name("used_weight"), {
  description: "Request weight that Binance last counted for this IP"
})

/**
 * How often an account was read over REST to mend what was missing or to compare. Tagged by `product`, `cause` (`Start`,
 * `Restart`, `Gap`, `Check`, `Confirm`, `Doubt`) and `outcome` (`mended`, `diverged`, `unrecovered`).
 *
 * @since 0.2.0
 * @category metrics
 */
export const recoveries = Metric.counter(name("recoveries"), {
  description: "Recoveries of accounts, by their cause and outcome",
  incremental: true
})

/**
 * How long accounts were being recovered, in seconds. Tagged by `product`.
 *
 * @since 0.2.0
 * @category metrics
 */
export const staleSeconds = Metric.counter(name("stale_seconds"), {
  description: "Time in which accounts were being recovered",
  incremental: true
})

/**
 * How many fills were not told by the stream. Tagged by `product` and `origin`: `Recovered` or `Inferred`.
 *
 * @since 0.2.0
 * @category metrics
 */
export const recoveredFills = Metric.counter(name("recovered_fills"), {
  description: "Fills that REST told instead of the stream, or that follow from sums",
  incremental: true
})
