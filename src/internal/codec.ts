import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import * as UnknownFields from "./unknownFields.js"

type Parser = (value: unknown) => Either.Either<any, ParseResult.ParseError>

/** A member of a union, or the whole. Its parsers are made when they are first needed. */
export class Member {
  private decoder: Parser | undefined
  private encoder: Parser | undefined
  private fields: { readonly shape: UnknownFields.Shape | undefined } | undefined

  constructor(readonly ast: AST.AST) {}

  get decode(): Parser {
    this.decoder ??= Schema.decodeUnknownEither(Schema.make<any, any, never>(this.ast))
    return this.decoder
  }

  get encode(): Parser {
    this.encoder ??= Schema.encodeUnknownEither(Schema.make<any, any, never>(this.ast))
    return this.encoder
  }

  get shape(): UnknownFields.Shape | undefined {
    this.fields ??= { shape: UnknownFields.fromAST(this.ast) }
    return this.fields.shape
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
  const isIn = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && Object.hasOwn(value, key)
  const memberOf = (value: unknown): Member | undefined => (isIn(value) ? byLiteral.get(value[key]) : undefined)
  return { key, byLiteral: byLiteral as ReadonlyMap<unknown, Member>, isIn, memberOf }
}

/**
 * Decodes and encodes with one schema or union, fields included that it does not know.
 */
export const make = (ast: AST.AST, mapUnknown?: (key: string, value: unknown) => unknown) => {
  const asts = AST.isUnion(ast) ? ast.types : [ast]
  const members = asts.map((ast) => new Member(ast))
  const whole = new Member(ast)
  const byWire = select(asts.map(AST.encodedAST), members)
  const byType = select(asts.map(AST.typeAST), members)

  return {
    /** `undefined` if the value belongs to no member of the union. */
    memberOf: byWire?.memberOf ?? (() => whole),
    /** The field that tells the members apart, and the members by its values. */
    discriminator: byWire,
    decode: (member: Member, value: unknown): Either.Either<any, ParseResult.ParseError> => {
      const result = member.decode(value)
      if (member.shape !== undefined && Either.isRight(result)) {
        UnknownFields.decode(member.shape, value, result.right, mapUnknown)
      }
      return result
    },
    encode: (value: unknown): Either.Either<unknown, ParseResult.ParseError> => {
      const { encode, shape } = byType?.memberOf(value) ?? whole
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
