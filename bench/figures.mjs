// What is shown, and what it has to be.
import { baseline, contenders } from "./contenders.mjs"
import { products as begun, spans, ways } from "./suites/cold.mjs"
import { products as decoded } from "./suites/decode.mjs"
import { taking as paced } from "./suites/latency.mjs"
import { mixes } from "./suites/load.mjs"
import { summary } from "./support/statistics.mjs"

const verdictOf = (median, { aim, better = "less", must }) => {
  if (must === undefined) {
    return ""
  }
  const holds = (limit) => (better === "less" ? median <= limit : median >= limit)
  return holds(aim) ? "aim" : holds(must) ? "must" : "missed"
}

/** In KiB. Opening need not be quick: Binance limits new connections. */
const mostHeap = { forEach: 40, stream: 60 }

/** The rows of the table, from what each pair has measured. */
export const rows = ({ failures, series }) => {
  const lines = []
  const valuesOf = (key) => (series.get(key) ?? []).filter((value) => value !== undefined)

  const add = (suite, title, values, goal = {}) => {
    if (values.length > 0) {
      const { factor = 1, unit = "", ...limits } = goal
      const { median, n, q1, q3 } = summary(values.map((value) => value * factor))
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

  const toParse = "to JSON.parse"

  for (const product of begun) {
    const suite = `cold, ${product}`
    for (const way of Object.keys(ways)) {
      const key = `cold/${product}/${way}`
      const isWithoutCode = way.endsWith("WithoutCodeGeneration")
      const title = isWithoutCode ? "bytes, no code generation" : way
      const later = isWithoutCode ? { must: 1.9, aim: 1.3 } : { must: 1.3, aim: 1 }
      addKey(suite, `${title}: decoder and first event`, `${key}/first`, {
        unit: "ms",
        ...(!isWithoutCode && { must: 3, aim: 1.5 })
      })
      addKey(suite, `${title}, events 1 to 1000 ${toParse}`, `${key}/1000/ratio`, {
        ...(isWithoutCode ? { must: 5, aim: 3 } : { must: 3, aim: 2 })
      })
      spans.forEach((to, index) => {
        const from = (spans[index - 1] ?? 0) + 1
        addKey(suite, `  ${from} to ${to}`, `${key}/span/${to}/ratio`, to === 10_000 ? later : {})
        addKey(suite, `  ${from} to ${to}`, `${key}/span/${to}/microseconds`, { unit: "µs" })
        addKey(suite, `  ${from} to ${to}, JSON.parse`, `${key}/span/${to}/parseMicroseconds`, { unit: "µs" })
      })
    }
  }

  for (const product of decoded) {
    const suite = `decode, ${product}`
    const key = (way) => `decode/${product}/${way}`
    addKey(suite, "JSON.parse", `decode/${product}/bytes/parseMicroseconds`, { unit: "µs" })
    addRatio(suite, `bytes ${toParse}`, key("bytes"), { must: 0.5, aim: 0.3 })
    addRatio(suite, `string ${toParse}`, key("string"), { must: 0.5, aim: 0.3 })
    const withoutCode = { must: 1.9, aim: 1.3 }
    addRatio(suite, `bytes ${toParse}, no code generation`, key("bytesWithoutCodeGeneration"), withoutCode)
    addRatio(suite, `string ${toParse}, no code generation`, key("stringWithoutCodeGeneration"), withoutCode)
    addRatio(suite, `toString and JSON.parse ${toParse}`, key("parseBytes"))
  }

  const common = { forEach: { must: 0.75, aim: 0.5 }, stream: { must: 1.2, aim: 1 } }
  const atFirst = { forEach: { must: 1.1, aim: 0.95 }, stream: { must: 1.4, aim: 1.2 } }
  const unusual = { must: 1.7, aim: 1.3 }
  const goals = {
    coinFuturesAtFirst: atFirst,
    spotAtFirst: atFirst,
    coinFutures: common,
    spot: common,
    all: { forEach: { must: 1, aim: 0.8 }, stream: common.stream },
    reordered: { forEach: unusual, stream: unusual },
    shuffled: { forEach: unusual, stream: unusual },
    malformed: {}
  }
  const faster = {
    coinFuturesAtFirst: { binance: {}, official: { must: 0.9, aim: 1.1 } },
    spotAtFirst: { binance: {}, official: { must: 4, aim: 6 } },
    coinFutures: { binance: {}, official: {} },
    spot: { binance: {}, official: {} }
  }
  for (const [mix, { contenders: taking }] of Object.entries(mixes)) {
    const suite = `load, ${mix}`
    // Of each pair, because each has a baseline of its own.
    const parsed = taking.flatMap((name) => valuesOf(`load/${mix}/${name}/parseMicroseconds`))
    add(suite, contenders[baseline].title, parsed, { unit: "µs" })
    for (const name of taking) {
      const shares = valuesOf(`load/${mix}/${name}/serverShare`)
      const isBound = shares.length > 0 && summary(shares).median > 0.9
      const title = `${contenders[name].title}${isBound ? " (the server is no faster)" : ""}`
      addRatio(suite, title, `load/${mix}/${name}`, goals[mix][name])
    }
    for (const [name, goal] of Object.entries(faster[mix] ?? {})) {
      const title = `forEach, faster than ${contenders[name].title}`
      addFaster(suite, title, `load/${mix}/${name}/ratio`, `load/${mix}/forEach/ratio`, goal)
    }
  }

  const lateness = { forEach: { must: 1.5, aim: 1.2 } }
  for (const rate of [1000, 5000]) {
    const suite = `latency, ${rate}/s`
    for (const quantile of ["p50", "p99", "p999"]) {
      addKey(suite, `${quantile}, ${contenders[baseline].title}`, `latency/${rate}/${baseline}/${quantile}`, {
        unit: "µs"
      })
      for (const name of paced) {
        addKey(suite, `${quantile}, ${contenders[name].title}`, `latency/${rate}/${name}/${quantile}Ratio`, {
          ...(rate === 1000 && quantile === "p99" && lateness[name])
        })
      }
    }
  }

  for (const count of [1000, 5000]) {
    const suite = `${count} streams`
    for (const name of ["raw", "forEach", "stream"]) {
      const title = name === "raw" ? "ws and a timer" : contenders[name].title
      const key = `streams/${count}/${name}`
      addKey(suite, `heap of one, ${title}`, `${key}/heap`, {
        factor: 1 / 1024,
        unit: "KiB",
        must: mostHeap[name]
      })
      addKey(suite, `RSS of one, ${title}`, `${key}/rss`, { factor: 1 / 1024, unit: "KiB" })
      addKey(suite, `CPU at rest, ${title}`, `${key}/rest`, {
        unit: "ms/s",
        ...(name !== "raw" && count === 1000 && { must: 3 })
      })
      addKey(suite, `CPU at rest and one round of probes, ${title}`, `${key}/longRest`, { unit: "ms/s" })
      if (name === "raw") {
        addKey(suite, `time to open all, ${title}`, `${key}/open/wall`, { unit: "ms" })
      } else {
        addRatio(suite, `time to open all, to ws: ${title}`, `${key}/open`)
      }
    }
  }

  for (const key of failures.keys()) {
    lines.push({ suite: key, title: "could not be measured", verdict: "failed" })
  }
  return lines
}
