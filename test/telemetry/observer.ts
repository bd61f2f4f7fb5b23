import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Metric from "effect/Metric"
import * as MetricState from "effect/MetricState"
import * as Tracer from "effect/Tracer"

export interface Line {
  readonly level: LogLevel.LogLevel
  readonly text: string
  /** Epoch ms. */
  readonly at: number
  readonly annotations: { readonly [name: string]: unknown }
}

/** Keeps every line that is logged, of whatever level. */
export const makeLog = () => {
  const lines: Array<Line> = []
  const logger = Logger.make(({ annotations, date, logLevel, message }) => {
    lines.push({
      level: logLevel,
      text: Arr.ensure(message).join(": "),
      at: date.getTime(),
      annotations: Object.fromEntries(annotations)
    })
  })
  const from = (level: LogLevel.LogLevel) => () =>
    lines.filter((line) => LogLevel.greaterThanEqual(line.level, level)).map(({ text }) => text)
  return {
    lines,
    infos: from(LogLevel.Info),
    warnings: from(LogLevel.Warning),
    layer: Layer.merge(Logger.add(logger), Logger.minimumLogLevel(LogLevel.All))
  }
}

class CollectedSpan implements Tracer.Span {
  readonly _tag = "Span"
  readonly traceId = "trace"
  readonly sampled = true
  readonly attributes = new Map<string, unknown>()
  readonly events: Array<unknown> = []
  readonly links: Array<Tracer.SpanLink> = []
  status: Tracer.SpanStatus

  constructor(
    readonly spanId: string,
    readonly name: string,
    readonly parent: Tracer.Span["parent"],
    readonly context: Tracer.Span["context"],
    startTime: bigint,
    readonly kind: Tracer.SpanKind
  ) {
    this.status = { _tag: "Started", startTime }
  }

  end(endTime: bigint, exit: Exit.Exit<unknown, unknown>) {
    this.status = { _tag: "Ended", startTime: this.status.startTime, endTime, exit }
  }

  attribute(key: string, value: unknown) {
    this.attributes.set(key, value)
  }

  event(...event: ReadonlyArray<unknown>) {
    this.events.push(event)
  }

  addLinks(links: ReadonlyArray<Tracer.SpanLink>) {
    this.links.push(...links)
  }
}

/** Keeps every span, also those that have not ended. */
export const makeTracer = () => {
  const spans: Array<CollectedSpan> = []
  const tracer = Tracer.make({
    span: (name, parent, context, _, startTime, kind) => {
      const span = new CollectedSpan(String(spans.length), name, parent, context, startTime, kind)
      spans.push(span)
      return span
    },
    context: (execute) => execute()
  })
  const named = (name: string) => spans.filter((span) => span.name === name)
  return {
    spans,
    named,
    attributesOf: (name: string) => named(name).map(({ attributes }) => Object.fromEntries(attributes)),
    layer: Layer.setTracer(tracer)
  }
}

const valuesOf = (state: MetricState.MetricState.Untyped): ReadonlyArray<readonly [suffix: string, value: number]> => {
  if (MetricState.isCounterState(state)) {
    return [["", Number(state.count)]]
  }
  if (MetricState.isGaugeState(state)) {
    return [["", Number(state.value)]]
  }
  return MetricState.isHistogramState(state)
    ? [
        ["_count", state.count],
        ["_sum", state.sum]
      ]
    : []
}

const prefix = "binance_user_data_"

/** The metrics of the library at this moment: `events{product=Spot,type=BalanceUpdate}`. */
export const metrics = Effect.map(Metric.snapshot, (pairs): ReadonlyMap<string, number> => {
  const values = new Map<string, number>()
  for (const { metricKey, metricState } of pairs) {
    if (metricKey.name.startsWith(prefix)) {
      const labels = metricKey.tags.map(({ key, value }) => `${key}=${value}`).join(",")
      for (const [suffix, value] of valuesOf(metricState)) {
        values.set(`${metricKey.name.slice(prefix.length)}${suffix}{${labels}}`, value)
      }
    }
  }
  return values
})

/** What was added to a metric since an earlier moment: all metrics are of the process, and other tests have used them. */
export const added = (before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>, name: string) => {
  const differences: { [labels: string]: number } = {}
  for (const [key, value] of after) {
    const difference = value - (before.get(key) ?? 0)
    if (key.startsWith(`${name}{`) && difference !== 0) {
      differences[key.slice(name.length + 1, -1)] = difference
    }
  }
  return differences
}
