import type * as Plan from "./plan.js"

// Makes the decoded value of a struct from the values of its fields. V8 makes a hash table of an object whose many fields
// are set by computed names. So each set of fields that occurs gets a maker that names them all at once.

export type Values = ReadonlyArray<unknown>

export type Build = (values: Values) => Record<string, unknown>

/** In place of the value of a field that is absent. */
export const absent: unique symbol = Symbol.for("effect-binance-user-data/absent")

/** Further sets of fields share one maker, which is slower. */
const maximumMakers = 64

/** As many as a small integer has. */
const bits = 30

/** Content security policies and some runtimes forbid it. */
export const canGenerateCode = (): boolean => {
  try {
    new Function("")
    return true
  } catch {
    return false
  }
}

/** A set of fields as the literal of an object. */
const literalOf = (
  { attached, fields }: Plan.Struct,
  places: ReadonlyArray<number>,
  valueAt: (place: number) => string
) =>
  `{${[
    ...places.map((place) => `${JSON.stringify(fields[place]!.name)}:${valueAt(place)}`),
    ...attached.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
  ].join()}}`

const setEach = (
  decoded: Record<string, unknown>,
  { fields }: Plan.Struct,
  values: Values
): Record<string, unknown> => {
  for (let i = 0; i < fields.length; i++) {
    if (values[i] !== absent) {
      decoded[fields[i]!.name] = values[i]
    }
  }
  return decoded
}

const byName = (plan: Plan.Struct, values: Values): Record<string, unknown> => {
  const decoded = setEach({}, plan, values)
  for (const [name, value] of plan.attached) {
    decoded[name] = value
  }
  return decoded
}

/** Makes objects of the fields that these values have. Generated code holds the names of the schema, and nothing else. */
const makerOf = (plan: Plan.Struct, values: Values, generateCode: boolean): Build => {
  const places = plan.fields.flatMap((_, i) => (values[i] === absent ? [] : i))
  if (generateCode) {
    return new Function("v", `return ${literalOf(plan, places, (place) => `v[${place}]`)}`) as Build
  }
  const blank = JSON.parse(literalOf(plan, places, () => "null"))
  return (values) => setEach({ ...blank }, plan, values)
}

/**
 * The values come in the order of the plan's fields.
 */
export const make = (plan: Plan.Struct, generateCode: boolean): Build => {
  const optional = plan.fields.flatMap(({ isOptional }, i) => (isOptional ? i : []))
  const makers = new Map<number, Map<number, Build>>()
  let count = 0

  const makerAt = (first: number, second: number, values: Values): Build | undefined => {
    const known = makers.get(first)?.get(second)
    if (known !== undefined || count === maximumMakers) {
      return known
    }
    count++
    const maker = makerOf(plan, values, generateCode)
    makers.set(first, (makers.get(first) ?? new Map<number, Build>()).set(second, maker))
    return maker
  }

  return (values) => {
    let first = 0
    let second = 0
    for (let i = 0; i < optional.length; i++) {
      const bit = values[optional[i]!] === absent ? 0 : 1 << (i % bits)
      if (i < bits) {
        first |= bit
      } else {
        second |= bit
      }
    }
    const maker = optional.length > 2 * bits ? undefined : makerAt(first, second, values)
    return maker === undefined ? byName(plan, values) : maker(values)
  }
}
