import { accessSync, constants, writeSync } from "node:fs"
import * as path from "node:path"
import { type Browser, chromium } from "playwright-core"

const isExecutable = (file: string) => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Where a Chromium is: `CHROMIUM_PATH`, or what is installed. */
export const executablePath =
  process.env.CHROMIUM_PATH ??
  ["chromium", "chromium-browser", "google-chrome"]
    .flatMap((name) => (process.env.PATH ?? "").split(path.delimiter).map((folder) => path.join(folder, name)))
    .find(isExecutable)

/** Tells what is not tested where there is no Chromium. */
export const isMissing = (what: string): boolean => {
  if (executablePath === undefined) {
    // Vitest keeps the output of what passes or is skipped to itself.
    writeSync(2, `${what} not tested in a browser: set CHROMIUM_PATH, or install chromium\n`)
  }
  return executablePath === undefined
}

export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: executablePath!,
    // Chromium does not run as root otherwise.
    chromiumSandbox: process.getuid?.() !== 0
  })
