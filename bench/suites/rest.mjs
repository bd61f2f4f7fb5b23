// Calls that create a listen key.
import * as Processes from "../support/processes.mjs"
import { startServer } from "../support/sockets.mjs"

const sizes = { full: { pairs: 7, calls: 5000 }, quick: { pairs: 1, calls: 1000 } }

export const taking = ["official", "undici", "library"]

export const concurrencies = [1, 10]

export const run = async ({ library, node, record, report, seed, sizeOf }) => {
  const { calls, pairs } = sizeOf(sizes)
  const server = await startServer()
  try {
    for (let pair = 0; pair < pairs; pair++) {
      report(`REST, pair ${pair + 1} of ${pairs}`)
      const clients = taking.map((name) => ({
        name,
        ...Processes.start(new URL("../clients/rest.mjs", import.meta.url), { execPath: node })
      }))
      try {
        for (const { ask, name } of clients) {
          await ask("prepare", { name, httpUrl: server.httpUrl, library, seed })
        }
        for (const concurrency of concurrencies) {
          const seen = {}
          for (const { ask, name } of pair % 2 === 0 ? clients : clients.toReversed()) {
            seen[name] = await ask("call", { calls, concurrency })
          }
          for (const name of taking) {
            const key = `rest/${concurrency}/${name}`
            for (const [to, other] of [
              ["", "official"],
              ["/toUndici", "undici"]
            ]) {
              record(`${key}${to}/ratio`, pair, seen[name].wall / seen[other].wall)
              record(`${key}${to}/cpuRatio`, pair, seen[name].cpu / seen[other].cpu)
            }
            record(`${key}/perSecond`, pair, (calls * 1000) / seen[name].wall)
          }
        }
      } catch (error) {
        record.failure("rest", error)
        break
      } finally {
        await Promise.all(clients.map(({ stop }) => stop()))
      }
    }
  } finally {
    await server.stop()
  }
}
