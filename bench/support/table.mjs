const number = (value) => {
  if (value === undefined) {
    return ""
  }
  const size = Math.abs(value)
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2)
}

const limit = (value, better) => (value === undefined ? "" : `${better === "more" ? ">=" : "<="} ${value}`)

const columns = [
  ["figure", ({ title }) => `  ${title}`],
  ["median", ({ median }) => number(median), "right"],
  ["", ({ unit }) => unit ?? ""],
  ["quartiles", ({ n, q1, q3 }) => (n > 1 ? `${number(q1)} to ${number(q3)}` : "")],
  ["pairs", ({ n }) => (n === undefined ? "" : String(n)), "right"],
  ["CPU", ({ cpu }) => number(cpu), "right"],
  ["must", ({ better, must }) => limit(must, better)],
  ["aim", ({ aim, better }) => limit(aim, better)],
  ["reached", ({ verdict }) => verdict]
]

/** One table of everything. */
export const print = (lines, { cpu, date, versions }, duration) => {
  const cells = lines.map((line) => columns.map(([, cell]) => cell(line)))
  const widths = columns.map(([title], index) => Math.max(title.length, ...cells.map((row) => row[index].length)))
  const write = (row) =>
    process.stdout.write(
      `${row
        .map((cell, index) =>
          columns[index][2] === "right" ? cell.padStart(widths[index]) : cell.padEnd(widths[index])
        )
        .join("  ")
        .trimEnd()}\n`
    )
  const all = Object.entries(versions).map(([name, version]) => `${name} ${version ?? "?"}`)
  process.stdout.write(`\n${cpu}; ${all.join(", ")}; ${date}\n`)
  process.stdout.write("Ratios, where there is no unit: to what they are compared with in the same pair\n\n")
  write(columns.map(([title]) => title))
  let suite
  for (const [index, line] of lines.entries()) {
    if (line.suite !== suite) {
      suite = line.suite
      process.stdout.write(`${suite}\n`)
    }
    write(cells[index])
  }
  const isTooLittle = lines.some(({ must, n }) => must !== undefined && n < 7)
  process.stdout.write(
    `\n${isTooLittle ? "Too few pairs to judge by. " : ""}${Math.round(duration / 1000)} s altogether\n`
  )
}
