// What is shown, and what it has to be.
import { baseline, contenders } from "./contenders.mjs"
import { products as decoded, spans, ways } from "./suites/cold.mjs"
import { taking as resting } from "./suites/idle.mjs"
import { taking as paced, rate } from "./suites/latency.mjs"
import { mixes } from "./suites/load.mjs"
import { summary } from "./support/statistics.mjs"

const verdictOf = (median, { aim = Number.NaN, better = "less", must }) => {
  if (must === undefined) {
    return ""
  }
  const holds = (limit) => (better === "less" ? median <= limit : median >= limit)
  return holds(aim) ? "aim" : holds(must) ? "must" : "missed"
}

const common = { forEach: { must: 0.75, aim: 0.5 }, stream: { must: 1.2, aim: 1 } }
const atFirst = { forEach: { must: 1.1, aim: 0.95 }, stream: { must: 1.4, aim: 1.2 } }
const unusual = { must: 1.7, aim: 1.3 }

const goals = {
  cold: {
    bytes: { begin: { must: 3, aim: 2 }, later: { must: 1.3, aim: 1 }, hot: { must: 0.5, aim: 0.3 } },
    string: { begin: { must: 3, aim: 2 }, later: { must: 1.3, aim: 1 }, hot: { must: 0.5, aim: 0.3 } },
    reordered: { hot: unusual },
    withoutCodeGeneration: { begin: { must: 5, aim: 3 }, later: { must: 1.9, aim: 1.3 } }
  },
  load: {
    coinFuturesAtFirst: { ...atFirst, official: { must: 0.9, aim: 1.1 } },
    spotAtFirst: { ...atFirst, official: { must: 4, aim: 6 } },
    coinFutures: common,
    spot: common,
    all: { forEach: { must: 1, aim: 0.8 }, stream: common.stream },
    reordered: { forEach: unusual, stream: unusual },
    shuffled: { forEach: unusual, stream: unusual }
  },
  latency: { forEach: { must: 1.5, aim: 1.2 } },
  /** In KiB. */
  heap: { forEach: 40, stream: 60 }
}

/** The rows of the table, from what each pair has measured, against another build of the library or not. */
export const rows = ({ failures, isAgainst, series }) => {
  const lines = []
  const valuesOf = (key) => (series.get(key) ?? []).filter((value) => value !== undefined)

  const add = (suite, title, values, { unit = "", ...limits } = {}) => {
    if (values.length > 0) {
      const { median, n, q1, q3 } = summary(values)
      lines.push({ suite, title, unit, median, q1, q3, n, ...limits, verdict: verdictOf(median, limits) })
    }
  }

  const addKey = (suite, title, key, goal) => add(suite, title, valuesOf(key), goal)

  /** A ratio of wall time, with that of CPU time beside it. */
  const addRatio = (suite, title, key, goal) => {
    const cpu = valuesOf(`${key}/cpuRatio`)
    addKey(suite, title, `${key}/ratio`, { ...goal, ...(cpu.length > 0 && { cpu: summary(cpu).median }) })
  }

  /** By how many times one is faster than another, of the same pair. */
  const addFaster = (suite, title, slower, faster, goal) => {
    const others = series.get(faster) ?? []
    const ratios = (series.get(slower) ?? []).map((value, pair) => value / others[pair])
    add(suite, title, ratios.filter(Number.isFinite), { better: "more", unit: "x", ...goal })
  }

  for (const product of decoded) {
    for (const way of Object.keys(ways)) {
      const suite = `cold, ${product}, ${way}`
      const key = `cold/${product}/${way}`
      const { begin, hot, later } = goals.cold[way]
      addKey(suite, "decoder and first event", `${key}/first`, {
        unit: "ms",
        ...(way === "bytes" && { must: 3, aim: 1.5 })
      })
      addRatio(suite, "1 to 1000, to JSON.parse", `${key}/begin`, begin)
      spans.forEach((to, index) => {
        const title = `${(spans[index - 1] ?? 0) + 1} to ${to}`
        const goal = to === spans.at(-1) ? hot : to === 10_000 ? later : {}
        addRatio(suite, `${title}, to JSON.parse`, `${key}/${to}`, goal)
        addKey(suite, title, `${key}/${to}/microseconds`, { unit: "µs" })
        addKey(suite, `${title}, JSON.parse`, `${key}/${to}/parseMicroseconds`, { unit: "µs" })
      })
    }
  }

  for (const [mix, { contenders: taking }] of Object.entries(mixes)) {
    const suite = `load, ${mix}`
    const { official, ...limits } = goals.load[mix]
    // Of each pair, because each has a baseline of its own.
    const parsed = taking.flatMap((name) => valuesOf(`load/${mix}/${name}/parseMicroseconds`))
    add(suite, isAgainst ? "the other build" : contenders[baseline].title, parsed, { unit: "µs" })
    for (const name of taking) {
      const shares = valuesOf(`load/${mix}/${name}/serverShare`)
      const isBound = shares.length > 0 && summary(shares).median > 0.9
      const title = `${contenders[name].title}${isBound ? " (the server is no faster)" : ""}`
      addRatio(suite, title, `load/${mix}/${name}`, isAgainst ? { must: 1.05 } : limits[name])
    }
    const title = `forEach, faster than ${contenders.official.title}`
    addFaster(suite, title, `load/${mix}/official/ratio`, `load/${mix}/forEach/ratio`, official)
  }

  for (const quantile of ["p50", "p99", "p999"]) {
    const suite = `latency, ${rate}/s`
    addKey(suite, `${quantile}, ${contenders[baseline].title}`, `latency/${baseline}/${quantile}`, { unit: "µs" })
    for (const name of paced) {
      const goal = quantile === "p99" ? goals.latency[name] : {}
      addKey(suite, `${quantile}, ${contenders[name].title}`, `latency/${name}/${quantile}Ratio`, goal)
    }
  }

  for (const name of resting) {
    const title = name === baseline ? "ws that pings" : contenders[name].title
    const goal = name === baseline ? undefined : 3
    addKey("1000 idle streams", `heap of one, ${title}`, `idle/${name}/heap`, { unit: "KiB", must: goals.heap[name] })
    addKey("1000 idle streams", `CPU, ${title}`, `idle/${name}/cpu`, { unit: "ms/s", must: goal })
  }

  for (const key of failures.keys()) {
    lines.push({ suite: key, title: "could not be measured", verdict: "failed" })
  }
  return lines
}
