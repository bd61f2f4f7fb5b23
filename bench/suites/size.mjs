// What a bundler makes of the library where a program consumes one product: without Effect, its platform and `ws`.
import { fileURLToPath } from "node:url"
import { measure } from "../../scripts/bundle.mjs"
import { products } from "../frames.mjs"

const everything = "all products"

export const entries = [...products, everything]

export const run = async ({ library, record, report }) => {
  for (const entry of entries) {
    report(`size, ${entry}`)
    const key = `size/${entry}`
    try {
      const size = await measure(fileURLToPath(library), entry === everything ? products : [entry])
      record(`${key}/minified`, 0, size.minified)
      record(`${key}/gzipped`, 0, size.gzipped)
    } catch (error) {
      record.failure(key, error)
    }
  }
}
