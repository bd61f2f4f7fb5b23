// Decoding alone, without a socket, each way in a process of its own together with `JSON.parse` of the same frames.
import * as Processes from "../support/processes.mjs"

const sizes = { full: { pairs: 9, count: 20_000 }, quick: { pairs: 3, count: 4000 } }

export const products = ["Spot", "CoinFutures", "UsdFutures", "EuropeanOptions"]

const withoutCodeGeneration = ["--disallow-code-generation-from-strings"]

export const ways = {
  bytes: { way: "bytes" },
  string: { way: "string" },
  bytesWithoutCodeGeneration: { way: "bytes", execArgv: withoutCodeGeneration },
  stringWithoutCodeGeneration: { way: "string", execArgv: withoutCodeGeneration },
  parseBytes: { way: "parseBytes" }
}

const quick = { products: ["Spot", "CoinFutures"], ways: ["bytes", "string", "bytesWithoutCodeGeneration"] }

export const run = async ({ isQuick, library, node, record, report, seed, sizeOf }) => {
  const { count, pairs } = sizeOf(sizes)
  const taking = isQuick ? quick : { products, ways: Object.keys(ways) }
  for (const product of taking.products) {
    for (const name of taking.ways) {
      report(`decode, ${product}, ${name}`)
      const key = `decode/${product}/${name}`
      const { execArgv, way } = ways[name]
      const client = Processes.start(new URL("../clients/decode.mjs", import.meta.url), { execArgv, execPath: node })
      try {
        await client.ask("load", { library, product, count, seed, way })
        for (let pair = 0; pair < pairs; pair++) {
          const { base, other } = await client.ask("measure", { seed: seed + pair + 1, isFirst: pair % 2 === 0 })
          record(`${key}/ratio`, pair, other.wall / base.wall)
          record(`${key}/cpuRatio`, pair, other.cpu / base.cpu)
          record(`${key}/microseconds`, pair, (other.wall * 1000) / count)
          record(`${key}/parseMicroseconds`, pair, (base.wall * 1000) / count)
        }
      } catch (error) {
        record.failure(key, error)
      } finally {
        await client.stop()
      }
    }
  }
}
