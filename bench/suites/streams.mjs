// Thousands of streams, each of an account of its own: what they cost to open, and at rest.
import * as Processes from "../support/processes.mjs"
import { startServer } from "../support/sockets.mjs"

const sizes = {
  full: { pairs: 7, counts: [1000, 5000], rest: 2, longRest: 40 },
  quick: { pairs: 1, counts: [1000], rest: 2, longRest: 0 }
}

export const taking = ["forEach", "stream"]

const measure = async (name, { count, library, node, rest }) => {
  // A server for each, so that no port is in use any more.
  const server = await startServer()
  const client = Processes.start(
    new URL(`../clients/streams-${name === "raw" ? "raw" : "library"}.mjs`, import.meta.url),
    {
      execArgv: ["--expose-gc"],
      execPath: node
    }
  )
  try {
    const { httpUrl, webSocketUrl } = server
    await client.ask("prepare", { consumer: name, httpUrl, library, webSocketUrl })
    const opened = await client.ask("open", { count, concurrency: 50 })
    const open = await server.ask("count")
    if (open < count) {
      throw new Error(`${open} of ${count} streams are open`)
    }
    return { ...opened, rest: await client.ask("rest", { seconds: rest }) }
  } finally {
    await client.stop()
    await server.stop()
  }
}

export const run = async ({ isQuick, library, node, record, report, sizeOf }) => {
  const { counts, longRest, pairs, rest } = sizeOf(sizes)
  for (const count of counts) {
    const names = count === 1000 && !isQuick ? ["raw", ...taking] : ["raw", "forEach"]
    for (let pair = 0; pair < pairs; pair++) {
      report(`${count} streams, pair ${pair + 1} of ${pairs}`)
      try {
        const seen = {}
        for (const name of pair % 2 === 0 ? names : names.toReversed()) {
          // Longer than it takes until every stream has been asked for a sign of life.
          const isLong = pair === 0 && longRest > 0 && count === counts.at(-1)
          seen[name] = await measure(name, { count, library, node, rest: isLong ? longRest : rest })
          const key = `streams/${count}/${name}`
          record(`${key}/heap`, pair, seen[name].heap / count)
          record(`${key}/rss`, pair, seen[name].rss / count)
          record(`${key}/open/wall`, pair, seen[name].wall)
          record(`${key}/${isLong ? "longRest" : "rest"}`, pair, seen[name].rest)
        }
        for (const name of names) {
          const key = `streams/${count}/${name}/open`
          record(`${key}/ratio`, pair, seen[name].wall / seen.raw.wall)
          record(`${key}/cpuRatio`, pair, seen[name].cpu / seen.raw.cpu)
        }
      } catch (error) {
        record.failure(`streams/${count}`, error)
        break
      }
    }
  }
}
