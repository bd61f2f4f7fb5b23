import { identity } from "effect/Function"
import * as Option from "effect/Option"
import * as AST from "effect/SchemaAST"

// What a schema says, as far as the fast paths understand it. Where they do not, a part is opaque, and Schema decodes it.

/** What becomes of a string, a number or a boolean. */
export type ScalarKind =
  | "Text"
  | "Enumerated"
  | "Redacted"
  | "Decimal"
  | "Digits"
  | "SafeInteger"
  | "Number"
  | "Boolean"

/** Says that a schema with a transformation of its own decodes as a kind of scalar does. */
export const ScalarKindId: unique symbol = Symbol.for("effect-binance-user-data/ScalarKind")

/**
 * The keys of a struct, separated by spaces, in the order in which Binance sends them. Behind a key that often is absent
 * stands a question mark. A key that comes in several places stands in each of them.
 */
export const WireOrderId: unique symbol = Symbol.for("effect-binance-user-data/WireOrder")

/** Says that frames have `null` where there is no value. */
export const SentAsNullId: unique symbol = Symbol.for("effect-binance-user-data/SentAsNull")

/** Decodes the `null` of an optional field. But for that, the field has the same type on both sides. */
export const undefinedFromNull = <A>(value: Option.Option<A | null>): Option.Option<A | undefined> =>
  Option.map(value, (value) => (value === null ? undefined : value))

/** Encodes it again. */
export const nullFromUndefined = <A>(value: Option.Option<A | undefined>): Option.Option<A | null> =>
  Option.map(value, (value) => (value === undefined ? null : value))

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
  /** Whether `null` is decoded as `undefined`. */
  readonly isNullish: boolean
  /** Whether frames are known to have `null` here. */
  readonly isSentAsNull: boolean
  readonly plan: Plan
}

