// How long it takes until there is a decoder and an event, and each span of events after that, in ms.
import * as Frames from "../frames.mjs"
import { obey } from "../support/commands.mjs"

const clientOrderIdOf = (event) => event.clientOrderId ?? event.order?.clientOrderId ?? event.c ?? event.o.c

const timed = (body) => {
  const since = process.cpuUsage()
  const start = performance.now()
  body()
  const wall = performance.now() - start
  const { system, user } = process.cpuUsage(since)
  return { wall, cpu: (system + user) / 1000 }
}

obey({
  run: async ({ library, product, seed, spans, variation, way }) => {
    const count = spans.at(-1)
    const { texts } = Frames.make(`orders:${product}`, { count: count + 1, seed, variation }).get(product)
    // As `ws` hands them over; the baseline gets strings, which is what it needs.
    const frames = Array.from({ length: count + 1 }, (_, index) =>
      way === "bytes" ? texts.at(index) : texts.at(index).toString()
    )
    const { [`${product}Event`]: events, UserDataEvent } = await import(`${library}index.js`)
    // Or what is left of making the frames and of loading modules would be collected in one of the spans: that takes 12 ms.
    globalThis.gc()
    let decode = JSON.parse
    let read = 0
    const first = timed(() => {
      if (way !== "parse") {
        decode = UserDataEvent.decoder(events[`${product}Event`])
      }
      read += clientOrderIdOf(decode(frames[count])).length
    })
    let from = 0
    const spent = spans.map((to) =>
      timed(() => {
        for (; from < to; from++) {
          read += clientOrderIdOf(decode(frames[from])).length
        }
      })
    )
    return { first: first.wall, wall: spent.map(({ wall }) => wall), cpu: spent.map(({ cpu }) => cpu), read }
  }
})
