// Holds the lengths in `src`, docstrings not counted: a file has at most 400 lines, a class 150. Part of `npm run lint`;
// `biome.json` holds those of functions.
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

const limits = { file: 400, class: 150 }

const source = new URL("../src", import.meta.url).pathname

const linesOf = (text) => text.split("\n").length - 1

/** As Biome formats it, a class of a module ends at the first brace without an indent. */
const classes = /^(?:export )?(?:abstract )?class (\w+)[\s\S]*?\n}\n/gm

const problems = readdirSync(source, { recursive: true })
  .filter((file) => file.endsWith(".ts"))
  .flatMap((file) => {
    const text = readFileSync(join(source, file), "utf8").replace(/^ *\/\*\*[\s\S]*?\*\/\n/gm, "")
    const parts = [
      { name: "the file", lines: linesOf(text), limit: limits.file },
      ...Array.from(text.matchAll(classes), ([body, name]) => ({ name, lines: linesOf(body), limit: limits.class }))
    ]
    return parts
      .filter(({ limit, lines }) => lines > limit)
      .map(({ limit, lines, name }) => `src/${file}: ${name} has ${lines} lines, and may have ${limit}`)
  })

for (const problem of problems) {
  console.error(problem)
}
process.exitCode = problems.length === 0 ? 0 : 1
