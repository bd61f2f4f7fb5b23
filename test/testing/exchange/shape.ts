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

/** What the answers lack that the samples have. */
export const differences = (cases: ReadonlyArray<Case>) =>
  Effect.map(
    Effect.forEach(cases, ({ apiKey, parameters, path, sample }) =>
      Effect.map(answer("GET", path, parameters, apiKey === undefined ? {} : { apiKey }), (actual) => {
        return missing(shapeOf(sampleOf(sample)), shapeOf(actual), sample)
      })
    ),
    (found) => found.flat()
  )

const filesOf = (product: string): ReadonlyArray<string> =>
  Fs.readdirSync(Path.join(folder, product)).map((file) => `${product}/${file.replace(".json", "")}`)

const isError = (sample: string) => sample.includes("/error.")

/** What samples show that is not simulated: the calls answer that there is nothing, or are not there. */
const notSimulated = new Set([
  "spot/apiRestrictions",
  "spot/asset.assetDividend",
  "spot/asset.dribblet",
  "spot/asset.transfer",
  "spot/deposit.hisrec",
  "spot/myAllocations",
  "spot/order.pegged",
  "spot/withdraw.history",
  "options/block.user-trades",
  "portfolio-margin/portfolio.interest-history",
  "portfolio-margin/portfolio.negative-balance-exchange-record",
  "portfolio-margin-pro/interest-history",
  "portfolio-margin-pro/pmloan-history"
])

/** The names of a product's samples of what is simulated. */
export const samplesOf = (product: string): ReadonlyArray<string> =>
  filesOf(product).filter((sample) => !isError(sample) && !notSimulated.has(sample))

/** The names of all samples of errors. */
export const errorSamples: ReadonlyArray<string> = Fs.readdirSync(folder).flatMap(filesOf).filter(isError)

export const sampleOf = (sample: string) => JSON.parse(Fs.readFileSync(Path.join(folder, `${sample}.json`), "utf8"))
