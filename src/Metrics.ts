/**
 * What the streams of this process measure about themselves, in Effect's own metric registry: any exporter of metrics
 * shows it. Besides the tags that are named below, the metrics of a stream have its account as `account`, where the
 * account has a name, and the tags of `Effect.tagMetrics` around `make`. None has a key or anything else that is secret.
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
 * How often a stream had to be re-established. Tagged by `product` and `cause`, the tag of a `StreamNotice.Cause`.
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
 * How long all gaps together were, in seconds. Tagged by `product` and `cause`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const gapSeconds = Metric.counter(name("gap_seconds"), {
  description: "Time in which events may have been missed, in seconds",
  incremental: true
})

/**
 * How long the calls took that extended the life of a listen key, in ms. Tagged by `product`.
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
 * How often such a call failed, after the quick retries of `BinanceHttp`. Tagged by `product` and `error`, the tag of a `BinanceError`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const keepaliveFailures = Metric.counter(name("keepalive_failures"), {
  description: "Keepalives that failed, by their error",
  incremental: true
})

/**
 * How old a listen key had become when it was last tried to extend its life, in seconds. Binance lets it expire at 3600.
 * Tagged by `product`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const keyAge = Metric.gauge(name("key_age_seconds"), {
  description: "Age of a listen key at its last keepalive, in seconds"
})

/**
 * How long after Binance had sent an event (`E`) it was decoded here, in ms: the time under way and the difference of
 * the clocks. Tagged by `product`.
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
 * How many events came. Tagged by `product` and `type`, the tag of the event.
 *
 * @since 0.1.0
 * @category metrics
 */
export const events = Metric.counter(name("events"), { description: "Events, by their type", incremental: true })

/**
 * How many elements the consumer that read last had not read before. Tagged by `product`.
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
