import * as Either from "effect/Either"
import { identity } from "effect/Function"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import { isLosslessNumber } from "../json.js"
import * as UnknownFields from "../unknownFields.js"

// What the fast paths know of a schema. Whatever they do not know stays with the parser that Schema makes of it.

/**
 * What a scalar may be on the wire, and what it becomes:
 *
 * - `Text`: a string;
 * - `Redacted`: a string, hidden;
 * - `Decimal`: a string, or a number, which becomes its exact text;
 * - `Digits`: an integer of any size, in quotes or not, which becomes its digits;
 * - `SafeInteger`: an integer that a JavaScript number holds exactly, in quotes or not;
 * - `Number`, `Boolean`: themselves.
 */
export type ScalarKind = "Text" | "Redacted" | "Decimal" | "Digits" | "SafeInteger" | "Number" | "Boolean"

/**
 * The annotation by which a schema of its own says that it decodes as one of the kinds does: nobody can see that in its
 * transformation.
 */
export const ScalarKindId: unique symbol = Symbol.for("effect-binance-user-data/ScalarKind")

export interface Scalar {
  readonly _tag: "Scalar"
  readonly kind: ScalarKind
  readonly isNullable: boolean
}

/** One of these strings. */
export interface Literals {
  readonly _tag: "Literals"
  readonly values: ReadonlySet<string>
  readonly isNullable: boolean
}

export interface Field {
  /** The key on the wire. */
  readonly key: string
  /** The name in the decoded value. */
  readonly name: string
  readonly isOptional: boolean
  readonly plan: Plan
}

export interface Struct {
  readonly _tag: "Struct"
  /** In the order of the decoded value. */
  readonly fields: ReadonlyArray<Field>
  /** What the decoded value has besides. */
  readonly attached: ReadonlyArray<readonly [name: string, value: AST.LiteralValue]>
  readonly shape: UnknownFields.StructShape
  readonly isNullable: boolean
}

export interface Items {
  readonly _tag: "Items"
  readonly item: Plan
  readonly isNullable: boolean
}

export interface Opaque {
  readonly _tag: "Opaque"
  readonly ast: AST.AST
}

export type Plan = Scalar | Literals | Struct | Items | Opaque

/** Kinds of JSON values, as bits. */
export const Kind = { String: 1, Number: 2, Boolean: 4, Null: 8, Struct: 16, Items: 32 } as const

export const allKinds = Kind.String | Kind.Number | Kind.Boolean | Kind.Null | Kind.Struct | Kind.Items

export const kindOf = (wire: unknown): number => {
  switch (typeof wire) {
    case "string":
      return Kind.String
    case "number":
      return Kind.Number
    case "boolean":
      return Kind.Boolean
    default:
      return wire === null
        ? Kind.Null
        : Array.isArray(wire)
          ? Kind.Items
          : isLosslessNumber(wire)
            ? Kind.Number
            : Kind.Struct
  }
}

/** What a scanner can compare byte by byte. */
export const isLearnable = (text: string): boolean => /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/.test(text)

/** Keys that look like indices do not keep their place in an object. */
export const isIndex = (key: string): boolean => /^\d+$/.test(key)

/** What a fast path answers when it cannot tell: perhaps a failure, perhaps only unusual. */
export const unsure: unique symbol = Symbol.for("effect-binance-user-data/unsure")

export type Unsure = typeof unsure

/** Maps the value of a field that the schema does not know. */
export type MapUnknown = (key: string, value: unknown) => unknown

/** The parser of a part that the fast paths do not know. */
export const parser = (ast: AST.AST, mapUnknown: MapUnknown | undefined): ((value: unknown) => unknown) => {
  const decode = Schema.decodeUnknownEither(Schema.make<unknown, unknown, never>(ast))
  const shape = UnknownFields.fromAST(ast)
  return (value) => {
    const result = decode(value)
    if (Either.isLeft(result)) {
      return unsure
    }
    if (shape !== undefined) {
      UnknownFields.decode(shape, value, result.right, mapUnknown)
    }
    return result.right
  }
}

const opaque = (ast: AST.AST): Opaque => ({ _tag: "Opaque", ast })

/** These change how a parser goes about its work, or what it does on a failure. */
const changesParsing = (ast: AST.AST): boolean =>
  AST.ParseOptionsAnnotationId in ast.annotations || AST.DecodingFallbackAnnotationId in ast.annotations

const scalar = (kind: ScalarKind): Scalar => ({ _tag: "Scalar", kind, isNullable: false })

/** Keys that every object seems to have, and `__proto__`, which is not set like the others. */
const isPlainKey = (key: PropertyKey): key is string => typeof key === "string" && !(key in Object.prototype)

const isNull = (ast: AST.AST): boolean => AST.isLiteral(ast) && ast.literal === null

const union = (ast: AST.Union): Plan => {
  if (ast.types.every((type) => AST.isLiteral(type) && typeof type.literal === "string")) {
    const values = ast.types.map((type) => (type as AST.Literal).literal as string)
    return { _tag: "Literals", values: new Set(values), isNullable: false }
  }
  const others = ast.types.filter((type) => !isNull(type))
  const plan = others.length === 1 && ast.types.length === 2 ? make(others[0]!) : opaque(ast)
  return plan._tag === "Opaque" ? opaque(ast) : { ...plan, isNullable: true }
}

const struct = (ast: AST.TypeLiteral): Plan => {
  const { indexSignatures, propertySignatures } = ast
  const shape = UnknownFields.fromAST(ast)
  const isKnown = propertySignatures.length > 0 && indexSignatures.length === 0
  if (!isKnown || shape?._tag !== "Struct" || !propertySignatures.every(({ name }) => isPlainKey(name))) {
    return opaque(ast)
  }
  const fields = propertySignatures.map(
    ({ isOptional, name, type }): Field => ({ key: String(name), name: String(name), isOptional, plan: make(type) })
  )
  return { _tag: "Struct", fields, attached: [], shape, isNullable: false }
}

