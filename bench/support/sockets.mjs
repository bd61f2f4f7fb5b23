import { contenders } from "../contenders.mjs"
import * as Processes from "./processes.mjs"

export const startServer = async () => {
  const server = Processes.start(new URL("../server.mjs", import.meta.url))
  const port = await server.ask("listen")
  return { ...server, httpUrl: `http://127.0.0.1:${port}`, webSocketUrl: `ws://127.0.0.1:${port}` }
}

/** A contender in a process of its own, connected and subscribed; each owner has an account. */
export const startClient = async (name, { library, node, owner = name, products, server }) => {
  const { execArgv, file, options } = contenders[name]
  const client = Processes.start(new URL(`../clients/${file}`, import.meta.url), { execArgv, execPath: node })
  try {
    const { httpUrl, webSocketUrl } = server
    await client.ask("connect", { ...options, apiKey: owner, httpUrl, library, products, webSocketUrl })
    await client.whileRunning(server.ask("subscribed", { owner, products }))
    return { ...client, owner }
  } catch (error) {
    await client.stop()
    throw error
  }
}

const check = (client, seen, expected) => {
  const { events } = expected
  const complain = (what, got, wanted) => {
    throw new Error(`${client.owner} has seen ${got} ${what} of ${wanted}`)
  }
  if (seen.events !== events) {
    complain("events", seen.events, events)
  }
  if (seen.sum !== expected.sum) {
    complain("sum", seen.sum, expected.sum)
  }
}

/** Sends a client what was prepared, as fast as it takes it or at a rate, and tells how it went. */
export const send = async (client, server, expected, rate) => {
  await client.ask("expect", { events: expected.events, isStamped: rate !== undefined })
  const [seen, sent] = await Promise.all([
    client.ask("finished"),
    server.ask(rate === undefined ? "blast" : "pace", { owner: client.owner, rate })
  ])
  if (rate === undefined) {
    check(client, seen, expected)
  }
  return { ...seen, sent }
}
