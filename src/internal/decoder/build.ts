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

/**
 * The values come in the order of the plan's fields. Generated code holds the names of the schema, and nothing else.
 */
export const make = ({ attached, fields }: Plan.Struct, generateCode: boolean): Build => {
  const names = fields.map(({ name }) => name)
  const optional = fields.flatMap(({ isOptional }, i) => (isOptional ? i : []))
  const makers = new Map<number, Map<number, Build>>()
  let count = 0

  const literal = (places: ReadonlyArray<number>, valueAt: (place: number) => string): string => {
    const own = places.map((place) => `${JSON.stringify(names[place])}:${valueAt(place)}`)
    return `{${[...own, ...attached.map((entry) => entry.map((part) => JSON.stringify(part)).join(":"))].join()}}`
  }

  const setEach = (decoded: Record<string, unknown>, values: Values): Record<string, unknown> => {
    for (let i = 0; i < names.length; i++) {
      if (values[i] !== absent) {
        decoded[names[i]!] = values[i]
      }
    }
    return decoded
  }

  const makerOf = (values: Values): Build => {
    const places = names.flatMap((_, i) => (values[i] === absent ? [] : i))
    if (generateCode) {
      return new Function("v", `return ${literal(places, (place) => `v[${place}]`)}`) as Build
    }
    const blank = JSON.parse(literal(places, () => "null"))
    return (values) => setEach({ ...blank }, values)
  }

  const byName: Build = (values) => {
    const decoded = setEach({}, values)
    for (const [name, value] of attached) {
      decoded[name] = value
    }
    return decoded
  }

  if (optional.length > 2 * bits) {
    return byName
  }
  return (values) => {
    let first = 0
    let second = 0
    for (let i = 0; i < optional.length; i++) {
      if (values[optional[i]!] !== absent) {
        if (i < bits) {
          first |= 1 << i
        } else {
          second |= 1 << (i - bits)
        }
      }
    }
    let bySecond = makers.get(first)
    if (bySecond === undefined) {
      if (count === maximumMakers) {
        return byName(values)
      }
      bySecond = new Map()
      makers.set(first, bySecond)
    }
    let maker = bySecond.get(second)
    if (maker === undefined) {
      if (count === maximumMakers) {
        return byName(values)
      }
      count++
      maker = makerOf(values)
      bySecond.set(second, maker)
    }
    return maker(values)
  }
}
