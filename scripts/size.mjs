// What the library adds to the bundle of a program, product by product. Writes docs/bundle-size.md; `--check` fails where a product has become more than a tenth larger or its events bring modules of accounts, and `--modules <product>` prints what each module adds.
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { measure, withoutEach } from "./bundle.mjs"
import { products } from "./products.mjs"

const accounts = ["SpotAccount", "UsdFuturesAccount", "CoinFuturesAccount"]

const root = fileURLToPath(new URL("..", import.meta.url))
const page = `${root}docs/bundle-size.md`

const kilobytes = (bytes) => (bytes / 1000).toFixed(1)

const modulesOf = process.argv.indexOf("--modules")
if (modulesOf !== -1) {
  const rows = await withoutEach(await measure(`${root}dist`, [process.argv[modulesOf + 1] ?? "CoinFutures"]))
  for (const { gzipped, minified, module } of rows) {
    process.stdout.write(`${String(minified).padStart(6)} ${String(gzipped).padStart(6)}  ${module}\n`)
  }
  process.exit(0)
}

const entries = [
  ...products.map((name) => [`\`${name}\``, [name]]),
  ["all of them", products],
  ...accounts.map((name) => [`\`${name}\``, [name]])
]
const rows = []
for (const [label, names] of entries) {
  rows.push({ label, names, ...(await measure(`${root}dist`, names)) })
}

/** Modules of accounts in the bundles of programs that consume events alone. */
const strays = rows
  .filter(({ names }) => !names.some((name) => accounts.includes(name)))
  .flatMap(({ label, parts }) =>
    [...parts.atStart, ...parts.onDemand]
      .filter(({ path }) => path.includes("internal/account/"))
      .map(({ path }) => `${label}: ${path} belongs to accounts\n`)
  )
process.stderr.write(strays.join(""))

if (process.argv.includes("--check")) {
  const known = readFileSync(page, "utf8")
  const grown = rows.filter(({ gzipped, label }) => {
    const last = known.split("\n").find((line) => line.startsWith(`| ${label} `))
    return last === undefined || gzipped / 1000 > Number(last.split("|")[3]) * 1.1
  })
  for (const { gzipped, label } of grown) {
    process.stderr.write(
      `${label}: ${kilobytes(gzipped)} kB, more than a tenth above the table: look why, or run npm run size\n`
    )
  }
  process.exit(grown.length + strays.length === 0 ? 0 : 1)
}

const lines = rows.map(
  ({ gzipped, label, minified, onDemand }) =>
    `| ${label.padEnd(20)} | ${kilobytes(minified).padStart(13)} | ${kilobytes(gzipped).padStart(12)} | ${kilobytes(onDemand.gzipped).padStart(23)} |`
)
writeFileSync(
  page,
  `# Bundle size

What the library adds to the bundle of a program that consumes a product on Node, without Effect, its platform and \`ws\`.
An account's row has its product in it; a program that consumes events alone bundles nothing of accounts.
Made by esbuild; \`npm run size\` writes this page after a build, and \`npm run size -- --modules CoinFutures\` tells what
each module adds to a product, in bytes minified and gzipped.

On demand, with an \`import()\`, comes a part that is not in the other two columns: what makes signers, where credentials
have a secret or private key. \`Spot\` needs it, the products with listen keys do not.

| product              | minified (kB) | gzipped (kB) | on demand, gzipped (kB) |
| -------------------- | ------------: | -----------: | ----------------------: |
${lines.join("\n")}
`
)
process.stdout.write(`${lines.join("\n")}\n`)
