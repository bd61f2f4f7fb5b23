// This library: `forEach`, or `events` as a stream.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { serve } from "../support/client.mjs"
import * as Library from "../support/library.mjs"

const handlerOf = (counter) => (element) => {
  switch (element._tag) {
    case "OrderTradeUpdate":
      counter.order(element.order.clientOrderId, element.eventTime)
      break
    case "ExecutionReport":
      counter.order(element.clientOrderId, element.eventTime)
      break
    case "MalformedEvent":
    case "Interrupted":
    case "Resumed":
    case "RolledOver":
      throw new Error(`No ${element._tag} was sent`)
    default:
      counter.other(element.eventTime)
  }
}

serve(async ({ counter, consumer, library, products, ...options }) => {
  const modules = await Library.load(library)
  const open = (product) =>
    Effect.flatMap(modules[product].make(), (stream) => Library.consume(stream, consumer, handlerOf(counter)))
  const credentials = modules.Credentials.layer({ apiKey: options.apiKey, secretKey: "any" })
  await new Promise((resolve, reject) => {
    Effect.forEach(products, open)
      .pipe(
        Effect.zipRight(Effect.sync(resolve)),
        Effect.zipRight(Effect.never),
        Effect.scoped,
        Effect.provide(Layer.merge(credentials, Library.shared(modules, options))),
        Effect.runPromise
      )
      .catch(reject)
  })
})
