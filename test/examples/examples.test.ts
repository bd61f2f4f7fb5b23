import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { createClient } from "@libsql/client"
import * as Schema from "effect/Schema"
import { UserDataStream } from "effect-binance-user-data"
import { build } from "esbuild"
import { beforeAll, describe, expect, it, type TestContext } from "vitest"
import * as Program from "../support/program.js"

const bundles = "node_modules/.cache/examples"

const run = (
  { onTestFinished }: TestContext,
  name: string,
  args: ReadonlyArray<string> = [],
  extra: { readonly [name: string]: string } = {}
) => {
  const program = Program.run(`${bundles}/${name}.js`, args, extra)
  onTestFinished(() => {
    program.kill()
  })
  return program
}

// Most of them wait most of the time, and to start them from their sources takes more than all else that they do.
describe.concurrent("the examples, on the simulated Binance", { timeout: 60_000 }, () => {
  beforeAll(() =>
    build({
      entryPoints: ["examples/*.ts"],
      outdir: bundles,
      bundle: true,
      splitting: true,
      platform: "node",
      format: "esm",
      packages: "external"
    })
  )

  it.for<[name: string, args: ReadonlyArray<string>, last: RegExp]>([
    ["coin-futures", [], /^24 events, 0 gaps; key closed, socket closed$/],
    ["coin-futures", ["--faults"], /^38 events, 2 gaps; key closed, socket closed$/],
    ["spot", [], /^16 events, 0 gaps; socket closed$/],
    ["margin", [], /^60 events, 0 gaps; socket closed$/],
    ["usd-futures", [], /^15 events, 0 gaps; key closed, socket closed$/],
    ["european-options", [], /^18 events, 0 gaps; key closed, socket closed$/],
    ["portfolio-margin", [], /^35 events, 0 gaps; key closed, socket closed$/],
    ["account", [], /^15 events, 0 gaps; key closed, socket closed$/],
    ["account", ["--faults"], /^30 events, 1 gap; key closed, socket closed$/],
    ["telemetry", [], /^38 events, 2 gaps; key closed, socket closed$/],
    ["listen-keys", ["coin-futures"], /^key closed$/],
    ["listen-keys", ["usd-futures"], /^key closed$/],
    ["listen-keys", ["european-options"], /^key closed$/],
    ["listen-keys", ["portfolio-margin"], /^key closed$/],
    ["listen-keys", ["portfolio-margin-pro"], /^key closed$/],
    ["listen-keys", ["margin-risk"], /^key closed$/],
    ["compose", [], /^27 events, 0 gaps; keys closed, sockets closed$/],
    ["mock-layers", [], /^2 passed, 0 failed$/]
  ])("%s %j ends by itself, and leaves nothing open", async ([name, args, last], context) => {
    const { code, errors, lines } = await run(context, name, args).ended
    expect({ code, errors }).toEqual({ code: 0, errors: "" })
    expect(lines.at(-1)).toMatch(last)
  })

  it("fills waits for a ledger into which another program writes", async (context) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "fills-"))
    context.onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }))
    const file = path.join(folder, "ledger.db")
    const other = createClient({ url: `file:${file}` })
    const writing = await other.transaction("write")
    const program = run(context, "fills", [file])
    await program.line(/ledger .*busy/)
    await writing.rollback()
    other.close()
    const { code, errors, lines } = await program.ended
    expect({ code, errors }).toEqual({ code: 0, errors: "" })
    expect(lines.filter((line) => /ledger/.test(line)).at(-1)).toMatch(/ fills$/)
  })

  it("fills says in a line why a ledger cannot be opened", async (context) => {
    const { code, errors } = await run(context, "fills", ["/dev/null/ledger.db"]).ended
    expect(code).toBe(1)
    expect(errors.trim()).toMatch(/^\/dev\/null\/ledger.db cannot be opened: .*Unable to open connection.*$/)
  })

  it("fills writes a ledger", async (context) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "fills-"))
    context.onTestFinished(() => fs.rmSync(folder, { recursive: true }))
    const { code, errors, lines } = await run(context, "fills", [path.join(folder, "ledger.db")]).ended
    expect({ code, errors }).toEqual({ code: 0, errors: "" })
    expect(lines.filter((line) => /ledger/.test(line)).at(-1)).toMatch(/6 fills$/)
    expect(lines.at(-1)).toMatch(/^30 events, 0 gaps; key closed, socket closed$/)
  })

  it("coin-futures --watch goes on until Ctrl-C, and then closes everything", async (context) => {
    const program = run(context, "coin-futures", ["--watch"])
    await program.line(/order/)
    program.interrupt()
    const { code, errors, lines } = await program.ended
    expect({ code, errors }).toEqual({ code: 0, errors: "" })
    expect(lines.at(-1)).toMatch(/^[0-9]+ events?, 0 gaps; key closed, socket closed$/)
  })

  it("health tells the health and the metrics of two accounts until Ctrl-C", async (context) => {
    const program = run(context, "health", [], { PORT: "0" })
    const [, address] = await program.line(/^GET (http:\S+)\/health and \/metrics$/)
    await program.line(/main.+live/)
    await program.line(/hedge.+live/)
    const health = await fetch(`${address}/health`)
    expect(health.status).toBe(200)
    const statuses = Schema.decodeUnknownSync(Schema.Array(UserDataStream.Status))(await health.json())
    expect(statuses.map(({ account, phase, product }) => ({ account, phase, product }))).toEqual([
      { account: "main", phase: "Live", product: "UsdFutures" },
      { account: "hedge", phase: "Live", product: "UsdFutures" }
    ])
    const metrics = await fetch(`${address}/metrics`)
    expect(metrics.headers.get("content-type")).toContain("text/plain; version=0.0.4")
    const text = await metrics.text()
    for (const account of ["main", "hedge"]) {
      expect(text).toContain(`binance_user_data_streams_live{product="UsdFutures",account="${account}"} 1\n`)
    }
    program.interrupt()
    const { code, errors, lines } = await program.ended
    expect({ code, errors }).toEqual({ code: 0, errors: "" })
    expect(lines.at(-1)).toMatch(/^0 events, 0 gaps; keys closed, sockets closed$/)
  })

  it.for<[what: string, name: string, args: ReadonlyArray<string>, extra: { [name: string]: string }, said: RegExp]>([
    ["a call that is retired", "listen-keys", ["spot"], {}, /use Spot\.events/],
    ["a product that there is not", "listen-keys", ["shares"], {}, /is not known here/],
    ["an environment that there is not", "coin-futures", [], { BINANCE_ENV: "moon" }, /^BINANCE_ENV: Expected one of/],
    ["a blank API key", "coin-futures", [], { BINANCE_API_KEY: " " }, /Set BINANCE_API_KEY/]
  ])("%s is refused in one readable line", async ([, name, args, extra, said], context) => {
    const { code, errors, lines } = await run(context, name, args, extra).ended
    expect(code).toBe(1)
    const text = [...lines, ...errors.trim().split("\n")]
    expect(text.at(-1)).toMatch(said)
    expect(text.filter((line) => /^ +at /.test(line))).toEqual([])
  })
})
