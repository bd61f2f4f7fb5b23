import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import * as UnknownFields from "./unknownFields.js"

type Parser = (value: unknown) => Either.Either<any, ParseResult.ParseError>

interface Member {
  readonly shape: UnknownFields.Shape | undefined
  readonly decode: Parser
  readonly encode: Parser
}

const member = (ast: AST.AST): Member => {
  const schema = Schema.make<any, any, never>(ast)
  return {
    shape: UnknownFields.fromAST(ast),
    decode: Schema.decodeUnknownEither(schema),
    encode: Schema.encodeUnknownEither(schema)
  }
}

const literals = (ast: AST.AST): ReadonlyArray<unknown> => {
  const types: ReadonlyArray<AST.AST> = AST.isUnion(ast) ? ast.types : [ast]
  return types.every(AST.isLiteral) ? types.map((type) => type.literal) : []
}

const discriminators = (ast: AST.AST): Map<string, ReadonlyArray<unknown>> =>
  new Map(
    (AST.isTypeLiteral(ast) ? ast.propertySignatures : []).flatMap((signature) => {
      const values = signature.isOptional ? [] : literals(signature.type)
      return values.length > 0 ? [[String(signature.name), values] as const] : []
    })
  )

const isDistinct = (values: ReadonlyArray<unknown>) => new Set(values).size === values.length

/**
 * Chooses the member of a union by the literal that tells them apart, without trying them all.
 */
const select = (asts: ReadonlyArray<AST.AST>, members: ReadonlyArray<Member>) => {
  const [first, ...others] = asts.map(discriminators)
  const key = Array.from(first?.keys() ?? []).find(
    (key) =>
      others.every((other) => other.has(key)) && isDistinct([first!, ...others].flatMap((member) => member.get(key)!))
  )
  if (key === undefined) {
    return undefined
  }
  const byLiteral = new Map(
    [first!, ...others].flatMap((literals, i) => literals.get(key)!.map((literal) => [literal, members[i]!] as const))
  )
  return (value: unknown): Member | undefined =>
    typeof value === "object" && value !== null && Object.hasOwn(value, key)
      ? byLiteral.get((value as Record<string, unknown>)[key])
      : undefined
}

/**
 * Decodes and encodes with one schema or union, fields included that it does not know. Parsers are made here, once.
 */
export const make = (ast: AST.AST) => {
  const asts = AST.isUnion(ast) ? ast.types : [ast]
  const members = asts.map(member)
  const whole = member(ast)
  const byWire = select(asts.map(AST.encodedAST), members) ?? (() => whole)
  const byType = select(asts.map(AST.typeAST), members) ?? (() => whole)

  return {
    /** `undefined` if the value belongs to no member of the union. */
    decode: (value: unknown): Either.Either<any, ParseResult.ParseError> | undefined => {
      const member = byWire(value)
      const result = member?.decode(value)
      if (member?.shape !== undefined && result !== undefined && Either.isRight(result)) {
        UnknownFields.decode(member.shape, value, result.right)
      }
      return result
    },
    encode: (value: unknown): Either.Either<unknown, ParseResult.ParseError> => {
      const { encode, shape } = byType(value) ?? whole
      const result = encode(value)
      if (shape !== undefined && Either.isRight(result)) {
        UnknownFields.encode(shape, value, result.right)
      }
      return result
    }
  }
}

/**
 * Says in one line where a value is not as the schema wants it, and how.
 */
export const explain = (error: ParseResult.ParseError): string => {
  const issue = ParseResult.ArrayFormatter.formatErrorSync(error)[0]
  const message = issue === undefined ? error.message : issue.message
  const path = issue === undefined || issue.path.length === 0 ? "" : `${issue.path.map(String).join(".")}: `
  return path + message
}
