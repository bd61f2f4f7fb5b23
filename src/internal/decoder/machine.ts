import * as Either from "effect/Either"
import type * as AST from "effect/SchemaAST"
import * as Json from "../json.js"
import * as Build from "./build.js"
import * as Codec from "./codec.js"
import { type Frame, textOf } from "./frame.js"
import * as Pattern from "./pattern.js"
import * as Plan from "./plan.js"
import { type MapUnknown, unsure } from "./plan.js"
import * as Walk from "./walk.js"
import * as Wrapper from "./wrapper.js"

// Three ways to the same answer: a pattern, which needs no parser and knows one order of keys; a walk over parsed JSON,
// which knows all; and the schema itself, which says what is wrong.

/**
 * Why a text could not be decoded.
 *
 * - `InvalidJson`: it is not JSON, or nested too deeply.
 * - `UnknownMember`: it is JSON, but of no member of the union: the literal that tells them apart is absent or another.
 * - `InvalidValue`: the member is known, but the value is not as its schema says.
 *
 * @since 0.1.0
 * @category models
 */
export interface DecodeFailure {
  readonly _tag: "DecodeFailure"
  readonly reason: "InvalidJson" | "UnknownMember" | "InvalidValue"
  /** What is wrong and where, in one line. May quote the value. */
  readonly message: string
  /** What was to be decoded, as far as it could be parsed: `undefined` if it is not JSON. */
  readonly value: unknown
}

export interface Options {
  readonly unwrap?: ((value: unknown) => unknown) | undefined
  readonly mapUnknown?: MapUnknown | undefined
  readonly generateCode?: boolean | undefined
}

/** Longer frames are parsed: a regular expression keeps a place to go back to for each field. */
const longestMatched = 1 << 16

const failure = (reason: DecodeFailure["reason"], message: string, value: unknown): DecodeFailure => ({
  _tag: "DecodeFailure",
  reason,
  message,
  value
})

/** Computes a value when its key is first asked for. */
const memoize = <K, A>(compute: (key: K) => A): ((key: K) => A) => {
  const known = new Map<K, A>()
  return (key) => {
    let value = known.get(key)
    if (value === undefined) {
      value = compute(key)
      known.set(key, value)
    }
    return value
  }
}

/** Finds the pattern of the event that begins at a place of a text. */
const makePatternAt = (
  { byLiteral, key }: Codec.Discriminator,
  make: (member: Codec.Member) => Pattern.Pattern | undefined
) => {
  const kinds = Array.from(byLiteral, ([literal, member]) => ({
    opening: `{${JSON.stringify(key)}:${JSON.stringify(literal)}`,
    pattern: Codec.lazily(() => make(member))
  }))
  return (text: string, start: number): Pattern.Pattern | undefined => {
    let i = 0
    while (i < kinds.length && !text.startsWith(kinds[i]!.opening, start)) {
      i++
    }
    const kind = kinds[i]
    if (kind === undefined) {
      return undefined
    }
    if (i > 0) {
      // What comes often is soon among the first.
      kinds[i] = kinds[i - 1]!
      kinds[i - 1] = kind
    }
    return kind.pattern()
  }
}

/** Decodes the frames that begin as the members of a union do. */
const makeMatch = (
  discriminator: Codec.Discriminator,
  patternOf: (member: Codec.Member) => Pattern.Pattern | undefined,
  takeOut: (frame: unknown) => unknown
): ((text: string) => unknown) => {
  const opening = `{${JSON.stringify(discriminator.key)}:"`
  const patternAt = makePatternAt(discriminator, patternOf)
  const isWrapped = Wrapper.make(takeOut)
  return (text) => {
    const start = text.length > longestMatched ? -1 : text.indexOf(opening)
    const pattern = start === -1 ? undefined : patternAt(text, start)
    if (pattern === undefined) {
      return unsure
    }
    const { read, regExp } = pattern
    regExp.lastIndex = start
    const match = regExp.exec(text)
    if (match === null) {
      return unsure
    }
    const end = regExp.lastIndex
    const isWhole = (start === 0 && end === text.length) || isWrapped(text, start, end)
    return isWhole ? read(match) : unsure
  }
}

export const make = (ast: AST.AST, options: Options = {}): ((frame: Frame) => Either.Either<any, DecodeFailure>) => {
  const { mapUnknown, unwrap } = options
  const generateCode = options.generateCode !== false && Build.canGenerateCode()
  const codec = Codec.make(ast, mapUnknown)
  const { discriminator } = codec

  /** Nothing that has the discriminator is a wrapper. */
  const takeOut = (frame: unknown): unknown =>
    unwrap === undefined || discriminator?.isIn(frame) === true ? frame : unwrap(frame)

  const planOf = memoize((member: Codec.Member) => Plan.make(member.ast))
  const walkOf = memoize((member: Codec.Member) => Walk.make(planOf(member), { generateCode, mapUnknown }))
  const patternOf = (member: Codec.Member): Pattern.Pattern | undefined => {
    const plan = planOf(member)
    return plan._tag === "Struct" ? Pattern.make(plan, generateCode) : undefined
  }
  /** The first frame is parsed, and does not wait until its pattern is made. */
  let match = (_: string): unknown => {
    match = discriminator === undefined ? () => unsure : makeMatch(discriminator, patternOf, takeOut)
    return unsure
  }

  const decode = (text: string, parsed: unknown, isExact: boolean): Either.Either<any, DecodeFailure> => {
    const bare = discriminator?.memberOf(parsed)
    const value = bare === undefined ? takeOut(parsed) : parsed
    const member = bare ?? codec.memberOf(value)
    const count: Walk.Count = { least: value === parsed ? 0 : Walk.leastAround(parsed, value) }
    const walked = member === undefined ? unsure : walkOf(member)(value, count)
    if (!isExact && count.least !== text.length && Json.mayBeInexact(text)) {
      return decode(text, Json.parseLossless(text), true)
    }
    if (member === undefined) {
      return Either.left(failure("UnknownMember", "of no known kind", value))
    }
    return walked !== unsure
      ? Either.right(walked)
      : Either.mapLeft(codec.decode(member, value), (error) => failure("InvalidValue", Codec.explain(error), value))
  }

  const parse = (text: string): Either.Either<any, DecodeFailure> => {
    const parsed = Json.parseNative(text)
    return Either.isLeft(parsed)
      ? Either.left(failure("InvalidJson", parsed.left, undefined))
      : decode(text, parsed.right, false)
  }

  return (frame) => {
    const text = textOf(frame)
    const matched = match(text)
    return matched === unsure ? parse(text) : Either.right(matched)
  }
}
