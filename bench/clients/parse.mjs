// `ws` and `JSON.parse`, and nothing else: the measure of everything.
import { serve } from "../support/client.mjs"
import { count } from "../support/events.mjs"
import * as Wire from "../support/wire.mjs"

const plain = (counter) => (data) => {
  try {
    count(counter, JSON.parse(data.toString()))
  } catch {
    counter.unreadable()
  }
}

const wrapped = (counter) => (data) => {
  try {
    count(counter, JSON.parse(data.toString()).event)
  } catch {
    counter.unreadable()
  }
}

serve(async ({ counter, products, ...options }) => {
  for (const product of products) {
    const socket = await Wire.open(product, options)
    socket.on("message", (Wire.isWrapped(product) ? wrapped : plain)(counter))
  }
})
