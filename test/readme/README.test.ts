import * as path from "node:path"
import { fileURLToPath } from "node:url"
import type * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import { BinanceError, Environment, StreamNotice } from "effect-binance-user-data"
import ts from "typescript"
import { describe, expect, it } from "vitest"
import * as Pages from "./pages.js"

const root = fileURLToPath(new URL("../..", import.meta.url))
const { exists, filesIn, guides, read } = Pages

const readme = read("README.md")

interface Snippet {
  readonly file: string
  readonly text: string
}

const snippetsOf = (file: string, text: string): ReadonlyArray<Snippet> =>
  Array.from(text.matchAll(/^```ts\n([\s\S]*?)^```$/gm), (match) => ({ file, text: match[1]! }))

/** The examples in the comments of a module. */
const examplesOf = (file: string) => snippetsOf(file, read(file).replaceAll(/^ *\* ?/gm, ""))

const inReadme = snippetsOf("README.md", readme)
const inGuides = guides.flatMap((file) => snippetsOf(file, read(file)))
const inModules = filesIn("src", /^(?!.*internal).*\.ts$/).flatMap(examplesOf)

/** Checks the snippets against the sources, as files of this folder that exist only in memory. */
const typeCheck = (snippets: ReadonlyArray<Snippet>): ReadonlyArray<string> => {
  const config = ts.readConfigFile(path.join(root, "tsconfig.json"), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root)
  const files = new Map(
    snippets.map(({ text }, index) => [path.join(root, `test/readme/snippet${index}.ts`), text] as const)
  )
  const host = ts.createCompilerHost(options)
  const { fileExists, getSourceFile, readFile } = host
  host.fileExists = (name) => files.has(name) || fileExists(name)
  host.readFile = (name) => files.get(name) ?? readFile(name)
  host.getSourceFile = (name, languageVersion, ...rest) => {
    const text = files.get(name)
    return text === undefined
      ? getSourceFile.call(host, name, languageVersion, ...rest)
      : ts.createSourceFile(name, text, languageVersion, true)
  }
  const program = ts.createProgram([...files.keys()], { ...options, noUnusedLocals: false }, host)
  return Array.from(files.keys(), (name) => program.getSourceFile(name)!).flatMap((file, index) =>
    [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      ({ messageText, start }) =>
        `${snippets[index]!.file}: ${file.text.slice(start, start! + 40)}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`
    )
  )
}

/** The rows of the tables under a heading whose first cell is a name. */
const rowsOf = (heading: string, page = readme): ReadonlyArray<ReadonlyArray<string>> => {
  const section = page.split(new RegExp(`^#+ ${heading}$`, "m"))[1]!.split(/^#+ /m)[0]!
  return Array.from(section.matchAll(/^\| `(\w+)` +\|(.*)\|$/gm), ([, name, rest]) => [
    name!,
    ...rest!.split(" | ").map((cell) => cell.trim())
  ])
}

const namesIn = (heading: string) => rowsOf(heading).map(([name]) => name!)

const tagOf = (schema: Schema.Schema.Any): string =>
  AST.getPropertySignatures(schema.ast)
    .filter(({ name }) => name === "_tag")
    .map(({ type }) => String(type).replaceAll('"', ""))
    .join()

const anyFields = {
  operation: "",
  code: -1102,
  status: 400,
  msg: "",
  reason: "",
  retryAt: 0,
  host: "",
  after: 0,
  capacity: 0
}

describe("README", () => {
  it("has snippets that compile, and so have the guides and the comments", { timeout: 120_000 }, () => {
    expect(inReadme.length).toBeGreaterThan(1)
    expect(inGuides.length).toBeGreaterThan(15)
    expect(inModules.length).toBeGreaterThan(3)
    expect(typeCheck([...inReadme, ...inGuides, ...inModules])).toEqual([])
  })

  it("would show a snippet that does not compile", { timeout: 120_000 }, () => {
    const [first] = inReadme
    const wrong = { ...first!, text: first!.text.replace("account.fills", "account.fill") }
    expect(typeCheck([wrong])[0]).toContain("Property 'fill' does not exist")
  })

  it("lists every error, and whether it is retryable", () => {
    const documented = rowsOf("What each means", read("docs/errors.md")).map(([tag, , retryable]) => [
      tag,
      /^(yes|no)$/.test(retryable!) ? retryable : "no"
    ])
    const actual = BinanceError.BinanceError.members.map((member) => {
      const error = new member({ ...anyFields, environment: "", product: "", advice: "", option: "" }, true)
      return [error._tag, error.isRetryable ? "yes" : "no"]
    })
    expect(documented).toEqual(actual)
  })

  it("is read to its end", () => {
    expect(readme.split("\n").length - 1).toBeLessThanOrEqual(220)
  })

  it("lists every product", () => {
    expect(new Set(namesIn("Products"))).toEqual(new Set(Object.keys(Environment.tables.production)))
  })

  it("lists every notice and every cause", () => {
    expect(namesIn("Notices")).toEqual(StreamNotice.StreamNotice.members.map(tagOf))
    for (const cause of StreamNotice.Cause.members) {
      expect(readme).toContain(`\`${tagOf(cause)}\``)
    }
  })

  it("names examples that exist, as the guides do", () => {
    for (const text of [readme, ...guides.map(read)]) {
      for (const [name] of text.matchAll(/\b(?:examples\/[\w/-]+\.ts|\.ci\/run)\b/g)) {
        expect(exists(name), name).toBe(true)
      }
    }
    const table = read("docs/development.md").split("## Checks")[0]!
    const names = Array.from(table.matchAll(/^\| (`[^|]+`) +\|/gm), ([, cell]) => cell!.match(/[\w/-]+/g)!).flat()
    expect(names.length).toBeGreaterThan(10)
    for (const name of names) {
      expect(exists(`examples/${name}.ts`), name).toBe(true)
    }
  })

  it("names scripts that exist", () => {
    const { scripts } = JSON.parse(read("package.json"))
    for (const text of [readme, ...guides.map(read), read("CONTRIBUTING.md")]) {
      for (const [, name] of text.matchAll(/npm (?:run )?(?=start\b|test\b|(?<=run ))([\w:]+)/g)) {
        expect(Object.keys(scripts)).toContain(name)
      }
    }
  })
})
