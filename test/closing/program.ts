import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { BinanceHttp, Credentials, Environment } from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import { listenKeyProducts, type Row, type Service } from "../products/products.js"

/** What the program is told in its first argument, as JSON: where each product is, and the API key to use for it. */
export interface Arguments {
  readonly table: Environment.Table
  readonly apiKeys: { readonly [product: string]: string }
}

export const ready = "The program has started"

const tagOf = ({ product }: Row) => Context.GenericTag<Service>(`test/closing/${product}`)

const layerOf = (row: Row, apiKey: string) =>
  Layer.scoped(tagOf(row), row.make({ onClose: "close" })).pipe(Layer.provide(Credentials.layer({ apiKey })))

/** Forks a consumer for each product, provides the layers, and is stopped by a signal: as programs do. */
const main = ({ apiKeys, table }: Arguments) => {
  const rows = listenKeyProducts.filter(({ product }) => product in apiKeys)
  const program = Effect.gen(function* () {
    for (const row of rows) {
      const { events } = yield* tagOf(row)
      yield* Effect.fork(Stream.runDrain(events))
    }
    yield* Effect.sync(() => console.log(ready))
    return yield* Effect.never
  })
  const services = rows.map((row) => layerOf(row, apiKeys[row.product]!))
  const layer = services
    .reduce((all, service) => Layer.merge(all, service) as typeof service)
    .pipe(
      Layer.provide(BinanceHttp.layer),
      Layer.provide(Environment.layerCustom({ name: "simulated", table })),
      Layer.provide(NodeLayer.layer)
    )
  NodeRuntime.runMain(Effect.provide(program, layer))
}

const [, path, given] = process.argv
if (path?.endsWith("program.ts") === true && given !== undefined) {
  main(JSON.parse(given) as Arguments)
}
