// A program for a page or a worker: what it sees goes to the page, tag by tag.
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Socket from "@effect/platform/Socket"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { BinanceHttp, CoinFutures, Credentials, Environment, Spot } from "effect-binance-user-data"

const parameters = new URLSearchParams(location.search)

const of = (name: string): string => parameters.get(name) ?? ""

const rest = location.origin

const layer = Layer.mergeAll(CoinFutures.layer, Spot.layer).pipe(
  Layer.provide([
    BinanceHttp.layer,
    Credentials.layer({ apiKey: of("apiKey"), secretKey: of("secretKey") }),
    Environment.layerCustom({
      table: {
        CoinFutures: { rest, stream: of("webSocket") },
        Spot: { rest, webSocketApi: `${of("webSocket")}/ws-api/v3` }
      }
    })
  ]),
  Layer.provide([FetchHttpClient.layer, Socket.layerWebSocketConstructorGlobal])
)

const program = (tell: (line: string) => void) =>
  Effect.gen(function* () {
    const futures = yield* CoinFutures.CoinFutures
    const spot = yield* Spot.Spot
    yield* Effect.all(
      [
        Stream.runForEach(futures.events, (element) =>
          Effect.sync(() =>
            tell(`futures ${element._tag} ${element._tag === "OrderTradeUpdate" ? element.order.orderId : ""}`)
          )
        ),
        spot.forEach((element) =>
          tell(`spot ${element._tag} ${element._tag === "ExecutionReport" ? element.orderId : ""}`)
        )
      ],
      { concurrency: "unbounded" }
    )
  }).pipe(
    Effect.provide(layer),
    Effect.catchAllCause((cause) => Effect.sync(() => tell(`failed ${cause}`)))
  )

const start = (tell: (line: string) => void) => {
  const fiber = Effect.runFork(program(tell))
  return () => Effect.runPromise(Fiber.interrupt(fiber)).then(() => tell("stopped"))
}

const isWorker = typeof document === "undefined"

if (isWorker) {
  const stop = start((line) => postMessage(line))
  addEventListener("message", () => void stop())
} else {
  const lines: Array<string> = []
  let stop: () => void
  if (of("where") === "worker") {
    const worker = new Worker(`/program.js${location.search}`, { type: "module" })
    worker.addEventListener("message", ({ data }) => lines.push(data))
    stop = () => worker.postMessage("stop")
  } else {
    stop = start((line) => lines.push(line))
  }
  Object.assign(globalThis, { lines, stop })
}
