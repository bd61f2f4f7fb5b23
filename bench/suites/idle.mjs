// A thousand streams, each of an account of its own, while nothing happens; and as many plain sockets of `ws` that ping.
import { baseline } from "../contenders.mjs"
import * as Processes from "../support/processes.mjs"
import { startServer } from "../support/sockets.mjs"

// Each connection is probed every 30 seconds.
const sizes = { full: { pairs: 3, seconds: 60 }, quick: { pairs: 1, seconds: 30 } }

export const taking = [baseline, "forEach", "stream"]

const count = 1000

export const run = async ({ library, node, record, report, sizeOf }) => {
  const { pairs, seconds } = sizeOf(sizes)
  for (let pair = 0; pair < pairs; pair++) {
    report(`idle, round ${pair + 1} of ${pairs}`)
    for (const consumer of taking) {
      const server = await startServer()
      const client = Processes.start(new URL("../clients/idle.mjs", import.meta.url), {
        execArgv: ["--expose-gc"],
        execPath: node
      })
      try {
        const { httpUrl, webSocketUrl } = server
        const seen = await client.ask("run", { consumer, count, httpUrl, library, seconds, webSocketUrl })
        record(`idle/${consumer}/heap`, pair, seen.heap / count / 1024)
        record(`idle/${consumer}/cpu`, pair, seen.cpu / seconds)
      } catch (error) {
        record.failure(`idle/${consumer}`, error)
      } finally {
        await client.stop()
        await server.stop()
      }
    }
  }
}
