import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Decoder from "../../src/Decoder.js"

const Circle = Schema.Struct({ kind: Schema.Literal("circle", "disc"), radius: Schema.Number })
const Square = Schema.Struct({
  kind: Schema.Literal("square"),
  width: Schema.propertySignature(Schema.Number).pipe(Schema.fromKey("w")),
  corners: Schema.optionalWith(
    Schema.Array(Schema.Struct({ left: Schema.propertySignature(Schema.Number).pipe(Schema.fromKey("l")) })),
    { exact: true }
  )
})

const decode = Decoder.make(Schema.Union(Circle, Square))

describe("Decoder", () => {
  it("decodes the member that the literal names", () => {
    expect(decode('{"kind":"disc","radius":2}')).toEqual(Either.right({ kind: "disc", radius: 2 }))
    expect(decode('{"kind":"square","w":3}')).toEqual(Either.right({ kind: "square", width: 3 }))
  })

  it("tries no other member", () => {
    let tried = 0
    const Counted = Schema.Struct({
      kind: Schema.Literal("counted"),
      value: Schema.Number.pipe(
        Schema.filter(() => {
          tried++
          return true
        })
      )
    })
    const decode = Decoder.make(Schema.Union(Counted, Circle))
    expect(Either.isRight(decode('{"kind":"circle","radius":2,"value":1}'))).toBe(true)
    expect(Either.isLeft(decode('{"kind":"circle","radius":"2","value":1}'))).toBe(true)
    expect(tried).toBe(0)
    expect(Either.isRight(decode('{"kind":"counted","value":1}'))).toBe(true)
    expect(tried).toBeGreaterThan(0)
  })

  it("says why it cannot", () => {
    expect(decode('{"kind":')).toMatchObject({ left: { reason: "InvalidJson", value: undefined } })
    expect(decode('{"kind":"line"}')).toMatchObject({ left: { reason: "UnknownMember", value: { kind: "line" } } })
    for (const text of ["null", "5", "[]", '"circle"', "{}", '{"kind":{}}', '{"__proto__":{"kind":"circle"}}']) {
      expect(decode(text)).toMatchObject({ left: { reason: "UnknownMember" } })
    }
    expect(decode('{"kind":"circle","radius":"2"}')).toMatchObject({
      left: { reason: "InvalidValue", message: 'radius: Expected number, actual "2"' }
    })
    expect(decode('{"kind":"square","w":1,"corners":[{"l":1},{"l":null}]}')).toMatchObject({
      left: { reason: "InvalidValue", message: "corners.1.l: Expected number, actual null" }
    })
  })

  it("keeps the fields that the schema does not know, at any depth", () => {
    expect(decode('{"kind":"square","w":1,"new":[1],"corners":[{"l":1,"r":{"x":null}}]}')).toEqual(
      Either.right({ kind: "square", width: 1, new: [1], corners: [{ left: 1, r: { x: null } }] })
    )
  })

  it("does not take an unknown field for the known one whose name it has", () => {
    expect(decode('{"kind":"square","width":9,"w":1,"$width":8,"corners":[{"left":7,"l":1}]}')).toEqual(
      Either.right({ kind: "square", width: 1, $width: 9, $$width: 8, corners: [{ left: 1, $left: 7 }] })
    )
    expect(decode('{"kind":"square","width":9}')).toMatchObject({ left: { message: "w: is missing" } })
  })

  it("sets no prototype", () => {
    const shape = Either.getOrThrow(decode('{"kind":"circle","radius":1,"__proto__":{"polluted":true}}')) as any
    expect(shape.polluted).toBeUndefined()
    expect(Object.getPrototypeOf(shape)).toBe(Object.prototype)
    expect(JSON.stringify(shape)).toBe('{"kind":"circle","radius":1,"__proto__":{"polluted":true}}')
  })

  it("decodes a schema that is no union, and none of structs", () => {
    expect(Decoder.make(Circle)('{"kind":"circle","radius":1}')).toMatchObject({ right: { radius: 1 } })
    expect(Decoder.make(Schema.Array(Schema.Number))("[1,2]")).toEqual(Either.right([1, 2]))
    expect(Decoder.make(Schema.Union(Schema.Number, Schema.String))('"a"')).toEqual(Either.right("a"))
    expect(Either.isLeft(Decoder.make(Schema.Number)('"a"'))).toBe(true)
  })

  it("decodes what unwrap finds", () => {
    const decode = Decoder.make(Circle, { unwrap: (value: any) => value?.inner })
    expect(decode('{"inner":{"kind":"circle","radius":1}}')).toMatchObject({ right: { radius: 1 } })
    expect(decode("null")).toMatchObject({ left: { reason: "UnknownMember", value: undefined } })
  })
})
