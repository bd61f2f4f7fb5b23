import { spawn } from "node:child_process"
import { once } from "node:events"
import * as readline from "node:readline"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** Only what a process needs: whoever runs the tests may have keys of a real account. */
const environment = (extra: { readonly [name: string]: string }): { readonly [name: string]: string } => ({
  ...(process.env.PATH === undefined ? {} : { PATH: process.env.PATH }),
  ...(process.env.HOME === undefined ? {} : { HOME: process.env.HOME }),
  ...extra
})

/** Runs the dashboard as a user does. */
export const run = (extra: { readonly [name: string]: string } = {}) => {
  const child = spawn(process.execPath, ["--import", "tsx", "examples/dashboard/server.ts"], {
    cwd: root,
    env: environment({ PORT: "0", ...extra }),
    stdio: ["ignore", "pipe", "pipe"]
  })
  const lines: Array<string> = []
  const addresses = (async () => {
    for await (const line of readline.createInterface({ input: child.stdout })) {
      lines.push(line)
      const address = /http:\/\/127\.0\.0\.1:\d+(?= \. Ctrl-C)/.exec(line)
      if (address !== null) {
        return address[0]
      }
    }
    throw new Error("The dashboard ended without an address")
  })()
  addresses.catch(() => undefined)
  const errors: Array<string> = []
  child.stderr.setEncoding("utf8").on("data", (text: string) => errors.push(text))
  const closed = once(child, "close")
  return {
    address: addresses,
    lines,
    /** What the process printed on standard error, and its exit code, when it has ended. */
    ended: closed.then(([code]) => ({ code: code as number | null, errors: errors.join("") })),
    interrupt: () => child.kill("SIGINT"),
    /** For the case that a test failed half-way. */
    kill: () => child.kill("SIGKILL")
  }
}
