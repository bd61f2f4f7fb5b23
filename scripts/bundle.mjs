// What a bundler makes of a program that consumes some products: the library alone, without Effect, its platform and `ws`.
import { gzipSync } from "node:zlib"
import { build } from "esbuild"

const program = (products) => `
import { BinanceHttp, Credentials, Environment, ${products.join(", ")} } from "./index.js"
import { NodeLayer } from "./node/index.js"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"

const program = Effect.all([${products.map((name) => `${name}.${name}`)}]).pipe(
  Effect.flatMap(Effect.forEach(({ events }) => Stream.runForEach(events, ({ _tag }) => Effect.log(_tag))))
)
const layer = Layer.mergeAll(${products.map((name) => `${name}.layer`)}).pipe(
  Layer.provide([BinanceHttp.layer(), Credentials.layerConfig(), Environment.layerConfig()]),
  Layer.provide(NodeLayer.layer)
)
Effect.runFork(Effect.provide(program, layer))
`

/** In bytes. The folder is that of the built library. */
export const measure = async (folder, products) => {
  const { outputFiles } = await build({
    stdin: { contents: program(products), resolveDir: folder },
    external: ["effect", "effect/*", "@effect/*", "ws"],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "silent",
    write: false
  })
  const { contents } = outputFiles[0]
  return { minified: contents.length, gzipped: gzipSync(contents, { level: 9 }).length }
}
