import * as Option from "effect/Option"
import * as AST from "effect/SchemaAST"

type Fields = Record<string, unknown>

interface Field {
  readonly key: string
  readonly name: string
  readonly shape: Shape | undefined
}

/** The keys on the wire and the names in the decoded value that a struct knows. */
interface Known {
  readonly byKey: { readonly has: (key: string) => boolean }
  readonly names: ReadonlySet<string>
}

interface StructShape extends Known {
  readonly _tag: "Struct"
  readonly byKey: ReadonlyMap<string, Field>
}

interface ItemsShape {
  readonly _tag: "Items"
  readonly item: Shape
}

/**
 * Which fields a schema knows, by their keys on the wire and by their names in the decoded value.
 */
export type Shape = StructShape | ItemsShape

const struct = (fields: ReadonlyArray<Field>, names: Iterable<string>): StructShape => ({
  _tag: "Struct",
  byKey: new Map(fields.map((field) => [field.key, field])),
  names: new Set(names)
})

const propertyNames = (ast: AST.AST): ReadonlyArray<string> =>
  AST.isTypeLiteral(ast) ? ast.propertySignatures.map((signature) => String(signature.name)) : []

const renamed = (inner: Shape | undefined, ast: AST.Transformation): Shape | undefined => {
  if (inner?._tag !== "Struct" || !AST.isTypeLiteralTransformation(ast.transformation)) {
    return undefined
  }
  const names = new Map(
    ast.transformation.propertySignatureTransformations.map(({ from, to }) => [String(from), String(to)])
  )
  return struct(
    Array.from(inner.byKey.values(), (field) => ({ ...field, name: names.get(field.name) ?? field.name })),
    propertyNames(AST.typeAST(ast.to))
  )
}

/**
 * The shape of what a schema decodes; `undefined` where there is no room for unknown fields.
 */
export const fromAST = (ast: AST.AST): Shape | undefined => {
  switch (ast._tag) {
    case "TypeLiteral":
      return ast.indexSignatures.length > 0
        ? undefined
        : struct(
            ast.propertySignatures.map((signature) => ({
              key: String(signature.name),
              name: String(signature.name),
              shape: fromAST(signature.type)
            })),
            propertyNames(ast)
          )
    case "TupleType": {
      const item = ast.elements.length === 0 && ast.rest.length === 1 ? fromAST(ast.rest[0]!.type) : undefined
      return item === undefined ? undefined : { _tag: "Items", item }
    }
    case "Union": {
      const shapes = ast.types.flatMap((type) => Option.toArray(Option.fromNullable(fromAST(type))))
      return shapes.length === 1 ? shapes[0] : undefined
    }
    case "Refinement":
      return fromAST(ast.from)
    case "Transformation":
      return renamed(fromAST(ast.from), ast)
    default:
      return undefined
  }
}

/** Set before a wire key that would otherwise be taken for the name of a known field. */
const escape = "$"

/** The name in the decoded value of a key that the schema does not know. */
const nameOf = (shape: Known, key: string): string =>
  shape.names.has(key) || key.startsWith(escape) ? escape + key : key

const keyOf = (name: string): string => (name.startsWith(escape) ? name.slice(escape.length) : name)

/** Sets a field, whatever its name. */
const set = (fields: Fields, key: string, value: unknown) => {
  if (key === "__proto__") {
    Object.defineProperty(fields, key, { value, writable: true, enumerable: true, configurable: true })
  } else {
    fields[key] = value
  }
}

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null

const walk = (
  shape: Shape,
  from: unknown,
  to: unknown,
  visit: (shape: StructShape, from: Fields, to: Fields) => void
): void => {
  if (shape._tag === "Items") {
    if (Array.isArray(from) && Array.isArray(to)) {
      for (let i = 0; i < from.length; i++) {
        walk(shape.item, from[i], to[i], visit)
      }
    }
  } else if (isFields(from) && isFields(to)) {
    visit(shape, from, to)
  }
}

/**
 * Copies those of the keys that a struct does not know.
 */
export const copy = (
  shape: Known,
  wire: Fields,
  keys: ReadonlyArray<string>,
  decoded: Fields,
  mapUnknown?: (key: string, value: unknown) => unknown
): void => {
  for (const key of keys) {
    if (!shape.byKey.has(key)) {
      set(decoded, nameOf(shape, key), mapUnknown === undefined ? wire[key] : mapUnknown(key, wire[key]))
    }
  }
}

/**
 * Copies the fields that the schema does not know from what came over the wire to what was decoded from it.
 */
export const decode = (
  shape: Shape,
  wire: unknown,
  decoded: unknown,
  mapUnknown?: (key: string, value: unknown) => unknown
): void =>
  walk(shape, wire, decoded, (shape, wire, decoded) => {
    const keys = Object.keys(wire)
    copy(shape, wire, keys, decoded, mapUnknown)
    for (const key of keys) {
      const field = shape.byKey.get(key)
      if (field?.shape !== undefined) {
        decode(field.shape, wire[key], decoded[field.name], mapUnknown)
      }
    }
  })

/**
 * The way back: copies the fields that the schema does not know to what goes over the wire.
 */
export const encode = (shape: Shape, decoded: unknown, wire: unknown): void =>
  walk(shape, decoded, wire, (shape, decoded, wire) => {
    for (const name of Object.keys(decoded)) {
      const key = keyOf(name)
      if (!shape.names.has(name) && !shape.byKey.has(key)) {
        set(wire, key, decoded[name])
      }
    }
    for (const field of shape.byKey.values()) {
      if (field.shape !== undefined) {
        encode(field.shape, decoded[field.name], wire[field.key])
      }
    }
  })
