import { existsSync, readFileSync } from "node:fs"
import { describe, expect, it } from "@effect/vitest"

const here = new URL("./", import.meta.url)

const rows = readFileSync(new URL("SCENARIOS.md", here), "utf8")
  .split("\n")
  .flatMap((line) => {
    const match = /^\|\s*([\d.]+)\s*\|[^|]*\|\s*`([^`]+)`\s*\|\s*(.+?)\s*\|$/.exec(line)
    return match === null ? [] : [{ number: match[1]!, file: match[2]!, test: match[3]! }]
  })

/** Of margin and portfolio margin; 17 follows from the sums of `storm.test.ts`. */
const elsewhere = [17, 29, 30, 34]

describe("the table of account scenarios", () => {
  it("has all that concern spot, USD-M and COIN-M", () => {
    const numbers = rows.map(({ number }) => number).filter((number) => !number.includes("."))
    const expected = Array.from({ length: 37 }, (_, index) => index + 1).filter((number) => !elsewhere.includes(number))
    expect(Array.from(new Set(numbers))).toEqual(expected.map(String))
  })

  it("has every limit of what REST can tell", () => {
    const numbers = rows.map(({ number }) => number).filter((number) => number.startsWith("9."))
    expect(numbers).toEqual(Array.from({ length: 9 }, (_, index) => `9.${index + 1}`))
  })

  it.each(rows)("$number is tested: $test", ({ file, test }) => {
    const url = new URL(file, here)
    expect(existsSync(url)).toBe(true)
    expect(readFileSync(url, "utf8")).toContain(test)
  })
})
