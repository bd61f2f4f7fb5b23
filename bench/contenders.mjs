/** Who takes part, and in which process. */
export const contenders = {
  ws: { title: "ws, frames not parsed", file: "ws.mjs" },
  parse: { title: "ws + JSON.parse", file: "parse.mjs" },
  forEach: { title: "this library, forEach", file: "library.mjs", options: { consumer: "forEach" } },
  stream: { title: "this library, Stream.runForEach", file: "library.mjs", options: { consumer: "stream" } },
  withoutCodeGeneration: {
    title: "this library, forEach, no code generation",
    file: "library.mjs",
    options: { consumer: "forEach" },
    execArgv: ["--disallow-code-generation-from-strings"]
  },
  binance: { title: "binance, beautified", file: "binance.mjs" },
  official: { title: "official connector", file: "official.mjs" }
}

/** The one that all others are compared with. */
export const baseline = "parse"
