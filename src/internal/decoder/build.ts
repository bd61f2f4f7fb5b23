import type * as Plan from "./plan.js"

// Makes the decoded value of a struct from the values of its fields. V8 makes a hash table of an object whose many fields
// are set by computed names. So each set of fields that occurs gets a maker that names them all at once.

export type Values = ReadonlyArray<unknown>

/** In place of the value of a field that is absent. */
export const absent: unique symbol = Symbol.for("effect-binance-user-data/absent")

/** Further sets of fields share one maker, which is slower. */
const maximumMakers = 64

/** As many as a number has exactly. */
const bits = 53

/** Content security policies and some runtimes forbid it. */
export const canGenerateCode = (): boolean => {
  try {
    new Function("")
    return true
  } catch {
    return false
  }
}

/** Fields as the literal of an object: names of the schema with expressions for their values. */
export const literalOf = (
  { attached, fields }: Plan.Struct,
  valueAt: (place: number) => string | undefined
): string => {
  const known = fields.flatMap(({ name }, i) => {
    const value = valueAt(i)
    return value === undefined ? [] : `${JSON.stringify(name)}:${value}`
  })
  return `{${[...known, ...attached.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)].join()}}`
}

type Maker = (values: Values) => Record<string, unknown>

/** Makes objects of the fields that these values have. Generated code holds the names of the schema, and nothing else. */
const makerOf = (plan: Plan.Struct, values: Values, generateCode: boolean): Maker => {
  const literal = (valueAt: (place: number) => string) =>
    literalOf(plan, (place) => (values[place] === absent ? undefined : valueAt(place)))
  if (generateCode) {
    return new Function("v", `return ${literal((place) => `v[${place}]`)}`) as Maker
  }
  const blank = JSON.parse(literal(() => "null"))
  const places = plan.fields.flatMap(({ name }, place) => (values[place] === absent ? [] : { name, place }))
  return (values) => {
    const decoded = { ...blank }
    for (let i = 0; i < places.length; i++) {
      decoded[places[i]!.name] = values[places[i]!.place]
    }
    return decoded
  }
}

export interface Build {
  /** Values of which none is there yet, in the order of the plan's fields. */
  readonly blank: () => Array<unknown>
  readonly make: Maker
}

export const make = (plan: Plan.Struct, generateCode: boolean): Build => {
  const { length } = plan.fields
  const optional = plan.fields.flatMap(({ isOptional }, i) => (isOptional ? i : []))
  const makers = new Map<number, Maker>()
  return {
    blank: () => new Array<unknown>(length).fill(absent),
    make: (values) => {
      // Which of the optional fields are there: each has its bit.
      let set = 0
      for (let i = 0; i < optional.length; i++) {
        set = set * 2 + (values[optional[i]!] === absent ? 0 : 1)
      }
      const known = makers.get(set)
      if (known !== undefined && optional.length <= bits) {
        return known(values)
      }
      const maker = makerOf(plan, values, generateCode && makers.size < maximumMakers && optional.length <= bits)
      if (makers.size < maximumMakers) {
        makers.set(set, maker)
      }
      return maker(values)
    }
  }
}
