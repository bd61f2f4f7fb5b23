import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { Credentials } from "effect-binance-user-data"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import { signer } from "../../support/simulated.js"

/** Of the default account, and signing at once. */
export const credentials = Credentials.layer({ apiKey: SimulatedBinance.defaultApiKey, signer })

/** Collects what a stream tells, from when it is open. */
export const collect = <A extends { readonly _tag: string }, E, R>(stream: Stream.Stream<A, E, R>) =>
  Effect.gen(function* () {
    const seen = yield* Ref.make(Chunk.empty<A>())
    yield* Effect.forkScoped(Stream.runForEach(stream, (element) => Ref.update(seen, Chunk.append(element))))
    yield* TestClock.adjust("1 second")
    return Effect.map(Ref.getAndSet(seen, Chunk.empty()), (elements) =>
      Chunk.toReadonlyArray(elements).filter(({ _tag }) => _tag !== "Opened")
    )
  })

/** What an event is, in short. */
export const told = (event: any): string => {
  switch (event._tag) {
    case "OrderTradeUpdate":
      return `order ${event.order.executionType} ${event.order.orderStatus}`
    case "ExecutionReport":
      return `order ${event.executionType} ${event.orderStatus}`
    case "AccountUpdate":
      // That of options has no reason.
      return event.updateData === undefined ? event._tag : `account ${event.updateData.eventReasonType}`
    case "AlgoUpdate":
      return `algo ${event.algoOrder.algoStatus}`
    default:
      return event._tag
  }
}

/** Lets what was pushed arrive. */
export const step = TestClock.adjust("1 second")
