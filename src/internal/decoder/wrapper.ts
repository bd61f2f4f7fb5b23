import { isLosslessNumber } from "../json.js"
import { digitsEnd } from "./interpret.js"
import { isIndex, isLearnable, Kind, kindOf } from "./plan.js"
import { bytes, cursor, isSpecial } from "./window.js"

// Goes through what surrounds an event without parsing it.

/** A field beside what unwrap takes out. */
interface Sibling {
  readonly literal: Uint8Array
  readonly kind: number
}

/** What surrounds what unwrap takes out. */
export interface Wrapper {
  readonly name: string
  readonly before: ReadonlyArray<Sibling>
  readonly opening: Uint8Array
  readonly after: ReadonlyArray<Sibling>
}

const encode = (ascii: string): Uint8Array => Uint8Array.from(ascii, (character) => character.charCodeAt(0))

/** Numbers that lost nothing are objects, and no scalars here. */
const scalarKind = (value: unknown): number => (typeof value === "object" && value !== null ? 0 : kindOf(value))

/**
 * How the value lies in the frame, if it is one of its fields and the others are scalars.
 */
export const wrapperOf = (frame: unknown, value: unknown): Wrapper | undefined => {
  if (typeof frame !== "object" || frame === null || Array.isArray(frame) || isLosslessNumber(frame)) {
    return undefined
  }
  const fields = Object.entries(frame)
  const place = fields.findIndex(([, field]) => field === value)
  const isKnown = fields.every(
    ([key, field], i) => isLearnable(key) && !isIndex(key) && (i === place || scalarKind(field) !== 0)
  )
  if (place === -1 || fields.length > 8 || !isKnown) {
    return undefined
  }
  const literal = (i: number) => `${i === 0 ? "{" : ","}"${fields[i]![0]}":`
  const sibling = ([, field]: readonly [string, unknown], i: number): Sibling => ({
    literal: encode(literal(i)),
    kind: scalarKind(field)
  })
  const siblings = fields.map(sibling)
  return {
    name: fields.map(([key, field], i) => `${key} ${i === place ? "" : scalarKind(field)}`).join("\n"),
    before: siblings.slice(0, place),
    opening: encode(literal(place)),
    after: siblings.slice(place + 1)
  }
}

const skipLiteral = (literal: Uint8Array): boolean => {
  let at = cursor[0]!
  for (let i = 0; i < literal.length; i++, at++) {
    if (bytes[at] !== literal[i]) {
      return false
    }
  }
  cursor[0] = at
  return true
}

const words = new Map([
  [Kind.Null as number, [encode("null")]],
  [Kind.Boolean as number, [encode("true"), encode("false")]]
])

const skipScalar = (kind: number): boolean => {
  let at = cursor[0]!
  if (kind === Kind.String) {
    if (bytes[at++] !== 0x22) {
      return false
    }
    while (isSpecial[bytes[at]!] === 0) {
      at++
    }
    cursor[0] = at + 1
    return bytes[at] === 0x22
  }
  if (kind === Kind.Number) {
    const end = digitsEnd(at)
    cursor[0] = end
    // More digits could be a number that is parsed to something else than a number.
    return end !== -1 && end - at <= 15
  }
  return words.get(kind)!.some(skipLiteral)
}

const skipSiblings = (siblings: ReadonlyArray<Sibling>): boolean => {
  for (const { kind, literal } of siblings) {
    if (!skipLiteral(literal) || !skipScalar(kind)) {
      return false
    }
  }
  return true
}

/**
 * Goes from the beginning of the frame to where the event begins.
 */
export const enter = (wrappers: ReadonlyArray<Wrapper>): Wrapper | undefined => {
  for (const wrapper of wrappers) {
    cursor[0] = 0
    if (skipSiblings(wrapper.before) && skipLiteral(wrapper.opening)) {
      return wrapper
    }
  }
  cursor[0] = 0
  return undefined
}

/**
 * Goes from the end of the event to that of the wrapper, if that is what follows.
 */
export const leave = ({ after }: Wrapper): boolean => skipSiblings(after) && bytes[cursor[0]!++] === 0x7d
