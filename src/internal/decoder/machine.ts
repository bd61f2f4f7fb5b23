import * as Either from "effect/Either"
import type * as AST from "effect/SchemaAST"
import * as Codec from "../codec.js"
import { type Frame, textOf } from "../frame.js"
import * as Json from "../json.js"
import { compile, type Decode } from "./compile.js"
import * as Plan from "./plan.js"
import { type MapUnknown, unsure } from "./plan.js"
import { type Pace, Scanner } from "./scanner.js"

// Three ways to the same answer: a scanner, which parses nothing, compiled plans for parsed JSON, and the parser that
// Schema makes, which is slow, knows everything, and says what is wrong.

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
  readonly pace?: Partial<Pace> | undefined
}

export interface Machine {
  /** The decoded value if the scanner is sure of it; otherwise `unsure`. */
  readonly scan: (frame: Frame) => unknown
  /** The answer, whatever the frame. */
  readonly decode: (frame: Frame) => Either.Either<any, DecodeFailure>
}

let mayGenerate: boolean | undefined

/** Content security policies and some runtimes forbid it. */
const canGenerateCode = (): boolean => {
  if (mayGenerate === undefined) {
    try {
      new Function("")
      mayGenerate = true
    } catch {
      mayGenerate = false
    }
  }
  return mayGenerate
}

const failure = (reason: DecodeFailure["reason"], message: string, value: unknown): DecodeFailure => ({
  _tag: "DecodeFailure",
  reason,
  message,
  value
})

interface Compiled {
  readonly plan: Plan.Plan
  readonly decode: Decode
}

export const make = (ast: AST.AST, options: Options = {}): Machine => {
  const { mapUnknown, unwrap } = options
  const generateCode = options.generateCode !== false && canGenerateCode()
  const codec = Codec.make(ast, mapUnknown)
  const compiled = new Map<Codec.Member, Compiled>()

  const compiledOf = (member: Codec.Member): Compiled => {
    let known = compiled.get(member)
    if (known === undefined) {
      const plan = Plan.make(member.ast)
      known = { plan, decode: compile(plan, mapUnknown) }
      compiled.set(member, known)
    }
    return known
  }

  const { discriminator } = codec
  const planOf = (name: string): Plan.Plan | undefined => {
    const member = discriminator?.byLiteral.get(name)
    return member === undefined ? undefined : compiledOf(member).plan
  }
  const scanner =
    discriminator === undefined
      ? undefined
      : new Scanner(discriminator.key, planOf, generateCode, mapUnknown, options.pace)

  /** Nothing that has the discriminator is a wrapper. */
  const takeOut = (parsed: unknown): unknown =>
    unwrap === undefined || discriminator?.isIn(parsed) === true ? parsed : unwrap(parsed)

  return {
    scan: (frame) => (scanner === undefined ? unsure : scanner.scan(frame)),
    decode: (frame) => {
      const parsed = Json.parse(textOf(frame))
      if (Either.isLeft(parsed)) {
        return Either.left(failure("InvalidJson", parsed.left, undefined))
      }
      const value = takeOut(parsed.right)
      const member = codec.memberOf(value)
      if (member === undefined) {
        return Either.left(failure("UnknownMember", "of no known kind", value))
      }
      const decoded = compiledOf(member).decode(value)
      if (decoded !== unsure) {
        if (parsed.right !== value) {
          scanner?.learnWrapper(parsed.right, value)
        }
        return Either.right(decoded)
      }
      return Either.mapLeft(codec.decode(member, value), (error) =>
        failure("InvalidValue", Codec.explain(error), value)
      )
    }
  }
}
