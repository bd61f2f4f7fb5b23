// From the sending of an event until the consumer has it, at an even pace, from the first event of a process on.
import { baseline } from "../contenders.mjs"
import { send, startClient, startServer } from "../support/sockets.mjs"

const sizes = { full: { pairs: 7, seconds: 3 }, quick: { pairs: 1, seconds: 1.5 } }

export const taking = ["forEach", "stream"]

/** Events a second. */
export const rate = 1000

const quantiles = ["p50", "p99", "p999"]

export const run = async ({ library, node, record, report, seed, sizeOf }) => {
  const { pairs, seconds } = sizeOf(sizes)
  const server = await startServer()
  const products = ["CoinFutures"]

  const measure = async (name, expected) => {
    const client = await startClient(name, { library, node, products, server })
    try {
      const { latency } = await send(client, server, expected, rate)
      return latency
    } finally {
      await client.stop()
    }
  }

  try {
    for (let pair = 0; pair < pairs; pair++) {
      report(`latency, pair ${pair + 1} of ${pairs}`)
      const expected = await server.ask("prepare", {
        mix: "orders:CoinFutures",
        isStamped: true,
        count: rate * seconds,
        seed: seed + pair * 1000
      })
      // One measurement of the baseline serves all: they follow each other, and change places from pair to pair.
      const names = [baseline, ...taking]
      const seen = {}
      for (const name of pair % 2 === 0 ? names : names.toReversed()) {
        seen[name] = await measure(name, expected)
      }
      for (const name of names) {
        for (const quantile of quantiles) {
          record(`latency/${name}/${quantile}`, pair, seen[name][quantile])
          record(`latency/${name}/${quantile}Ratio`, pair, seen[name][quantile] / seen[baseline][quantile])
        }
      }
    }
  } finally {
    await server.stop()
  }
}
