import { existsSync, readFileSync } from "node:fs"
import { describe, expect, it } from "@effect/vitest"

const here = new URL("./", import.meta.url)

const rows = readFileSync(new URL("SCENARIOS.md", here), "utf8")
  .split("\n")
  .flatMap((line) => {
    const match = /^\|\s*(\d+)\s*\|[^|]*\|\s*`([^`]+)`\s*\|\s*(.+?)\s*\|$/.exec(line)
    return match === null ? [] : [{ number: Number(match[1]), file: match[2]!, test: match[3]! }]
  })

describe("the table of scenarios", () => {
  it("has them all", () => {
    const numbers = rows.map(({ number }) => number)
    expect(Array.from(new Set(numbers))).toEqual(Array.from({ length: 35 }, (_, index) => index + 1))
  })

  it.each(rows)("$number is tested: $test", ({ file, test }) => {
    const url = new URL(file, here)
    expect(existsSync(url)).toBe(true)
    // Names are put together from templates here and there: their fixed part is enough.
    expect(readFileSync(url, "utf8")).toContain(test)
  })
})
