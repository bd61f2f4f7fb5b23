// From the sending of an event until the consumer has it, at an even pace, from the first event of a process on.
import { baseline } from "../contenders.mjs"
import { send, startClient, startServer } from "../support/sockets.mjs"

const sizes = {
  full: { pairs: 7, seconds: 3, rates: [1000, 5000] },
  quick: { pairs: 1, seconds: 1.5, rates: [1000] }
}

export const taking = ["forEach", "stream"]

const quantiles = ["p50", "p99", "p999"]

export const run = async ({ library, node, record, report, seed, sizeOf }) => {
  const { pairs, rates, seconds } = sizeOf(sizes)
  const server = await startServer()
  const products = ["CoinFutures"]
  try {
    for (const rate of rates) {
      for (let pair = 0; pair < pairs; pair++) {
        report(`latency at ${rate} events/s, pair ${pair + 1} of ${pairs}`)
        const expected = await server.ask("prepare", {
          mix: "orders:CoinFutures",
          isStamped: true,
          count: rate * seconds,
          seed: seed + pair * 1000
        })
        const measure = async (name) => {
          const client = await startClient(name, { library, node, products, server })
          try {
            const { latency } = await send(client, server, expected, rate)
            return latency
          } finally {
            await client.stop()
          }
        }
        try {
          // One measurement of the baseline serves all: they follow each other, and change places from pair to pair.
          const names = [baseline, ...taking]
          const seen = {}
          for (const name of pair % 2 === 0 ? names : names.toReversed()) {
            seen[name] = await measure(name)
          }
          for (const name of names) {
            for (const quantile of quantiles) {
              record(`latency/${rate}/${name}/${quantile}`, pair, seen[name][quantile])
              record(`latency/${rate}/${name}/${quantile}Ratio`, pair, seen[name][quantile] / seen[baseline][quantile])
            }
          }
        } catch (error) {
          record.failure(`latency/${rate}`, error)
          break
        }
      }
    }
  } finally {
    await server.stop()
  }
}
