import { knownRoutes } from "./products.js"

/**
 * What the URL of a stream socket asks for.
 */
export interface StreamAddress {
  readonly route: string
  readonly isCombined: boolean
  readonly streams: ReadonlyArray<{ readonly name: string; readonly events: ReadonlySet<string> | undefined }>
}

const splitEvents = (text: string | null): ReadonlySet<string> | undefined =>
  text === null ? undefined : new Set(text.split("/").filter((name) => name !== ""))

export const streamAddress = (path: string, query: string): StreamAddress | undefined => {
  const match = /^(\/[a-z-]+)?\/(ws|stream)(?:\/(.*))?$/.exec(path)
  if (match === null || !knownRoutes.includes(match[1] ?? "")) {
    return undefined
  }
  const streams: Array<{ readonly name: string; readonly events: ReadonlySet<string> | undefined }> = []
  const add = (name: string, events: ReadonlySet<string> | undefined) => {
    if (name !== "") {
      streams.push({ name, events })
    }
  }
  for (const name of (match[3] ?? "").split("/")) {
    add(decodeURIComponent(name), undefined)
  }
  // Pairs of `listenKey` and `events` may be repeated: an `events` belongs to the key before it.
  const pairs = Array.from(new URLSearchParams(query))
  pairs.forEach(([name, value], index) => {
    if (name === "streams") {
      for (const stream of value.split("/")) {
        add(stream, undefined)
      }
    } else if (name === "listenKey") {
      const next = pairs[index + 1]
      add(value, splitEvents(next?.[0] === "events" ? next[1] : null))
    }
  })
  return { route: match[1] ?? "", isCombined: match[2] === "stream", streams }
}

/** A path without the credentials in it. */
export const shapeOf = (path: string): string => path.replace(/^(.*?\/(?:ws|stream))\/.*$/, "$1/<listenKey>")
