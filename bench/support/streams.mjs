import { obey } from "./commands.mjs"

const memory = () => {
  for (let times = 0; times < 3; times++) {
    globalThis.gc()
  }
  const { heapUsed, rss } = process.memoryUsage()
  return { heap: heapUsed, rss }
}

/** Milliseconds of CPU in a second. */
const usage = (since, seconds) => {
  const { system, user } = process.cpuUsage(since)
  return (system + user) / 1000 / seconds
}

/**
 * A client that keeps many streams open. `prepare` makes the function that opens those from an index up to another.
 */
export const serve = (prepare) => {
  /** Opened before anything is measured, so that code and connections to the server are there. */
  const first = 20
  let open
  obey({
    prepare: async (options) => {
      open = await prepare(options)
      await open(0, first, 5)
    },
    open: async ({ concurrency, count }) => {
      const before = memory()
      const cpu = process.cpuUsage()
      const start = performance.now()
      await open(first, first + count, concurrency)
      const wall = performance.now() - start
      const { system, user } = process.cpuUsage(cpu)
      const after = memory()
      return { wall, cpu: (system + user) / 1000, heap: after.heap - before.heap, rss: after.rss - before.rss }
    },
    rest: ({ seconds }) =>
      new Promise((resolve) => {
        const since = process.cpuUsage()
        setTimeout(() => resolve(usage(since, seconds)), seconds * 1000)
      })
  })
}
