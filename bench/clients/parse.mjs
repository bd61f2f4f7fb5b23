// `ws` and `JSON.parse`, and nothing else: the measure of everything.
import { serve } from "../support/client.mjs"
import { count } from "../support/events.mjs"
import * as Wire from "../support/wire.mjs"

const plain = (counter) => (data) => count(counter, JSON.parse(data.toString()))

const wrapped = (counter) => (data) => count(counter, JSON.parse(data.toString()).event)

serve(async ({ counter, products, ...options }) => {
  for (const product of products) {
    const socket = await Wire.open(product, options)
    socket.on("message", (Wire.isWrapped(product) ? wrapped : plain)(counter))
  }
})
