// What a bundler makes of a program that consumes some products: the library alone, without Effect, its platform and `ws`.
import { readFileSync } from "node:fs"
import { join, relative, resolve } from "node:path"
import { gzipSync } from "node:zlib"
import { build, transform } from "esbuild"

/** The stream that an account is kept over. */
const streamOf = (name) => name.replace(/Account$/, "")

/** What tells a program's elements, and the layer of what it consumes: a product, or an account. */
const elementsOf = (name) => (name === streamOf(name) ? "events" : "elements")
const layerOf = (name) =>
  name === streamOf(name) ? `${name}.layer` : `Layer.provide(${name}.layer, ${streamOf(name)}.layer)`

const program = (names) => `
import { BinanceHttp, Credentials, Environment, ${[...new Set(names.flatMap((name) => [name, streamOf(name)]))].join(", ")} } from "./index.js"
import { NodeLayer } from "./node/index.js"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"

const program = Effect.all([${names.map((name) => `Effect.map(${name}.${name}, ({ ${elementsOf(name)} }) => ${elementsOf(name)})`).join(", ")}]).pipe(
  Effect.flatMap(Effect.forEach((elements) => Stream.runForEach(elements, ({ _tag }) => Effect.log(_tag))))
)
const layer = Layer.mergeAll(${names.map(layerOf).join(", ")}).pipe(
  Layer.provide([BinanceHttp.layer, Credentials.layerConfig(), Environment.layerConfig()]),
  Layer.provide(NodeLayer.layer)
)
Effect.runFork(Effect.provide(program, layer))
`

const programName = "program.js"

/** The library's modules, and those of the packages that nobody but it asks for. */
const ownModules = (folder, modules) => {
  const { dependencies } = JSON.parse(readFileSync(join(folder, "../package.json"), "utf8"))
  const packages = Object.keys(dependencies).filter((name) => name !== "ws")
  const own = relative("", resolve(folder))
  return new Set(
    modules.filter(
      (path) =>
        path === programName ||
        path.startsWith(`${own}/`) ||
        packages.some((name) => path.includes(`node_modules/${name}/`))
    )
  )
}

/** What an output has of each module, which esbuild tells in a comment before it. Its exports to other outputs end it. */
const partsOf = (text, modules) => {
  const parts = []
  let lines = []
  for (const line of text.split("\n")) {
    if (line === "export {") {
      break
    }
    const path = line.startsWith("// ") ? line.slice(3) : ""
    if (modules.has(path)) {
      lines = []
      parts.push({ path, lines })
    } else {
      lines.push(line)
    }
  }
  return parts
}

const sizeOf = async (parts) => {
  if (parts.length === 0) {
    return { minified: 0, gzipped: 0 }
  }
  const text = parts.flatMap(({ lines }) => lines).join("\n")
  const { code } = await transform(text, { minifyWhitespace: true, target: "node20", format: "esm" })
  return { minified: Buffer.byteLength(code), gzipped: gzipSync(code, { level: 9 }).length }
}

/** The outputs that a program loads when it starts: all but those behind an `import()`. */
const loadedAtStart = (outputs, path, found = new Set()) => {
  if (!found.has(path)) {
    found.add(path)
    for (const { kind, path: imported } of outputs[path].imports) {
      if (kind === "import-statement" && imported in outputs) {
        loadedAtStart(outputs, imported, found)
      }
    }
  }
  return found
}

/**
 * In bytes. Everything is bundled for real, Effect included, because only then a bundler gives the library's calls of
 * Effect short names; what is not the library is left out afterwards. What is behind an `import()` counts as `onDemand`.
 * The folder is that of the built library.
 */
export const measure = async (folder, products) => {
  const { metafile, outputFiles } = await build({
    stdin: { contents: program(products), resolveDir: folder, sourcefile: programName },
    external: ["bufferutil", "utf-8-validate"],
    bundle: true,
    splitting: true,
    outdir: "out",
    metafile: true,
    minifyIdentifiers: true,
    minifySyntax: true,
    legalComments: "none",
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "silent",
    write: false
  })
  const modules = Object.keys(metafile.inputs).map((path) => (path === "<stdin>" ? programName : path))
  const own = ownModules(folder, modules)
  const atStart = loadedAtStart(
    metafile.outputs,
    Object.keys(metafile.outputs).find((path) => metafile.outputs[path].entryPoint !== undefined)
  )
  const parts = { atStart: [], onDemand: [] }
  for (const { path, text } of outputFiles) {
    const output = relative("", path)
    const found = partsOf(text, new Set(modules)).filter((part) => own.has(part.path))
    const named = new Set(found.map((part) => part.path))
    for (const [module, { bytesInOutput }] of Object.entries(metafile.outputs[output].inputs)) {
      if (bytesInOutput > 0 && own.has(module) && !named.has(module)) {
        throw new Error(`${module} is in the bundle and was not found there`)
      }
    }
    parts[atStart.has(output) ? "atStart" : "onDemand"].push(...found)
  }
  return { ...(await sizeOf(parts.atStart)), onDemand: await sizeOf(parts.onDemand), parts }
}

/** How much smaller the bundle were without each module, in bytes, the largest first. */
export const withoutEach = async ({ gzipped, minified, parts: { atStart } }) => {
  const rows = []
  for (const module of new Set(atStart.map(({ path }) => path))) {
    const rest = await sizeOf(atStart.filter(({ path }) => path !== module))
    rows.push({ module, minified: minified - rest.minified, gzipped: gzipped - rest.gzipped })
  }
  return rows.sort((a, b) => b.gzipped - a.gzipped)
}