const isSameList = <A>(a: ReadonlyArray<A>, b: ReadonlyArray<A>, isSame: (a: A, b: A) => boolean): boolean =>
  a.length === b.length && a.every((item, i) => isSame(item, b[i]!))

/** Whether two schemas of decoded values are the same: what one has let through needs no other look. */
const isSameType = (a: AST.AST, b: AST.AST): boolean => {
  if (a === b) {
    return true
  }
  if (a._tag !== b._tag || changesParsing(a) || changesParsing(b)) {
    return false
  }
  switch (a._tag) {
    case "StringKeyword":
    case "NumberKeyword":
    case "BooleanKeyword":
    case "UnknownKeyword":
      return true
    case "Literal":
      return a.literal === (b as AST.Literal).literal
    case "Union":
      return isSameList(a.types, (b as AST.Union).types, isSameType)
    case "Refinement":
      return a.filter === (b as AST.Refinement).filter && isSameType(a.from, (b as AST.Refinement).from)
    case "Declaration":
      return (
        a.decodeUnknown === (b as AST.Declaration).decodeUnknown &&
        isSameList(a.typeParameters, (b as AST.Declaration).typeParameters, isSameType)
      )
    case "TupleType":
      return (
        isSameList(a.rest, (b as AST.TupleType).rest, (a, b) => isSameType(a.type, b.type)) &&
        a.elements.length + (b as AST.TupleType).elements.length === 0
      )
    case "TypeLiteral":
      return (
        isSameList(
          a.propertySignatures,
          (b as AST.TypeLiteral).propertySignatures,
          (a, b) => a.name === b.name && a.isOptional === b.isOptional && isSameType(a.type, b.type)
        ) && a.indexSignatures.length + (b as AST.TypeLiteral).indexSignatures.length === 0
      )
    default:
      return false
  }
}

/** Fields that get other names, and names that are attached: the two that leave values as they are. */
const renamed = (ast: AST.Transformation): Plan => {
  const inner = make(ast.from)
  const from = AST.typeAST(ast.from)
  const { to, transformation } = ast
  const shape = UnknownFields.fromAST(ast)
  if (
    inner._tag !== "Struct" ||
    !AST.isTypeLiteral(from) ||
    !AST.isTypeLiteral(to) ||
    to.indexSignatures.length > 0 ||
    !AST.isTypeLiteralTransformation(transformation) ||
    shape?._tag !== "Struct" ||
    changesParsing(to)
  ) {
    return opaque(ast)
  }
  const types = new Map(from.propertySignatures.map((signature) => [signature.name, signature]))
  const sources = new Map<PropertyKey, PropertyKey>()
  const attached = new Map<PropertyKey, unknown>()
  for (const { decode, from, to } of transformation.propertySignatureTransformations) {
    // They happen one after the other: a name that is also another's key would be taken for it.
    if (sources.has(to) || attached.has(to) || (from !== to && types.has(to))) {
      return opaque(ast)
    }
    if (!types.has(from) && from === to) {
      attached.set(to, Option.getOrUndefined(decode(Option.none())))
    } else if (decode === identity && types.has(from)) {
      sources.set(to, from)
    } else {
      return opaque(ast)
    }
  }
  const renames = new Set(sources.values())
  const literals: Array<readonly [string, AST.LiteralValue]> = []
  const fields: Array<Field> = []
  for (const { isOptional, name, type } of to.propertySignatures) {
    if (attached.has(name)) {
      // Only a literal is sure to be the same each time.
      if (!AST.isLiteral(type) || type.literal !== attached.get(name) || isOptional || !isPlainKey(name)) {
        return opaque(ast)
      }
      literals.push([name, type.literal])
      continue
    }
    const source = sources.get(name) ?? (renames.has(name) ? undefined : name)
    const signature = source === undefined ? undefined : types.get(source)
    const field = inner.fields.find((field) => field.name === source)
    const isSame = signature !== undefined && signature.isOptional === isOptional && isSameType(signature.type, type)
    if (field === undefined || !isSame || !isPlainKey(name)) {
      return opaque(ast)
    }
    fields.push({ ...field, name })
  }
  // A field that the decoded value lacks would still have to be looked at, and this knows only those that it has.
  return fields.length === inner.fields.length
    ? { _tag: "Struct", fields, attached: literals, shape, isNullable: false }
    : opaque(ast)
}

/**
 * What the fast paths know of a schema.
 */
export const make = (ast: AST.AST): Plan => {
  if (changesParsing(ast)) {
    return opaque(ast)
  }
  const kind = ast.annotations[ScalarKindId]
  if (kind !== undefined) {
    return scalar(kind as ScalarKind)
  }
  switch (ast._tag) {
    case "StringKeyword":
      return scalar("Text")
    case "NumberKeyword":
      return scalar("Number")
    case "BooleanKeyword":
      return scalar("Boolean")
    case "Literal":
      return typeof ast.literal === "string"
        ? { _tag: "Literals", values: new Set([ast.literal]), isNullable: false }
        : opaque(ast)
    case "Union":
      return union(ast)
    case "TypeLiteral":
      return struct(ast)
    case "TupleType":
      return ast.elements.length === 0 && ast.rest.length === 1
        ? { _tag: "Items", item: make(ast.rest[0]!.type), isNullable: false }
        : opaque(ast)
    case "Transformation":
      return AST.isTypeLiteralTransformation(ast.transformation) ? renamed(ast) : opaque(ast)
    default:
      return opaque(ast)
  }
}
