/** Who takes part, and in which process. */
export const contenders = {
  parse: { title: "ws + JSON.parse", file: "parse.mjs" },
  forEach: { title: "this library, forEach", file: "library.mjs", options: { consumer: "forEach" } },
  stream: { title: "this library, Stream.runForEach", file: "library.mjs", options: { consumer: "stream" } },
  official: { title: "official connector", file: "official.mjs" }
}

/** The one that all others are compared with. */
export const baseline = "parse"
