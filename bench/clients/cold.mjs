// The first events of a process: how long it takes until there is a decoder and an event, and each span of events after.
import * as Frames from "../frames.mjs"
import { obey } from "../support/commands.mjs"

const clientOrderIdOf = (event) => event.clientOrderId ?? event.order?.clientOrderId ?? event.c ?? event.o.c

const timed = (body) => {
  const start = performance.now()
  body()
  return performance.now() - start
}

obey({
  run: async ({ library, product, seed, spans, way }) => {
    const count = spans.at(-1)
    const { texts } = Frames.make(`orders:${product}`, { count: count + 1, seed }).get(product)
    // As `ws` hands them over; the baseline gets strings, which is what it needs.
    const frames = Array.from({ length: count + 1 }, (_, index) =>
      way === "bytes" ? texts.at(index) : texts.at(index).toString()
    )
    const { [`${product}Event`]: events, UserDataEvent } = await import(`${library}index.js`)
    let decode = JSON.parse
    let read = 0
    const first = timed(() => {
      if (way !== "parse") {
        decode = UserDataEvent.decoder(events[`${product}Event`])
      }
      read += clientOrderIdOf(decode(frames[count])).length
    })
    let from = 0
    const microseconds = spans.map((to) => {
      const wall = timed(() => {
        for (let index = from; index < to; index++) {
          read += clientOrderIdOf(decode(frames[index])).length
        }
      })
      const each = (wall * 1000) / (to - from)
      from = to
      return each
    })
    return { first, microseconds, read }
  }
})
