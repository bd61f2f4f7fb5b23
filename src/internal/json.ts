import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { LosslessNumber, stringify as stringifyLossless } from "lossless-json"

export { LosslessNumber }

/** By its class: a field of that name must not make an object look like one. */
export const isLosslessNumber = (value: unknown): value is LosslessNumber => value instanceof LosslessNumber

/** Nothing from Binance is nested deeper, and a walk over the value would overflow the stack. */
const maximumDepth = 256

/** A number literal that a JavaScript number may not hold exactly. Also matches inside strings, which costs only time. */
const inexactNumber = /[[:,\s](?:-0|-?(?:9\d{15}|\d{17}|\d+[.eE]))/

/** A number that is the whole text: one expression for both takes longer. */
const loneNumber = /^[-\d]/

/** Whether a text has so many opening brackets that it could be too deep: much faster than looking at how they nest. */
const mayBeTooDeep = (text: string): boolean => {
  let count = 0
  for (const bracket of "[{") {
    for (let i = text.indexOf(bracket); i !== -1; i = text.indexOf(bracket, i + 1)) {
      if (++count > maximumDepth) {
        return true
      }
    }
  }
  return false
}

const isTooDeep = (text: string): boolean => {
  if (text.length <= maximumDepth * 4 || !mayBeTooDeep(text)) {
    return false
  }
  let depth = 0
  let isInString = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (isInString) {
      if (code === 0x5c /* \ */) {
        i++
      } else if (code === 0x22 /* " */) {
        isInString = false
      }
    } else if (code === 0x22) {
      isInString = true
    } else if (code === 0x5b /* [ */ || code === 0x7b /* { */) {
      if (++depth > maximumDepth) {
        return true
      }
    } else if (code === 0x5d /* ] */ || code === 0x7d /* } */) {
      depth--
    }
  }
  return false
}

/** Whether JavaScript would write a number back differently. */
const isInexact = (text: string): boolean => {
  const number = Number(text)
  return String(number) !== text || (Number.isInteger(number) && !Number.isSafeInteger(number))
}

/** The numbers of a text, and what looks like them in its strings, that JavaScript may write back differently. */
const candidates = /(?:^|[[:,\s])((?:-0|-?(?:9\d{15}|\d{17}|\d+[.eE]))[\d.eE+-]*)/g

/** Replaces the candidates of a text that are not part of a string. */
const replaceNumbers = (text: string, replace: (number: string) => string): string => {
  let replaced = ""
  let copied = 0
  let quote = text.indexOf('"')
  let isInString = false
  for (const match of text.matchAll(candidates)) {
    for (; quote !== -1 && quote < match.index; quote = text.indexOf('"', quote + 1)) {
      isInString = !isInString || isEscaped(text, quote)
    }
    if (!isInString) {
      const end = match.index + match[0].length
      replaced += text.slice(copied, end - match[1]!.length) + replace(match[1]!)
      copied = end
    }
  }
  return replaced + text.slice(copied)
}

/** Whether a quote in a string is part of it. */
const isEscaped = (text: string, quote: number): boolean => {
  let start = quote
  while (text[start - 1] === "\\") {
    start--
  }
  return (quote - start) % 2 === 1
}

/** From here on, every integer is one that JavaScript may write back differently. */
const firstPlace = 2 ** 53

/** Puts the numbers of a list where their places stand. */
const restore = (value: any, numbers: ReadonlyArray<string>): unknown => {
  if (typeof value === "number") {
    return value < firstPlace ? value : new LosslessNumber(numbers[(value - firstPlace) / 2]!)
  }
  if (typeof value === "object") {
    for (const key in value) {
      value[key] = restore(value[key], numbers)
    }
  }
  return value
}

/**
 * Parses a valid text once more, now with the digits of its numbers: those that JavaScript would write back differently
 * become `LosslessNumber`s. In the text that is parsed, each has its place in a list instead: no other number is as large.
 */
export const parseLossless = (text: string): unknown => {
  const numbers: Array<string> = []
  const withPlaces = replaceNumbers(text, (number) =>
    isInexact(number) ? String(firstPlace + 2 * (numbers.push(number) - 1)) : number
  )
  return restore(JSON.parse(withPlaces), numbers)
}

/** A multiple of 100 has texts as short as its digits, or shorter, such as `1e2`. */
const lengthOfInteger = (number: number): number => {
  if (!Number.isSafeInteger(number)) {
    return 0
  }
  const size = Math.abs(number)
  if (size !== 0 && Math.floor(size / 100) * 100 === size) {
    return 0
  }
  let length = number < 0 ? 2 : 1
  for (let limit = 10; size >= limit; limit *= 10) {
    length++
  }
  return length
}

/**
 * How many characters a parsed scalar has at least in its text. A number that would be written back differently has more
 * than that. 0 if there is no such limit, and for objects and arrays.
 */
export const leastLength = (value: unknown): number => {
  switch (typeof value) {
    case "string":
      return value.length + 2
    case "number":
      return lengthOfInteger(value)
    case "boolean":
      return value ? 4 : 5
    default:
      return value === null ? 4 : 0
  }
}

/**
 * Whether a text may have numbers that JavaScript would write back differently.
 */
export const mayBeInexact = (text: string): boolean => inexactNumber.test(text) || loneNumber.test(text)

/**
 * Parses JSON as JavaScript does: numbers can lose digits. The reason of a failure holds nothing of the text.
 */
export const parseNative = (text: string): Either.Either<unknown, string> => {
  if (isTooDeep(text)) {
    return Either.left(`nested more than ${maximumDepth} levels deep`)
  }
  try {
    return Either.right(JSON.parse(text))
  } catch (error) {
    const position = /at position \d+/.exec(String(error))
    return Either.left(position === null ? "not valid JSON" : `not valid JSON ${position[0]}`)
  }
}

/**
 * Parses JSON without losing a digit: a number that JavaScript would write back differently becomes a `LosslessNumber`.
 * Of two equal keys the last one counts.
 */
export const parse = (text: string): Either.Either<unknown, string> =>
  Either.map(parseNative(text), (value) => (mayBeInexact(text) ? parseLossless(text) : value))

/**
 * Writes JSON, numbers that were parsed without loss and secrets included.
 */
export const stringify = (value: unknown): Either.Either<string, string> => {
  try {
    const text = stringifyLossless(value, (_, value) => (Redacted.isRedacted(value) ? Redacted.value(value) : value))
    return text === undefined ? Either.left("cannot be written as JSON") : Either.right(text)
  } catch {
    return Either.left("cannot be written as JSON")
  }
}
