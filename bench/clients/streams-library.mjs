// The library: one stream for each account, over one `BinanceHttp`.
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Library from "../support/library.mjs"
import { serve } from "../support/streams.mjs"

const consumers = {
  forEach: (stream, handle) => stream.forEach(handle),
  stream: (stream, handle) => Stream.runForEach(stream.events, (element) => Effect.sync(() => handle(element)))
}

serve(async ({ consumer, library, ...options }) => {
  const modules = await Library.load(library)
  const runtime = ManagedRuntime.make(Library.shared(modules, options))
  const scope = await runtime.runPromise(Scope.make())

  const openOne = (index) =>
    Effect.gen(function* () {
      const opened = yield* Deferred.make()
      const stream = yield* modules.CoinFutures.make().pipe(
        Effect.provideServiceEffect(
          modules.Credentials.Credentials,
          modules.Credentials.make({ apiKey: `account${index}` })
        )
      )
      const handle = (element) => {
        if (element._tag === "Opened") {
          Deferred.unsafeDone(opened, Effect.void)
        }
      }
      yield* Effect.forkDaemon(
        Effect.onError(consumers[consumer](stream, handle), (cause) => Deferred.failCause(opened, cause))
      )
      yield* Deferred.await(opened)
    }).pipe(Scope.extend(scope))

  return (from, to, concurrency) =>
    runtime.runPromise(
      Effect.forEach(
        Array.from({ length: to - from }, (_, index) => from + index),
        openOne,
        { concurrency, discard: true }
      )
    )
})
