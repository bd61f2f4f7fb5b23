// `ws` and a listen key by `undici`, with a timer for its keepalive.
import { request } from "undici"
import { WebSocket } from "ws"
import { once } from "../support/client.mjs"
import { serve } from "../support/streams.mjs"

const kept = []

serve(({ httpUrl, webSocketUrl }) => {
  const openOne = async (index) => {
    const { body } = await request(`${httpUrl}/dapi/v1/listenKey`, {
      method: "POST",
      headers: { "X-MBX-APIKEY": `account${index}` }
    })
    const { listenKey } = await body.json()
    const socket = new WebSocket(`${webSocketUrl}/ws/${listenKey}`)
    socket.on("message", (data) => JSON.parse(data.toString()))
    await once(socket, "open")
    kept.push({ socket, timer: setInterval(() => socket.ping(), 30 * 60_000) })
  }
  return async (from, to, concurrency) => {
    let next = from
    const worker = async () => {
      while (next < to) {
        await openOne(next++)
      }
    }
    await Promise.all(Array.from({ length: concurrency }, worker))
  }
})
