// `ws` alone: how fast frames arrive here at all.
import { serve } from "../support/client.mjs"
import * as Wire from "../support/wire.mjs"

serve(async ({ counter, products, ...options }) => {
  for (const product of products) {
    const socket = await Wire.open(product, options)
    socket.on("message", () => counter.add(1))
  }
})
