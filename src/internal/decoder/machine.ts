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

/** Longer frames are parsed: a regular expression needs room to go back for each field. */
const longestMatched = 1 << 16

const failure = (reason: DecodeFailure["reason"], message: string, value: unknown): DecodeFailure => ({
  _tag: "DecodeFailure",
  reason,
  message,
  value
})

/** Computes what is needed of each member when its first event comes. */
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

/**
 * The patterns of the members of a union, by the literal that tells them apart. The first event of each is parsed, and
 * does not wait until its pattern is made.
 */
const makePatternOf = (
  memberOf: (name: string) => Codec.Member | undefined,
  make: (member: Codec.Member) => Pattern.Pattern | undefined
) => {
  const known = new Map<string, Pattern.Pattern | "none" | "not made">()
  return (name: string): Pattern.Pattern | undefined => {
    let pattern = known.get(name)
    if (typeof pattern !== "object") {
      const member = memberOf(name)
      if (pattern === "none" || member === undefined) {
        return undefined
      }
      pattern = pattern === undefined ? "not made" : (make(member) ?? "none")
      known.set(name, pattern)
    }
    return typeof pattern === "object" ? pattern : undefined
  }
}

/** Decodes the frames that begin as the members of a union do: with the literal that tells them apart. */
const makeMatch = (
  key: string,
  patternOf: (name: string) => Pattern.Pattern | undefined,
  takeOut: (frame: unknown) => unknown
): ((text: string) => unknown) => {
  const opening = `{${JSON.stringify(key)}:"`
  const isWrapped = Wrapper.make(takeOut)
  return (text) => {
    const start = text.length > longestMatched ? -1 : text.indexOf(opening)
    if (start === -1) {
      return unsure
    }
    const nameAt = start + opening.length
    const pattern = patternOf(text.substring(nameAt, text.indexOf('"', nameAt)))
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
  const patternOf = makePatternOf(
    (name) => discriminator?.byLiteral.get(name),
    (member) => {
      const plan = planOf(member)
      return plan._tag === "Struct" ? Pattern.make(plan, generateCode) : undefined
    }
  )
  const match = discriminator === undefined ? () => unsure : makeMatch(discriminator.key, patternOf, takeOut)

  const parse = (text: string): Either.Either<any, DecodeFailure> => {
    const parsed = Json.parse(text)
    if (Either.isLeft(parsed)) {
      return Either.left(failure("InvalidJson", parsed.left, undefined))
    }
    const value = takeOut(parsed.right)
    const member = codec.memberOf(value)
    if (member === undefined) {
      return Either.left(failure("UnknownMember", "of no known kind", value))
    }
    const walked = walkOf(member)(value)
    return walked !== unsure
      ? Either.right(walked)
      : Either.mapLeft(codec.decode(member, value), (error) => failure("InvalidValue", Codec.explain(error), value))
  }

  return (frame) => {
    const text = textOf(frame)
    const matched = match(text)
    return matched === unsure ? parse(text) : Either.right(matched)
  }
}
