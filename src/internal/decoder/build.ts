import type * as Plan from "./plan.js"

// Makes the decoded value of a struct from the values of its fields. V8 turns an object into a hash table when many of its
// fields are set by computed names. So each set of fields that occurs gets a maker that names them all at once.

/** In the order of the plan's fields. Where a field is absent, there is a hole. */
export type Values = ReadonlyArray<unknown>

/** Objects of further sets of fields are made without a maker, which is slower. */
const maximumMakers = 64

/** A number holds this many bits exactly. */
const maximumBits = 53

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

/** Makes objects of the fields that these values have. Generated code holds the names of the schema and nothing else. */
const makerOf = (plan: Plan.Struct, values: Values, generateCode: boolean): Maker => {
  const literal = (valueAt: (place: number) => string) =>
    literalOf(plan, (place) => (place in values ? valueAt(place) : undefined))
  if (generateCode) {
    return new Function("v", `return ${literal((place) => `v[${place}]`)}`) as Maker
  }
  const blank = JSON.parse(literal(() => "null"))
  const places = plan.fields.flatMap(({ name }, place) => (place in values ? { name, place } : []))
  return (values) => {
    const decoded = { ...blank }
    for (let i = 0; i < places.length; i++) {
      decoded[places[i]!.name] = values[places[i]!.place]
    }
    return decoded
  }
}

/** Makes an object of the fields that these values have, without a maker. */
const assemble = ({ attached, fields }: Plan.Struct, values: Values): Record<string, unknown> => {
  const known = fields.flatMap(({ name }, place) => (place in values ? [[name, values[place]] as const] : []))
  return Object.fromEntries([...known, ...attached])
}

export interface Build {
  readonly blank: () => Array<unknown>
  /** What each field adds to a set of fields: a bit of its own if it is optional, and otherwise nothing. */
  readonly bits: ReadonlyArray<number>
  /** Makes the object of the values of a set of fields. */
  readonly make: (values: Values, set: number) => Record<string, unknown>
}

export const make = (plan: Plan.Struct, generateCode: boolean): Build => {
  const { length } = plan.fields
  /** A set that came once has no maker yet: the first event does not wait for it. */
  const makers = new Map<number, Maker | undefined>()
  let optional = 0
  return {
    blank: () => new Array<unknown>(length),
    // `NaN` makes a set that has no number of its own: it gets no maker.
    bits: plan.fields.map(({ isOptional }) =>
      !isOptional ? 0 : optional < maximumBits ? 2 ** optional++ : Number.NaN
    ),
    make: (values, set) => {
      const known = makers.get(set)
      if (known !== undefined) {
        return known(values)
      }
      if (makers.has(set)) {
        const maker = makerOf(plan, values, generateCode)
        makers.set(set, maker)
        return maker(values)
      }
      if (makers.size < maximumMakers && !Number.isNaN(set)) {
        makers.set(set, undefined)
      }
      return assemble(plan, values)
    }
  }
}
