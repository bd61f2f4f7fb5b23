import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import { answer } from "./harness.js"

const folder = fileURLToPath(new URL("../../fixtures/rest", import.meta.url))

type Shape = string | Array<Shape> | { readonly [name: string]: Shape }

/** The kinds of values, by name; of a list the kinds of its rows together. */
const shapeOf = (value: unknown): Shape => {
  if (Array.isArray(value)) {
    return [value.map(shapeOf).reduce(merge, {})]
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shapeOf(inner)]))
  }
  return typeof value === "bigint" ? "number" : typeof value
}

const merge = (a: Shape, b: Shape): Shape =>
  typeof a === "object" && typeof b === "object" && !Array.isArray(a) && !Array.isArray(b) ? { ...a, ...b } : b

/** What a sample has and an answer has not. */
const missing = (sample: Shape, actual: Shape | undefined, path: string): ReadonlyArray<string> => {
  if (actual === undefined || typeof sample !== typeof actual || Array.isArray(sample) !== Array.isArray(actual)) {
    return [path]
  }
  if (typeof sample === "string") {
    return sample === actual ? [] : [`${path}: ${actual} instead of ${sample}`]
  }
  const inner = actual as { readonly [name: string]: Shape }
  return Object.entries(sample).flatMap(([name, shape]) => missing(shape, inner[name], `${path}.${name}`))
}

/** A call that answers what a sample shows. */
export interface Case {
  readonly sample: string
  readonly path: string
  readonly parameters?: { readonly [name: string]: string | number | boolean } | undefined
  readonly apiKey?: string
}

/** What an answer lacks that a sample has. */
export const lacking = (sample: string, actual: unknown) => missing(shapeOf(sampleOf(sample)), shapeOf(actual), sample)

/** What the answers lack that the samples have. */
export const differences = (cases: ReadonlyArray<Case>) =>
  Effect.map(
    Effect.forEach(cases, ({ apiKey, parameters, path, sample }) =>
      Effect.map(answer("GET", path, parameters, apiKey === undefined ? {} : { apiKey }), (actual) =>
        lacking(sample, actual)
      )
    ),
    (found) => found.flat()
  )

/** What has samples. */
export const products: ReadonlyArray<string> = Fs.readdirSync(folder)

const filesOf = (product: string): ReadonlyArray<string> =>
  Fs.readdirSync(Path.join(folder, product)).map((file) => `${product}/${file.replace(".json", "")}`)

const isError = (sample: string) => sample.includes("/error.")

/** The names of a product's samples that are no errors. */
export const samplesOf = (product: string): ReadonlyArray<string> =>
  filesOf(product).filter((sample) => !isError(sample))

/** The names of all samples of errors. */
export const errorSamples: ReadonlyArray<string> = products.flatMap(filesOf).filter(isError)

export const sampleOf = (sample: string) => JSON.parse(Fs.readFileSync(Path.join(folder, `${sample}.json`), "utf8"))