export interface Struct {
  readonly _tag: "Struct"
  /** In the order of the decoded value. */
  readonly fields: ReadonlyArray<Field>
  /** The keys in the order of the wire. One that may be absent may come again, for where else it may be. */
  readonly wireOrder: ReadonlyArray<{ readonly key: string; readonly mayBeAbsent: boolean }>
  /** What the decoded value has and the wire does not. */
  readonly attached: ReadonlyArray<readonly [name: string, value: AST.LiteralValue]>
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

/** What a fast path answers when it cannot tell: perhaps a failure, perhaps only unusual. */
export const unsure: unique symbol = Symbol.for("effect-binance-user-data/unsure")

export type Unsure = typeof unsure

/** Maps the value of a field that the schema does not know. */
export type MapUnknown = (key: string, value: unknown) => unknown

const opaque = (ast: AST.AST): Opaque => ({ _tag: "Opaque", ast })

/** Whether an annotation changes how the parser works, or what it does on a failure. */
const changesParsing = (ast: AST.AST): boolean =>
  AST.ParseOptionsAnnotationId in ast.annotations || AST.DecodingFallbackAnnotationId in ast.annotations

const scalar = (kind: ScalarKind): Scalar => ({ _tag: "Scalar", kind, isNullable: false })

const literals = (values: ReadonlyArray<string>): Literals => ({
  _tag: "Literals",
  values: new Set(values),
  isNullable: false
})

/** Not one that every object inherits, such as `__proto__`. */
const isPlainKey = (key: PropertyKey): key is string => typeof key === "string" && !(key in Object.prototype)

const isNull = (ast: AST.AST): boolean => AST.isLiteral(ast) && ast.literal === null

/** The member of a union beside the one that is `null` or `undefined`. */
const besides = (ast: AST.AST, isOther: (ast: AST.AST) => boolean): AST.AST | undefined => {
  const others = AST.isUnion(ast) && ast.types.length === 2 ? ast.types.filter((type) => !isOther(type)) : []
  return others.length === 1 ? others[0] : undefined
}

const union = (ast: AST.Union): Plan => {
  if (ast.types.every((type) => AST.isLiteral(type) && typeof type.literal === "string")) {
    return literals(ast.types.map((type) => (type as AST.Literal).literal as string))
  }
  const other = besides(ast, isNull)
  const plan = other === undefined ? opaque(ast) : make(other)
  return plan._tag === "Opaque" ? opaque(ast) : { ...plan, isNullable: true }
}

const struct = (ast: AST.TypeLiteral): Plan => {
  const { indexSignatures, propertySignatures } = ast
  const isKnown = propertySignatures.length > 0 && indexSignatures.length === 0
  if (!isKnown || !propertySignatures.every(({ name }) => isPlainKey(name))) {
    return opaque(ast)
  }
  const fields = propertySignatures.map(({ isOptional, name, type }): Field => {
    const isSentAsNull = SentAsNullId in (besides(type, isNull) ?? type).annotations
    return { key: String(name), name: String(name), isOptional, isNullish: false, isSentAsNull, plan: make(type) }
  })
  const wireOrder = fields.map(({ isOptional, key }) => ({ key, mayBeAbsent: isOptional }))
  return { _tag: "Struct", fields, wireOrder, attached: [], isNullable: false }
}

const isSameList = <A>(a: ReadonlyArray<A>, b: ReadonlyArray<A>, isSame: (a: A, b: A) => boolean): boolean =>
  a.length === b.length && a.every((item, i) => isSame(item, b[i]!))

/** Whether two schemas of decoded values are the same, so that what passed the one needs no check by the other. */
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
    case "UndefinedKeyword":
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

/** Whether one schema decodes to the type of the other. */
const isDecoded = (from: AST.AST, to: AST.AST): boolean => isSameType(AST.typeAST(from), to)

/**
 * The source of each field that a transformation renames, with whether its `null` becomes `undefined`, and the fields that it
 * attaches; `undefined` if it does anything else.
 */
const renamesOf = ({ propertySignatureTransformations }: AST.TypeLiteralTransformation, keys: Set<PropertyKey>) => {
  const sources = new Map<PropertyKey, { readonly from: PropertyKey; readonly isNullish: boolean }>()
  const attached = new Map<PropertyKey, unknown>()
  for (const { decode, from, to } of propertySignatureTransformations) {
    // Renames happen one after the other: a name that is also a key would be renamed again.
    if (sources.has(to) || attached.has(to) || (from !== to && keys.has(to))) {
      return undefined
    }
    const isNullish = decode === undefinedFromNull
    if (!keys.has(from) && from === to) {
      attached.set(to, Option.getOrUndefined(decode(Option.none())))
    } else if ((decode === identity || isNullish) && keys.has(from)) {
      sources.set(to, { from, isNullish })
    } else {
      return undefined
    }
  }
  return { sources, attached }
}

const renamed = (ast: AST.Transformation): Plan => {
  const inner = make(ast.from)
  const from = AST.isTransformation(ast.from) ? ast.from.to : ast.from
  const { to, transformation } = ast
  if (
    inner._tag !== "Struct" ||
    !AST.isTypeLiteral(from) ||
    !AST.isTypeLiteral(to) ||
    to.indexSignatures.length > 0 ||
    !AST.isTypeLiteralTransformation(transformation) ||
    changesParsing(to)
  ) {
    return opaque(ast)
  }
  const types = new Map(from.propertySignatures.map((signature) => [signature.name, signature]))
  const renames = renamesOf(transformation, new Set(types.keys()))
  if (renames === undefined) {
    return opaque(ast)
  }
  const known = new Map<PropertyKey, Field>(inner.fields.map((field) => [field.name, field]))
  const taken = new Set(Array.from(renames.sources.values(), ({ from }) => from))
  const attached: Array<readonly [string, AST.LiteralValue]> = []
  const fields: Array<Field> = []
  for (const { isOptional, name, type } of to.propertySignatures) {
    if (!isPlainKey(name)) {
      return opaque(ast)
    }
    if (renames.attached.has(name)) {
      // Only a literal is sure to be the same each time.
      if (!AST.isLiteral(type) || type.literal !== renames.attached.get(name) || isOptional) {
        return opaque(ast)
      }
      attached.push([name, type.literal])
      continue
    }
    const source = renames.sources.get(name) ?? (taken.has(name) ? undefined : { from: name, isNullish: false })
    const signature = source === undefined ? undefined : types.get(source.from)
    const field = source === undefined ? undefined : known.get(source.from)
    if (source === undefined || signature === undefined || field === undefined || signature.isOptional !== isOptional) {
      return opaque(ast)
    }
    if (!source.isNullish && !isDecoded(signature.type, type)) {
      return opaque(ast)
    }
    fields.push({ ...field, name, isNullish: field.isNullish || source.isNullish })
  }
  // A field that is dropped would still have to be checked, and a plan has only those that stay.
  return fields.length === inner.fields.length ? { ...inner, fields, attached } : opaque(ast)
}

const inWireOrder = (plan: Plan, ast: AST.AST): Plan => {
  const order = ast.annotations[WireOrderId]
  if (plan._tag !== "Struct" || typeof order !== "string") {
    return plan
  }
  const places = new Map(plan.wireOrder.map((place) => [place.key, place]))
  const named = order.split(" ").flatMap((word) => {
    const { key, mayBeAbsent } = places.get(word.replace("?", "")) ?? { key: undefined, mayBeAbsent: false }
    return key === undefined ? [] : { key, mayBeAbsent: mayBeAbsent && word.endsWith("?") }
  })
  const rest = plan.wireOrder.filter(({ key }) => !named.some((place) => place.key === key))
  return { ...plan, wireOrder: [...named, ...rest] }
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
      return typeof ast.literal === "string" ? literals([ast.literal]) : opaque(ast)
    case "Union":
      return union(ast)
    case "TypeLiteral":
      return inWireOrder(struct(ast), ast)
    case "TupleType":
      return ast.elements.length === 0 && ast.rest.length === 1
        ? { _tag: "Items", item: make(ast.rest[0]!.type), isNullable: false }
        : opaque(ast)
    case "Transformation":
      return AST.isTypeLiteralTransformation(ast.transformation) ? inWireOrder(renamed(ast), ast) : opaque(ast)
    default:
      return opaque(ast)
  }
}
