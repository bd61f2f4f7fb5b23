// The controller: starts the server and the clients, alternates between them, and tells how they compare.
import { execFileSync } from "node:child_process"
import { randomInt } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { cpus, totalmem, type } from "node:os"
import { resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { parseArgs } from "node:util"
import { rows } from "./figures.mjs"
import { killAll } from "./support/processes.mjs"
import { summary } from "./support/statistics.mjs"
import { print } from "./support/table.mjs"

const suites = ["cold", "load", "latency", "idle"]

const usage = `node bench/run.mjs [--quick] [--only <suite>]... [--pairs <n>] [--events <n>] [--node <path>]
                   [--library <folder>] [--against <folder>] [--out <file>]

  --quick    fewer pairs, events and contenders: a few minutes
  --only     one of the suites: ${suites.join(", ")}; may be given again
  --pairs    how many pairs, instead of 7 (15 for cold)
  --events   how many events in a round of the long load
  --node     the Node that the clients run on, instead of this one
  --library  where the library was built, instead of dist
  --against  another build, which load compares with instead of ws and JSON.parse
  --out      where the results go, instead of bench/results.json
`

const options = {
  quick: { type: "boolean", default: false },
  only: { type: "string", multiple: true, default: [] },
  pairs: { type: "string" },
  events: { type: "string" },
  node: { type: "string", default: process.execPath },
  library: { type: "string", default: fileURLToPath(new URL("../dist", import.meta.url)) },
  against: { type: "string" },
  out: { type: "string", default: fileURLToPath(new URL("results.json", import.meta.url)) },
  help: { type: "boolean", default: false }
}

const fail = (message) => {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

const parse = () => {
  try {
    return parseArgs({ options }).values
  } catch (error) {
    return fail(`${error.message}\n\n${usage}`)
  }
}

const flags = parse()
if (flags.help) {
  process.stdout.write(usage)
  process.exit(0)
}
const unknown = flags.only.find((name) => !suites.includes(name))
if (unknown !== undefined) {
  fail(`There is no suite ${unknown}\n\n${usage}`)
}
const numberOf = (name) => {
  const text = flags[name]
  if (text !== undefined && !/^[1-9]\d*$/.test(text)) {
    fail(`--${name} wants a number\n\n${usage}`)
  }
  return text === undefined ? undefined : Number(text)
}
const wanted = { pairs: numberOf("pairs"), count: numberOf("events") }
/** The URL of a build. */
const buildAt = (folder) => {
  const path = resolve(folder)
  if (!existsSync(resolve(path, "index.js"))) {
    fail(`There is no build in ${path}: npm run build`)
  }
  return `${pathToFileURL(path).href}/`
}

const library = buildAt(flags.library)
const against = flags.against === undefined ? undefined : buildAt(flags.against)
if (!existsSync(new URL("node_modules/ws", import.meta.url))) {
  fail("The clients are not installed: npm --prefix bench ci")
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.once(signal, () => {
    killAll()
    process.exit(130)
  })
}
process.on("exit", killAll)

// -----------------------------------------------------------------------------
// results
// -----------------------------------------------------------------------------

const series = new Map()
const failures = new Map()

/** Keeps what a pair has measured. */
const record = (key, pair, value) => {
  const values = series.get(key) ?? []
  values[pair] = value
  series.set(key, values)
}

record.failure = (key, error) => {
  failures.set(key, error instanceof Error ? error.message : String(error))
  process.stderr.write(`\n${key} failed: ${error instanceof Error ? (error.stack ?? error.message) : error}\n`)
}

const report = (text) => {
  if (process.stderr.isTTY) {
    process.stderr.write(`\r\u001b[K${text}`)
  } else {
    process.stderr.write(`${text}\n`)
  }
}

const versionOf = (name, from) => {
  try {
    return JSON.parse(readFileSync(new URL(`${from}/node_modules/${name}/package.json`, import.meta.url), "utf8"))
      .version
  } catch {
    return undefined
  }
}

const bench = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"))

const surroundings = (seed) => ({
  date: new Date().toISOString(),
  seed,
  quick: flags.quick,
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  memory: totalmem(),
  platform: `${type()} ${process.arch}`,
  versions: {
    node: execFileSync(flags.node, ["-p", "process.versions.node"], { encoding: "utf8" }).trim(),
    nodeOfServer: process.versions.node,
    library: JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version,
    ...Object.fromEntries(
      ["effect", "@effect/platform", "@effect/platform-node"].map((name) => [name, versionOf(name, "..")])
    ),
    ...Object.fromEntries(Object.keys(bench.dependencies).map((name) => [name, versionOf(name, ".")]))
  }
})

// -----------------------------------------------------------------------------
// run
// -----------------------------------------------------------------------------

const seed = randomInt(2 ** 31)
const about = surroundings(seed)
const started = performance.now()
const seconds = {}

/** How much is measured, of what a suite says it would. */
const sizeOf = (sizes) => {
  const size = { ...sizes[flags.quick ? "quick" : "full"] }
  for (const [name, value] of Object.entries(wanted)) {
    if (value !== undefined && name in size) {
      size[name] = value
    }
  }
  return size
}

for (const name of suites.filter((name) => flags.only.length === 0 || flags.only.includes(name))) {
  const { run } = await import(`./suites/${name}.mjs`)
  const suiteStarted = performance.now()
  try {
    await run({
      against,
      isQuick: flags.quick,
      library,
      node: flags.node,
      record,
      report,
      seed,
      sizeOf
    })
  } catch (error) {
    record.failure(name, error)
  }
  seconds[name] = Math.round((performance.now() - suiteStarted) / 1000)
}
report("")

const duration = performance.now() - started
const lines = rows({ series, failures, isAgainst: against !== undefined })
print(lines, about, duration)

writeFileSync(
  flags.out,
  `${JSON.stringify(
    {
      ...about,
      seconds,
      figures: lines,
      failures: Object.fromEntries(failures),
      series: Object.fromEntries(
        Array.from(series, ([key, values]) => {
          const present = values.filter((value) => value !== undefined)
          return [key, { ...summary(present), values: present }]
        })
      )
    },
    undefined,
    2
  )}\n`
)

process.exit(failures.size === 0 ? 0 : 1)
