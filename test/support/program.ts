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

export interface Ended {
  readonly code: number | null
  readonly lines: ReadonlyArray<string>
  /** What the process printed on standard error. */
  readonly errors: string
}

/** Runs a program of this repository as a user does. */
export const run = (
  file: string,
  args: ReadonlyArray<string> = [],
  extra: { readonly [name: string]: string } = {}
) => {
  const loader = file.endsWith(".ts") ? ["--import", "tsx"] : []
  const child = spawn(process.execPath, [...loader, file, ...args], {
    cwd: root,
    env: environment(extra),
    stdio: ["ignore", "pipe", "pipe"]
  })
  const lines: Array<string> = []
  const errors: Array<string> = []
  const waiting = new Set<() => void>()
  readline.createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line)
    for (const look of waiting) {
      look()
    }
  })
  child.stderr.setEncoding("utf8").on("data", (text: string) => errors.push(text))
  const ended: Promise<Ended> = once(child, "close").then(([code]) => ({ code, lines, errors: errors.join("") }))
  return {
    /** The first line of standard output that matches. Fails if the process ends without it. */
    line: (pattern: RegExp): Promise<RegExpExecArray> =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = lines.map((line) => pattern.exec(line)).find((match) => match !== null)
          if (found !== undefined) {
            waiting.delete(look)
            resolve(found)
          }
        }
        waiting.add(look)
        look()
        ended.then(
          () => reject(new Error(`${file} ended without a line like ${pattern}`)),
          (error) => reject(error)
        )
      }),
    /** When the process has ended. */
    ended,
    interrupt: () => child.kill("SIGINT"),
    signal: (signal: "SIGINT" | "SIGTERM") => child.kill(signal),
    /** For the case that a test failed half-way. */
    kill: () => child.kill("SIGKILL")
  }
}
