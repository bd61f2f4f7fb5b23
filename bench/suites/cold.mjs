// The first events of a process, decoded without a socket: each round is a process of its own, and its pair is another
// one that parses the same frames.
import * as Processes from "../support/processes.mjs"

const sizes = { full: { pairs: 15 }, quick: { pairs: 5 } }

export const products = ["Spot", "CoinFutures"]

const withoutCodeGeneration = ["--disallow-code-generation-from-strings"]

export const ways = {
  bytes: { way: "bytes" },
  string: { way: "string" },
  bytesWithoutCodeGeneration: { way: "bytes", execArgv: withoutCodeGeneration }
}

/** Where each span ends. */
export const spans = [10, 100, 1000, 10_000, 50_000]

/** The mean over the first spans. */
const upTo = (count, microseconds) => {
  let from = 0
  let sum = 0
  spans.forEach((to, index) => {
    if (to <= count) {
      sum += microseconds[index] * (to - from)
    }
    from = to
  })
  return sum / count
}

export const run = async ({ library, node, record, report, seed, sizeOf }) => {
  const { pairs } = sizeOf(sizes)

  const round = async (product, { execArgv, way }, seed) => {
    const client = Processes.start(new URL("../clients/cold.mjs", import.meta.url), { execArgv, execPath: node })
    try {
      return await client.ask("run", { library, product, seed, spans, way })
    } finally {
      await client.stop()
    }
  }

  for (const product of products) {
    for (const [name, options] of Object.entries(ways)) {
      const key = `cold/${product}/${name}`
      report(`cold, ${product}, ${name}`)
      try {
        for (let pair = 0; pair < pairs; pair++) {
          const seen = {}
          const names = ["base", "other"]
          for (const who of pair % 2 === 0 ? names : names.toReversed()) {
            seen[who] = await round(product, who === "base" ? { way: "parse" } : options, seed + pair)
          }
          const { base, other } = seen
          if (base.read !== other.read) {
            throw new Error(`${other.read} was read where ${base.read} is written`)
          }
          record(`${key}/first`, pair, other.first)
          record(`${key}/1000/ratio`, pair, upTo(1000, other.microseconds) / upTo(1000, base.microseconds))
          spans.forEach((to, index) => {
            record(`${key}/span/${to}/ratio`, pair, other.microseconds[index] / base.microseconds[index])
            record(`${key}/span/${to}/microseconds`, pair, other.microseconds[index])
            record(`${key}/span/${to}/parseMicroseconds`, pair, base.microseconds[index])
          })
        }
      } catch (error) {
        record.failure(key, error)
      }
    }
  }
}
