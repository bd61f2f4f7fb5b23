// Every option and its default, from the comments in the sources. Writes docs/options.md; `--check` fails where the page says something else.
import { execFileSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import ts from "typescript"
import { products } from "./products.mjs"

const root = fileURLToPath(new URL("..", import.meta.url))
const page = `${root}docs/options.md`

const fileOf = (module) => `${root}src/${module}.ts`

const { config } = ts.readConfigFile(`${root}tsconfig.build.json`, ts.sys.readFile)
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
const program = ts.createProgram(["index", "testing/index"].map(fileOf), options)
const checker = program.getTypeChecker()

/** The properties of an exported interface, inherited ones included. */
const propertiesOf = (module, name) => {
  const file = checker.getSymbolAtLocation(program.getSourceFile(fileOf(module)))
  const exported = checker.getExportsOfModule(file).find((symbol) => symbol.name === name)
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
  return checker.getDeclaredTypeOfSymbol(symbol).getProperties()
}

const oneLine = (text) => text.replace(/\s+/g, " ").trim()

/** A cell of a table: a bar would end it. */
const cell = (text) => text.replaceAll("|", "\\|")

/** The dots of "4, ..." end no sentence. */
const defaultSentence = /\s*\bDefault(, and at most)?: (.+?)(?<!\.)\.(?= |$)/

const describe = (property) => {
  const comment = oneLine(ts.displayPartsToString(property.getDocumentationComment(checker)))
  const declaration = property.declarations[0]
  const type = oneLine(declaration.type.getText()).replace(/ \| undefined$/, "")
  const found = defaultSentence.exec(comment)
  const isRequired = (property.flags & ts.SymbolFlags.Optional) === 0
  if (comment === "") {
    throw new Error(`The option ${property.name} has no comment`)
  }
  const fallback = found === null ? (isRequired ? "required" : "not set") : found[1] ? `${found[2]}, at most` : found[2]
  return [`\`${property.name}\``, `\`${type}\``, fallback, comment.replace(defaultSentence, "").trim()]
}

const row = (cells) => `| ${cells.map(cell).join(" | ")} |`

const table = (properties) =>
  [
    row(["option", "type", "default", "meaning"]),
    row(["---", "---", "---", "---"]),
    ...properties.map(describe).map(row)
  ].join("\n")

const session = propertiesOf("UserDataStream", "Options")
const listenKey = propertiesOf("ListenKey", "Options")
const isShared = ({ name }) => [...session, ...listenKey].some((property) => property.name === name)

/** What a product has of its own. */
const own = products
  .map((product) => ({ product, properties: propertiesOf(product, "StreamOptions").filter((one) => !isShared(one)) }))
  .filter(({ properties }) => properties.length > 0)
  .map(({ product, properties }) => `### \`${product}\`\n\n${table(properties)}`)

/** What the account of one product has of its own. */
const account = propertiesOf("Account", "Options")
const ofSpotAccount = propertiesOf("SpotAccount", "Options").filter(
  ({ name }) => !account.some((property) => property.name === name)
)

const unformatted = `# Options

\`npm run options\` writes this page from the comments in the sources, and \`.ci/run\` compares the two.

Options go to \`make({ ... })\` or \`layerWith({ ... })\` of what they belong to. A duration is a number of milliseconds, or what
\`effect/Duration\` reads, such as \`"30 minutes"\`. Every option may also be \`undefined\`, which means its default.

\`\`\`ts
import { CoinFutures } from "effect-binance-user-data"
import * as Schedule from "effect/Schedule"

const sharedAccount = CoinFutures.layerWith({
  onClose: "leave",
  keepalive: Schedule.spaced("20 minutes"),
  buffer: { elements: 50_000 }
})
\`\`\`

## Every product

${table(session)}

## The listen key

These too are options of every product. \`Spot\` and \`Margin\` need no listen key: theirs apply to the calls that you make
yourself.

${table(listenKey)}

## One product

${own.join("\n\n")}

## Accounts

Options of \`layerWith({ ... })\`, \`layerWithCheckpoint({ ... })\`, \`make({ ... })\` and \`makeWithCheckpoint({ ... })\` of
\`UsdFuturesAccount\`, \`CoinFuturesAccount\` and \`SpotAccount\`. Those of the stream go to its product.

${table(account)}

### \`SpotAccount\`

${table(ofSpotAccount)}

### \`checkpoint\`

${table(propertiesOf("Checkpoint", "Options"))}

## \`BinanceHttp\`

Options of \`BinanceHttp.layerWith({ ... })\` and \`BinanceHttp.make({ ... })\`.

${table(propertiesOf("BinanceHttp", "Options"))}

## \`Credentials\`

Options of \`Credentials.layer({ ... })\` and \`Credentials.make({ ... })\`: at most one of \`secretKey\`, \`privateKey\` and
\`signer\`.

${table(propertiesOf("Credentials", "Options"))}

## \`SimulatedBinance\`

Options of \`SimulatedBinance.layer({ ... })\` and \`SimulatedBinance.layerMemory({ ... })\`.

${table(propertiesOf("testing/SimulatedBinance", "Options"))}
`

const biome = fileURLToPath(new URL("../node_modules/@biomejs/biome/bin/biome", import.meta.url))
const text = execFileSync(process.execPath, [biome, "format", "--stdin-file-path", page], {
  input: unformatted,
  encoding: "utf8",
  cwd: root
})

if (process.argv.includes("--check")) {
  if (readFileSync(page, "utf8") !== text) {
    process.stderr.write("docs/options.md does not say what the comments say: run npm run options\n")
    process.exit(1)
  }
} else {
  writeFileSync(page, text)
}
