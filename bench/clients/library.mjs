// This library: `forEach`, or `events` as a stream.
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { serve } from "../support/client.mjs"
import * as Library from "../support/library.mjs"

const handlerOf = (counter, onOpened) => (element) => {
  switch (element._tag) {
    case "OrderTradeUpdate":
      counter.order(element.order.clientOrderId, element.eventTime)
      break
    case "ExecutionReport":
      counter.order(element.clientOrderId, element.eventTime)
      break
    case "MalformedEvent":
      counter.unreadable()
      break
    case "Opened":
      onOpened()
      break
    case "Interrupted":
    case "Resumed":
    case "RolledOver":
      throw new Error(`The stream was not meant to be ${element._tag}`)
    default:
      counter.other(element.eventTime)
  }
}

const consumers = {
  forEach: (stream, handle) => stream.forEach(handle),
  stream: (stream, handle) => Stream.runForEach(stream.events, (element) => Effect.sync(() => handle(element)))
}

serve(async ({ counter, consumer, library, products, ...options }) => {
  const modules = await Library.load(library)
  const open = (product) =>
    Effect.gen(function* () {
      const opened = yield* Deferred.make()
      const stream = yield* modules[product].make()
      const handle = handlerOf(counter, () => Deferred.unsafeDone(opened, Effect.void))
      yield* Effect.forkDaemon(
        Effect.onError(consumers[consumer](stream, handle), (cause) => Deferred.failCause(opened, cause))
      )
      yield* Deferred.await(opened)
    })
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
