import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import * as UnknownFields from "./unknownFields.js"

type Parser = (value: unknown) => Either.Either<any, ParseResult.ParseError>

/** Computes a value when it is first asked for. */
export const lazily = <A>(compute: () => A): (() => A) => {
  let computed: { readonly value: A } | undefined
  return () => {
    computed ??= { value: compute() }
    return computed.value
  }
}

const makeMember = (ast: AST.AST) => ({
  ast,
  decode: lazily((): Parser => Schema.decodeUnknownEither(Schema.make<any, any, never>(ast))),
  encode: lazily((): Parser => Schema.encodeUnknownEither(Schema.make<any, any, never>(ast))),
  shape: lazily(() => UnknownFields.fromAST(ast))
})

/** A member of a union, or the whole. Its parsers are made when they are first needed. */
export type Member = ReturnType<typeof makeMember>

/** What a schema decodes. `AST.encodedAST` would go through all fields of a struct, and only literals matter. */
const onWire = (ast: AST.AST): AST.AST => (AST.isTransformation(ast) || AST.isRefinement(ast) ? onWire(ast.from) : ast)

const literals = (ast: AST.AST): ReadonlyArray<unknown> => {
  const types: ReadonlyArray<AST.AST> = AST.isUnion(ast) ? ast.types : [ast]
  return types.every(AST.isLiteral) ? types.map((type) => type.literal) : []
}

/** The values of a field that is one of a few literals. */
const literalsAt = (ast: AST.AST, key: string): ReadonlyArray<unknown> => {
  const signature = AST.isTypeLiteral(ast)
    ? ast.propertySignatures.find(({ isOptional, name }) => name === key && !isOptional)
    : undefined
  return signature === undefined ? [] : literals(onWire(signature.type))
}

/** What tells the members of a union apart: a key whose values are literals. */
export interface Discriminator {
  readonly key: string
  readonly byLiteral: ReadonlyMap<unknown, Member>
  /** Whether a value has the key. */
  readonly isIn: (value: unknown) => boolean
  readonly memberOf: (value: unknown) => Member | undefined
}

/**
 * Chooses the member of a union by the literal that tells them apart, without trying them all.
 */
const select = (asts: ReadonlyArray<AST.AST>, members: ReadonlyArray<Member>): Discriminator | undefined => {
  const [first] = asts
  const keys = first !== undefined && AST.isTypeLiteral(first) ? first.propertySignatures.map(({ name }) => name) : []
  for (const key of keys.map(String)) {
    const values = asts.map((ast) => literalsAt(ast, key))
    const all = values.flat()
    if (!values.every(({ length }) => length > 0) || new Set(all).size < all.length) {
      continue
    }
    const byLiteral = new Map(
      values.flatMap((literals, i) => literals.map((literal) => [literal, members[i]!] as const))
    )
    const isIn = (value: unknown): value is Record<string, unknown> =>
      typeof value === "object" && value !== null && Object.hasOwn(value, key)
    return { key, byLiteral, isIn, memberOf: (value) => (isIn(value) ? byLiteral.get(value[key]) : undefined) }
  }
  return undefined
}

/**
 * Decodes and encodes with one schema or union, fields included that it does not know.
 */
export const make = (ast: AST.AST, mapUnknown?: (key: string, value: unknown) => unknown) => {
  const asts = AST.isUnion(ast) ? ast.types : [ast]
  const members = asts.map(makeMember)
  const whole = makeMember(ast)
  const byWire = select(asts.map(onWire), members)
  const byType = lazily(() => select(asts.map(AST.typeAST), members))

  return {
    members: byWire === undefined ? [whole] : members,
    /** `undefined` if the value belongs to no member of the union. */
    memberOf: byWire?.memberOf ?? (() => whole),
    /** The field that tells the members apart, and the members by its values. */
    discriminator: byWire,
    decode: (member: Member, value: unknown): Either.Either<any, ParseResult.ParseError> => {
      const result = member.decode()(value)
      const shape = member.shape()
      if (shape !== undefined && Either.isRight(result)) {
        UnknownFields.decode(shape, value, result.right, mapUnknown)
      }
      return result
    },
    encode: (value: unknown): Either.Either<unknown, ParseResult.ParseError> => {
      const member = byType()?.memberOf(value) ?? whole
      const result = member.encode()(value)
      const shape = member.shape()
      if (shape !== undefined && Either.isRight(result)) {
        UnknownFields.encode(shape, value, result.right)
      }
      return result
    }
  }
}

/**
 * Says in one line where a value does not match the schema, and how.
 */
export const explain = (error: ParseResult.ParseError): string => {
  const issue = ParseResult.ArrayFormatter.formatErrorSync(error)[0]
  const message = issue === undefined ? error.message : issue.message
  const path = issue === undefined || issue.path.length === 0 ? "" : `${issue.path.map(String).join(".")}: `
  return path + message
}
