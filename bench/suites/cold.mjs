// Decoding without a socket, from the first event of a process on: each round is a process of its own, and its pair is
// another one that parses the same frames.
import * as Processes from "../support/processes.mjs"

const sizes = { full: { pairs: 15 }, quick: { pairs: 3 } }

export const products = ["Spot", "CoinFutures"]

export const ways = {
  bytes: { way: "bytes" },
  string: { way: "string" },
  reordered: { way: "bytes", variation: "reordered" },
  withoutCodeGeneration: { way: "bytes", execArgv: ["--disallow-code-generation-from-strings"] }
}

/** Where each span ends: in the last one, the engine has optimized everything. */
export const spans = [10, 100, 1000, 10_000, 30_000]

/** What the first spans took. */
const upTo = (count, spent) => spent.filter((_, index) => spans[index] <= count).reduce((sum, value) => sum + value)

export const run = async ({ isQuick, library, node, record, report, seed, sizeOf }) => {
  const { pairs } = sizeOf(sizes)

  const round = async (options, execArgv = []) => {
    const client = Processes.start(new URL("../clients/cold.mjs", import.meta.url), {
      execArgv: ["--expose-gc", ...execArgv],
      execPath: node
    })
    try {
      return await client.ask("run", { library, spans, ...options })
    } finally {
      await client.stop()
    }
  }

  const measure = async (key, pair, { execArgv, ...options }) => {
    const seen = {}
    const names = ["base", "other"]
    for (const who of pair % 2 === 0 ? names : names.toReversed()) {
      seen[who] = await (who === "base" ? round({ ...options, way: "parse" }) : round(options, execArgv))
    }
    const { base, other } = seen
    if (base.read !== other.read) {
      throw new Error(`${other.read} was read where ${base.read} is written`)
    }
    record(`${key}/first`, pair, other.first)
    record(`${key}/begin/ratio`, pair, upTo(1000, other.wall) / upTo(1000, base.wall))
    record(`${key}/begin/cpuRatio`, pair, upTo(1000, other.cpu) / upTo(1000, base.cpu))
    spans.forEach((to, index) => {
      const count = to - (spans[index - 1] ?? 0)
      record(`${key}/${to}/ratio`, pair, other.wall[index] / base.wall[index])
      record(`${key}/${to}/cpuRatio`, pair, other.cpu[index] / base.cpu[index])
      record(`${key}/${to}/microseconds`, pair, (other.wall[index] * 1000) / count)
      record(`${key}/${to}/parseMicroseconds`, pair, (base.wall[index] * 1000) / count)
    })
  }

  for (const product of products) {
    for (const name of isQuick ? ["bytes", "reordered"] : Object.keys(ways)) {
      const key = `cold/${product}/${name}`
      report(`cold, ${product}, ${name}`)
      try {
        for (let pair = 0; pair < pairs; pair++) {
          await measure(key, pair, { ...ways[name], product, seed: seed + pair })
        }
      } catch (error) {
        record.failure(key, error)
      }
    }
  }
}
