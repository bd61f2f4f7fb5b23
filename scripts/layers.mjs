// Holds the layers of `src`: a module imports its own layer's folder, and the layers below. Outside of the modules that run
// for every frame, `src` is plain Effect: see `banned`. Part of `npm run lint`.
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"

/** From the bottom to the top. Folders and modules of one line know nothing of each other. */
const layers = [
  "internal/advice internal/backoff internal/clock internal/departure internal/epoch internal/json internal/secrets internal/shared internal/span internal/taggedError",
  "internal/decoder",
  "internal/event Decoder",
  "BinanceError FuturesEvent Metrics StreamNotice UserDataEvent",
  "CoinFuturesEvent EuropeanOptionsEvent MarginEvent MarginRiskEvent",
  "PortfolioMarginEvent PortfolioMarginProEvent SpotEvent UsdFuturesEvent",
  "internal/key Environment internal/options",
  "internal/identity",
  "Credentials internal/telemetry",
  "internal/http internal/underName",
  "BinanceHttp internal/socket",
  "internal/listenKey internal/webSocketApi ListenToken",
  "ListenKey",
  "WebSocketApi",
  "internal/connection",
  "internal/session",
  "UserDataStream",
  "internal/product",
  "CoinFutures EuropeanOptions Margin MarginRisk PortfolioMargin PortfolioMarginPro Spot UsdFutures",
  "internal/account/book internal/account/memory",
  "Checkpoint",
  "Account",
  "internal/account/facts internal/account/reads internal/account/reconcile",
  "internal/account/engine",
  "internal/account",
  "CoinFuturesAccount SpotAccount UsdFuturesAccount",
  "index node",
  "testing"
].map((names) => names.split(" "))

const source = new URL("../src", import.meta.url).pathname

/** The folder or module of `layers` that a file belongs to. */
const placeOf = (file) => {
  const path = file.replace(/\.ts$/, "")
  const parts = path.split("/")
  return layers.flat().find((name) => name === path || name === parts.slice(0, name.split("/").length).join("/"))
}

const levelOf = (place) => layers.findIndex((names) => names.includes(place))

const isBelow = (lower, place) => lower !== undefined && levelOf(lower) < levelOf(place)

const importsOf = (file) =>
  [...readFileSync(join(source, file), "utf8").matchAll(/(?:\bfrom|\bimport\(|^import)\s*"(\.[^"]+)\.js"/gm)].map(
    ([, path]) => `${join(dirname(file), path)}.ts`
  )

const banned = {
  "Effect.gen(this": /\bEffect\.gen\(this\b/,
  "Runtime.runFork": /\bRuntime\.runFork\b/,
  "a timer of its own": /\bset(?:Timeout|Interval)\(/,
  "a getter that returns an effect": /^\s*get \w+\(\): (?:Effect|Stream)\./m,
  "a variable of the module": /^(?:export )?(?:let|var) /m
}

/** Probe ids are one sequence for the process. */
const isAllowed = (file, name) => file === "internal/session/probes.ts" && name === "a variable of the module"

const files = readdirSync(source, { recursive: true }).filter((file) => file.endsWith(".ts"))

const constructs = files.flatMap((file) => {
  const text = readFileSync(join(source, file), "utf8")
  return Object.entries(banned)
    .filter(([name, pattern]) => pattern.test(text) && !isAllowed(file, name))
    .map(([name]) => `src/${file} has ${name}`)
})

const problems = files
  .flatMap((file) => {
    const place = placeOf(file)
    if (place === undefined) {
      return [`src/${file} has no layer: name it in scripts/layers.mjs`]
    }
    return importsOf(file)
      .filter((imported) => placeOf(imported) !== place && !isBelow(placeOf(imported), place))
      .map((imported) => `src/${file} imports src/${imported}, which is not below it`)
  })
  .concat(constructs)

for (const problem of problems) {
  console.error(problem)
}
process.exitCode = problems.length === 0 ? 0 : 1
