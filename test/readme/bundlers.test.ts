import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import { read } from "./pages.js"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** The words of the command in the guide, as a shell reads them. */
const command = (() => {
  const [, line = ""] = /^```sh\nesbuild ([\s\S]*?)\n```$/m.exec(read("docs/runtimes.md")) ?? []
  const words = line.replaceAll("\\\n", " ").match(/(?:[^\s']|'[^']*')+/g) ?? []
  return words.map((word) => word.replaceAll("'", ""))
})()

const program = `
import { NodeLayer } from "effect-binance-user-data/node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

for (const url of ["http://127.0.0.1:1", "socks5://127.0.0.1:1"]) {
  const error = await Effect.runPromise(Effect.scoped(Effect.flip(Layer.build(NodeLayer.layerProxy(url)))))
  console.log(error._tag, error.advice)
}
await Effect.runPromise(Effect.scoped(Layer.build(NodeLayer.layer)))
console.log("ready")
`

it("esbuild bundles a program as the guide says, without the packages for proxies", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "bundle-"))
  const run = (file: string, args: ReadonlyArray<string>) =>
    execFileSync(file, args, { cwd: folder, encoding: "utf8", stdio: "pipe" })
  try {
    const modules = path.join(folder, "node_modules")
    fs.symlinkSync(path.join(root, "node_modules"), modules)
    fs.writeFileSync(path.join(folder, "main.ts"), program)
    run(path.join(root, "node_modules/.bin/esbuild"), [
      ...command,
      "--log-level=error",
      `--alias:effect-binance-user-data/node=${path.join(root, "src/node/index.ts")}`,
      // Here they are installed.
      "--alias:https-proxy-agent=package-that-is-missing",
      "--alias:socks-proxy-agent=package-that-is-missing"
    ])
    fs.rmSync(modules)
    fs.mkdirSync(modules)
    fs.symlinkSync(path.join(root, "node_modules/ws"), path.join(modules, "ws"))
    expect(run(process.execPath, ["main.mjs"]).trim().split("\n")).toEqual([
      "UnsupportedPlatform Install it: npm i https-proxy-agent",
      "UnsupportedPlatform Install it: npm i socks-proxy-agent",
      "ready"
    ])
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
})
