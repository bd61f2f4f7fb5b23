// What a bundler makes of the library where a program consumes one product: without Effect, its platform and `ws`.
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import { build } from "esbuild"
import { products } from "../frames.mjs"

const everything = "all products"

export const entries = [...products, everything]

const program = (products) => `
import { BinanceHttp, Credentials, Environment, ${products.join(", ")} } from "library"
import { NodeLayer } from "library/node"
import { Effect, Layer } from "effect"

const services = Effect.all([${products.map((product) => `${product}.${product}`)}])
const program = Effect.flatMap(services, (services) =>
  Effect.forEach(services, ({ forEach }) => forEach((element) => console.log(element._tag)), { concurrency: "unbounded" })
)
const layer = Layer.mergeAll(${products.map((product) => `${product}.layer`)}).pipe(
  Layer.provide([BinanceHttp.layer(), Credentials.layerConfig(), Environment.layerConfig()]),
  Layer.provide(NodeLayer.layer)
)
Effect.runFork(Effect.provide(program, layer))
`

export const run = async ({ library, record, report }) => {
  const folder = fileURLToPath(library)
  for (const entry of entries) {
    report(`size, ${entry}`)
    const key = `size/${entry}`
    try {
      const { outputFiles } = await build({
        stdin: { contents: program(entry === everything ? products : [entry]), resolveDir: folder },
        alias: { library: `${folder}index.js`, "library/node": `${folder}node/index.js` },
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
      record(`${key}/minified`, 0, contents.length)
      record(`${key}/gzipped`, 0, gzipSync(contents, { level: 9 }).length)
    } catch (error) {
      record.failure(key, error)
    }
  }
}
