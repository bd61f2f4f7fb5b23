import * as Either from "effect/Either"
import * as Json from "../json.js"
import { escape } from "./pattern.js"

// What surrounds an event, such as `{"subscriptionId":0,"event":` and `}`: recognized without parsing the frame.

const text = '"[^"\\\\\\x00-\\x1f]*"'
const number = "(?:0|-?[1-9]\\d{0,14})"
const word = "true|false"
const field = `${text}:(?:${text}|${number}|${word}|null)`

const before = new RegExp(`^\\{(?:${field},)*${text}:$`)
const after = new RegExp(`^(?:,${field})*\\}$`)
const eachField = new RegExp(`(${text}:)(?:(${text})|(${number})|(${word})|(null))`, "g")

/** Frames with further wrappers are parsed. */
const maximum = 4

interface Wrapper {
  readonly before: RegExp
  readonly after: RegExp
}

/** Matches texts with the same keys, and values of the same types. */
const likes = (part: string): RegExp => {
  let source = ""
  let at = 0
  for (const match of part.matchAll(eachField)) {
    const [all, key, isText, isNumber, isWord] = match
    const value = isText ? text : isNumber ? number : isWord ? `(?:${word})` : "null"
    source += escape(part.slice(at, match.index) + key) + value
    at = match.index + all.length
  }
  return new RegExp(source + escape(part.slice(at)), "y")
}

const endOf = (regExp: RegExp, frame: string, start: number): number => {
  regExp.lastIndex = start
  return regExp.test(frame) ? regExp.lastIndex : -1
}

/**
 * Makes the function that tells whether `unwrap` takes out of a frame what lies between two places. It depends on the
 * keys of the frame and the types of their values alone: so a few wrappers are remembered.
 */
export const make = (unwrap: (frame: unknown) => unknown) => {
  const known: Array<Wrapper> = []

  const learn = (opening: string, closing: string): boolean => {
    if (known.length === maximum || !before.test(opening) || !after.test(closing)) {
      return false
    }
    // The only object inside: all other values are scalars.
    const parsed: any = Either.getOrUndefined(Json.parse(`${opening}{}${closing}`))
    const unwrapped = parsed === undefined ? undefined : unwrap(parsed)
    if (unwrapped === parsed || typeof unwrapped !== "object" || unwrapped === null) {
      return false
    }
    if (Json.isLosslessNumber(unwrapped) || !Object.values(parsed).includes(unwrapped)) {
      return false
    }
    known.push({ before: likes(opening), after: likes(closing) })
    return true
  }

  return (frame: string, start: number, end: number): boolean =>
    known.some(({ after, before }) => endOf(before, frame, 0) === start && endOf(after, frame, end) === frame.length) ||
    learn(frame.slice(0, start), frame.slice(end))
}
