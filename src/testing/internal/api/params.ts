import { isLosslessNumber, LosslessNumber, parse, stringify } from "lossless-json"
import { missing } from "../refusal.js"

export type Params = { readonly [name: string]: unknown }

/** Exactly the text of a value that was sent. */
export const textOf = (value: unknown): string =>
  typeof value === "string" || isLosslessNumber(value) || typeof value === "boolean"
    ? String(value)
    : (stringify(value) ?? "")

export const isId = (id: unknown): boolean =>
  id === null || typeof id === "string" || (isLosslessNumber(id) && /^-?\d+$/.test(id.value))

/** Sorted by name in byte order, joined without percent-encoding. */
export const payloadOf = (params: Params): string =>
  Object.keys(params)
    .filter((name) => name !== "signature")
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map((name) => `${name}=${textOf(params[name])}`)
    .join("&")

export const mandatory = (params: Params, name: string): string => {
  const value = params[name]
  return value === undefined || value === null || value === "" ? missing(name) : textOf(value)
}

/** The times of events that have more or other ones than `E` and `T`. */
const timeKeys: { readonly [event: string]: ReadonlyArray<string> } = {
  executionReport: ["E", "T", "O", "W", "D"],
  outboundAccountPosition: ["E", "u"]
}

/** An event with its times in microseconds. */
export const toMicroseconds = (text: string): string => {
  try {
    const event = parse(text) as { [name: string]: unknown }
    for (const name of timeKeys[String(event.e)] ?? ["E", "T"]) {
      const value = event[name]
      if (isLosslessNumber(value) && /^\d{13}$/.test(value.value)) {
        event[name] = new LosslessNumber(`${value.value}000`)
      }
    }
    return stringify(event) ?? text
  } catch {
    return text
  }
}
