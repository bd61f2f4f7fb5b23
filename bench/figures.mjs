// What is shown, and what it has to be.
import { baseline, contenders } from "./contenders.mjs"
import { products as decoded } from "./suites/decode.mjs"
import { taking as paced } from "./suites/latency.mjs"
import { mixes } from "./suites/load.mjs"
import { concurrencies } from "./suites/rest.mjs"
import { entries } from "./suites/size.mjs"
import { summary } from "./support/statistics.mjs"

const verdictOf = (median, { aim, better = "less", must }) => {
  if (must === undefined) {
    return ""
  }
  const holds = (limit) => (better === "less" ? median <= limit : median >= limit)
  return holds(aim) ? "aim" : holds(must) ? "must" : "missed"
}

/** In KiB. Binance's limit of new connections makes opening slow, so that neither it nor a call has to be quick. */
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

  for (const product of decoded) {
    const suite = `decode, ${product}`
    const key = (way) => `decode/${product}/${way}`
    addKey(suite, "JSON.parse", `decode/${product}/bytes/parseMicroseconds`, { unit: "µs" })
    addRatio(suite, `bytes ${toParse}`, key("bytes"), { must: 0.5, aim: 0.3 })
    addRatio(suite, `string ${toParse}`, key("string"), { must: 1, aim: 0.7 })
    const withoutCode = { must: 1.9, aim: 1.2 }
    addRatio(suite, `bytes ${toParse}, no code generation`, key("bytesWithoutCodeGeneration"), withoutCode)
    addRatio(suite, `string ${toParse}, no code generation`, key("stringWithoutCodeGeneration"), withoutCode)
    addRatio(suite, `toString and JSON.parse ${toParse}`, key("parseBytes"))
  }

  const common = { forEach: { must: 0.85, aim: 0.55 }, stream: { must: 1.1, aim: 0.8 } }
  const unusual = { must: 1.7, aim: 1.4 }
  const goals = {
    coinFutures: common,
    spot: common,
    all: common,
    allAtFirst: {},
    reordered: { forEach: unusual, stream: unusual },
    shuffled: { forEach: unusual, stream: unusual },
    malformed: {}
  }
  const faster = {
    coinFutures: { binance: { must: 2.5, aim: 4 }, official: { must: 1.2, aim: 2 } },
    spot: { binance: { must: 7, aim: 12 }, official: { must: 8, aim: 14 } }
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

  const lateness = { forEach: { must: 1.5, aim: 1.2 }, stream: { must: 3, aim: 1.5 } }
  for (const rate of [1000, 5000]) {
    const suite = `latency, ${rate}/s`
    for (const quantile of ["p50", "p99", "p999"]) {
      addKey(suite, `${quantile}, ${contenders[baseline].title}`, `latency/${rate}/${baseline}/${quantile}`, {
        unit: "µs"
      })
      for (const name of paced) {
        addKey(suite, `${quantile}, ${contenders[name].title}`, `latency/${rate}/${name}/${quantile}Ratio`, {
          ...(rate === 5000 && quantile === "p99" && lateness[name])
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

  for (const concurrency of concurrencies) {
    const suite = concurrency === 1 ? "create a listen key" : `create a listen key, ${concurrency} at once`
    const key = (name) => `rest/${concurrency}/${name}`
    addKey(suite, "official connector", `${key("official")}/perSecond`, { unit: "calls/s" })
    addRatio(suite, "undici alone, time to the official connector", key("undici"))
    addRatio(suite, "this library, time to the official connector", key("library"))
    addRatio(suite, "this library, time to undici alone", `${key("library")}/toUndici`)
  }

  for (const entry of entries) {
    addKey("size, minified and gzipped", entry, `size/${entry}/gzipped`, {
      factor: 1 / 1000,
      unit: "kB",
      ...(entry === "CoinFutures" && { must: 25, aim: 15 })
    })
  }

  for (const key of failures.keys()) {
    lines.push({ suite: key, title: "could not be measured", verdict: "failed" })
  }
  return lines
}
