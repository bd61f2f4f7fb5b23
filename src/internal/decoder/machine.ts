import * as Either from "effect/Either"
import type * as AST from "effect/SchemaAST"
import * as Json from "../json.js"
import * as Build from "./build.js"
import * as Codec from "./codec.js"
import { type Frame, textOf } from "./frame.js"
import * as Pattern from "./pattern.js"
import * as Plan from "./plan.js"
import { unsure } from "./plan.js"
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

/**
 * How a decoder finds what it decodes.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * Takes what the schema describes out of a wrapper. It is not called for an object that has the key which tells the
   * members of a union apart: such an object is not wrapped. It may look at the keys of the frame and the types of their
   * values, but not at the values.
   */
  readonly unwrap?: (value: unknown) => unknown
  /**
   * Maps the value of each field that the schema does not know, at any depth. It must not change the given value.
   */
  readonly mapUnknown?: (key: string, value: unknown) => unknown
  /** Whether code may be generated to decode faster. Defaults to whether the platform allows it. */
  readonly generateCode?: boolean
}

/** Longer frames are parsed: a regular expression keeps a place to go back to for each field. */
const longestMatched = 1 << 16

const failure = (reason: DecodeFailure["reason"], message: string, value: unknown): DecodeFailure => ({
  _tag: "DecodeFailure",
  reason,
  message,
  value
})

/** The fast paths of a member, made when they are first needed. */
const makePaths = ({ ast }: Codec.Member, options: Walk.Options) => {
  const plan = Codec.lazily(() => Plan.make(ast))
  return {
    walk: Codec.lazily(() => Walk.make(plan(), options)),
    pattern: Codec.lazily(() => {
      const known = plan()
      return known._tag === "Struct" ? Pattern.make(known, options.generateCode) : undefined
    })
  }
}

type PathsOf = (member: Codec.Member) => ReturnType<typeof makePaths>

/** Finds the pattern of the event that begins at a place of a text. */
const makePatternAt = ({ byLiteral, key }: Codec.Discriminator, pathsOf: PathsOf) => {
  const kinds = Array.from(byLiteral, ([literal, member]) => ({
    opening: `{${JSON.stringify(key)}:${JSON.stringify(literal)}`,
    pattern: pathsOf(member).pattern
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
  pathsOf: PathsOf,
  takeOut: (frame: unknown) => unknown
): ((text: string) => unknown) => {
  const opening = `{${JSON.stringify(discriminator.key)}:"`
  const patternAt = makePatternAt(discriminator, pathsOf)
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

export interface Machine {
  readonly decode: (frame: Frame) => Either.Either<any, DecodeFailure>
  /** Makes all fast paths, which takes some ms: the first frame of each need not wait. */
  readonly prepare: () => void
}

export const make = (ast: AST.AST, options: Options = {}): Machine => {
  const { mapUnknown, unwrap } = options
  const generateCode = options.generateCode !== false && Build.canGenerateCode()
  const codec = Codec.make(ast, mapUnknown)
  const { discriminator } = codec
  const paths = new Map(codec.members.map((member) => [member, makePaths(member, { generateCode, mapUnknown })]))
  const pathsOf: PathsOf = (member) => paths.get(member)!

  /** Nothing that has the discriminator is a wrapper. */
  const takeOut = (frame: unknown): unknown =>
    unwrap === undefined || discriminator?.isIn(frame) === true ? frame : unwrap(frame)

  const match = Codec.lazily(() =>
    discriminator === undefined ? () => unsure : makeMatch(discriminator, pathsOf, takeOut)
  )
  /** The first frame is parsed, and does not wait until its pattern is made. */
  let isFirst = true

  const decode = (text: string, parsed: unknown, isExact: boolean): Either.Either<any, DecodeFailure> => {
    const bare = discriminator?.memberOf(parsed)
    const value = bare === undefined ? takeOut(parsed) : parsed
    const member = bare ?? codec.memberOf(value)
    const count: Walk.Count = { least: value === parsed ? 0 : Walk.leastAround(parsed, value) }
    const walked = member === undefined ? unsure : pathsOf(member).walk()(value, count)
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

  return {
    decode: (frame) => {
      const text = textOf(frame)
      const matched = isFirst ? unsure : match()(text)
      isFirst = false
      return matched === unsure ? parse(text) : Either.right(matched)
    },
    prepare: () => {
      match()
      isFirst = false
      for (const { pattern, walk } of paths.values()) {
        pattern()
        walk()
      }
    }
  }
}
