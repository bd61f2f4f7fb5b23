/**
 * Effect's metrics as text, as Prometheus reads it: what a program answers to `GET /metrics`.
 */

import type * as MetricPair from "effect/MetricPair"
import * as MetricState from "effect/MetricState"
import * as Option from "effect/Option"

type Labels = ReadonlyArray<readonly [name: string, value: string]>

const escaped = (value: string) => value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")

const line = (name: string, labels: Labels, value: number) => {
  const pairs = labels.map(([name, value]) => `${name}="${escaped(value).replaceAll('"', '\\"')}"`).join(",")
  return `${name}${pairs === "" ? "" : `{${pairs}}`} ${value}`
}

const bound = (value: number) => (value === Number.POSITIVE_INFINITY ? "+Inf" : String(value))

/** The type of a metric and its lines, for those kinds that the library has. */
const describe = (
  name: string,
  labels: Labels,
  state: MetricState.MetricState.Untyped
): readonly [type: string, lines: ReadonlyArray<string>] | undefined => {
  if (MetricState.isCounterState(state)) {
    return ["counter", [line(name, labels, Number(state.count))]]
  }
  if (MetricState.isGaugeState(state)) {
    return ["gauge", [line(name, labels, Number(state.value))]]
  }
  if (MetricState.isHistogramState(state)) {
    return [
      "histogram",
      [
        ...state.buckets.map(([boundary, count]) =>
          line(`${name}_bucket`, [...labels, ["le", bound(boundary)]], count)
        ),
        line(`${name}_sum`, labels, state.sum),
        line(`${name}_count`, labels, state.count)
      ]
    ]
  }
  return undefined
}

/** The text of those metrics whose names begin so. */
export const render = (metrics: ReadonlyArray<MetricPair.MetricPair.Untyped>, prefix = ""): string => {
  const families = new Map<string, Array<string>>()
  for (const { metricKey, metricState } of metrics) {
    const { name } = metricKey
    const labels = metricKey.tags.map(({ key, value }) => [key, value] as const)
    const described = name.startsWith(prefix) ? describe(name, labels, metricState) : undefined
    if (described !== undefined) {
      const [type, lines] = described
      const help = Option.getOrElse(metricKey.description, () => name)
      const family = families.get(name) ?? [`# HELP ${name} ${escaped(help)}`, `# TYPE ${name} ${type}`]
      family.push(...lines)
      families.set(name, family)
    }
  }
  return Array.from(families.keys())
    .sort()
    .flatMap((name) => families.get(name)!)
    .join("\n")
}
