// Socket to handler: as many events as a client can take, on one core, sent by a server on another. From the first event
// of a process on: nothing is warmed up.
import { baseline } from "../contenders.mjs"
import { products } from "../frames.mjs"
import { send, startClient, startServer } from "../support/sockets.mjs"

const ours = ["forEach", "stream"]
const everybody = [...ours, "official"]

export const mixes = {
  coinFuturesAtFirst: { mix: "coinFutures", products: ["CoinFutures"], contenders: everybody, isShort: true },
  spotAtFirst: { mix: "spot", products: ["Spot"], contenders: everybody, isShort: true },
  coinFutures: { mix: "coinFutures", products: ["CoinFutures"], contenders: everybody },
  spot: { mix: "spot", products: ["Spot"], contenders: everybody },
  all: { mix: "all", products, contenders: ours },
  reordered: { mix: "coinFutures", variation: "reordered", products: ["CoinFutures"], contenders: ours },
  // With a quarter of the events: `JSON.parse` itself takes ten times as long for objects of ever new shapes.
  shuffled: { mix: "coinFutures", variation: "shuffled", products: ["CoinFutures"], contenders: ours, isSlow: true }
}

const quick = {
  coinFuturesAtFirst: everybody,
  spotAtFirst: ["forEach", "official"],
  coinFutures: everybody,
  spot: ["forEach", "official"],
  reordered: ["forEach"]
}

export const sizes = {
  full: { pairs: 7, count: 200_000, short: 10_000 },
  quick: { pairs: 2, count: 20_000, short: 10_000 }
}

/** What a contender is compared with: the baseline, or itself in another build. */
const startBase = (name, { against, ...options }) =>
  against === undefined
    ? startClient(baseline, options)
    : startClient(name, { ...options, library: against, owner: `${name}Before` })

const round = async (name, { expected, isFirst, options, server }) => {
  const started = await Promise.allSettled([startBase(name, options), startClient(name, options)])
  try {
    const failed = started.find(({ status }) => status === "rejected")
    if (failed !== undefined) {
      throw failed.reason
    }
    const [base, other] = started.map(({ value }) => value)
    const measure = (client) => send(client, server, expected)
    if (isFirst) {
      const baseSeen = await measure(base)
      return [baseSeen, await measure(other)]
    }
    const otherSeen = await measure(other)
    return [await measure(base), otherSeen]
  } finally {
    await Promise.all(started.map(({ value }) => value?.stop()))
  }
}

export const run = async ({ against, isQuick, library, node, record, report, seed, sizeOf }) => {
  const { count, pairs, short } = sizeOf(sizes)
  const server = await startServer()
  const failed = new Set()

  const measure = async (title, name, pair, { expected, products }) => {
    const key = `load/${title}/${name}`
    try {
      const options = { against, library, node, products, server }
      const [base, other] = await round(name, { expected, isFirst: pair % 2 === 0, options, server })
      const { events } = expected
      record(`${key}/ratio`, pair, other.wall / base.wall)
      record(`${key}/cpuRatio`, pair, other.cpu / base.cpu)
      record(`${key}/microseconds`, pair, (other.wall * 1000) / events)
      record(`${key}/cpuMicroseconds`, pair, (other.cpu * 1000) / events)
      record(`${key}/serverShare`, pair, other.sent.cpu / other.wall)
      record(`${key}/parseMicroseconds`, pair, (base.wall * 1000) / events)
      record(`${key}/parseCpuMicroseconds`, pair, (base.cpu * 1000) / events)
    } catch (error) {
      failed.add(key)
      record.failure(key, error)
    }
  }

  try {
    for (const [title, { contenders, isShort = false, isSlow = false, mix, products, variation }] of Object.entries(
      mixes
    )) {
      const taking = (isQuick ? (quick[title] ?? []) : contenders).filter(
        (name) => against === undefined || ours.includes(name)
      )
      for (let pair = 0; pair < (taking.length === 0 ? 0 : pairs); pair++) {
        report(`load, ${title}, pair ${pair + 1} of ${pairs}`)
        const names = taking.filter((name) => !failed.has(`load/${title}/${name}`))
        const options = {
          mix,
          variation,
          count: isShort ? short : Math.ceil(count / (isSlow ? 4 : 1)),
          seed: seed + pair * 1000
        }
        const expected = await server.ask("prepare", options)
        for (const name of names) {
          await measure(title, name, pair, { expected, products })
        }
      }
    }
  } finally {
    await server.stop()
  }
}
