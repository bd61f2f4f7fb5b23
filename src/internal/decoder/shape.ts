import * as UnknownFields from "../unknownFields.js"
import type * as Plan from "./plan.js"
import { allKinds, isIndex, isLearnable, Kind, kindOf } from "./plan.js"

// What frames of one kind have in common beyond their schema: which keys they have, in which order, and what kinds of
// values. Learned from frames that the schema has let through.

export interface Value {
  /** Nothing is known of a value of which the schema knows nothing. */
  readonly plan: Plan.Plan | undefined
  /** The kinds that were seen, as bits. */
  readonly kinds: number
  /** The one string that it can be. */
  readonly text: string | undefined
  readonly struct: Struct | undefined
  /** Of an array of which no item was seen: `undefined`. */
  readonly item: Value | undefined
}

export interface Slot {
  readonly key: string
  readonly name: string
  /** Whether there were frames without it. */
  readonly isOptional: boolean
  readonly value: Value
}

export interface Struct {
  readonly plan: Plan.Struct
  readonly slots: ReadonlyArray<Slot>
}

/** Beyond this a shape is no longer worth its code. */
const mostSlots = 128

/** As many as there are bits in a small integer. */
const mostOptional = 30

const scalar = (plan: Plan.Plan | undefined, kinds: number, text?: string): Value => ({
  plan,
  kinds,
  text,
  struct: undefined,
  item: undefined
})

/**
 * The shape of a value that has been decoded by the plan, or `undefined` if there is no use in learning it.
 */
const ofValue = (plan: Plan.Plan | undefined, wire: unknown): Value | undefined => {
  if (plan === undefined) {
    return scalar(undefined, allKinds)
  }
  if (plan._tag === "Opaque") {
    return undefined
  }
  const kind = kindOf(wire)
  const kinds = kind | (plan.isNullable ? Kind.Null : 0)
  switch (plan._tag) {
    case "Scalar":
      return scalar(plan, plan.kind === "Text" && kinds !== kind ? kinds | Kind.String : kinds)
    case "Literals":
      return kind !== Kind.String || !isLearnable(wire as string)
        ? undefined
        : plan.isNullable
          ? scalar(plan, kinds)
          : scalar(plan, kinds, wire as string)
    case "Items": {
      if (kind === Kind.Null) {
        return scalar(plan, kinds)
      }
      let item: Value | undefined
      for (const one of wire as ReadonlyArray<unknown>) {
        const next = ofValue(plan.item, one)
        item = next === undefined ? undefined : item === undefined ? next : mergeValue(item, next)
        if (item === undefined) {
          return undefined
        }
      }
      return { plan, kinds, text: undefined, struct: undefined, item }
    }
    case "Struct": {
      if (kind === Kind.Null) {
        return scalar(plan, kinds)
      }
      const struct = ofStruct(plan, wire as Record<string, unknown>)
      return struct === undefined ? undefined : { plan, kinds, text: undefined, struct, item: undefined }
    }
  }
}

/**
 * The shape of a struct that has been decoded by the plan, or `undefined` if there is no use in learning it.
 */
export const ofStruct = (plan: Plan.Struct, wire: Record<string, unknown>): Struct | undefined => {
  const keys = Object.keys(wire)
  if (keys.length === 0 || keys.length > mostSlots) {
    return undefined
  }
  const slots: Array<Slot> = []
  for (const key of keys) {
    const field = plan.fields.find((field) => field.key === key)
    const value = ofValue(field?.plan, wire[key])
    if (value === undefined || !isLearnable(key) || isIndex(key) || key === "__proto__") {
      return undefined
    }
    slots.push({ key, name: field?.name ?? UnknownFields.nameOf(plan.shape, key), isOptional: false, value })
  }
  return { plan, slots }
}

const mergeValue = (a: Value, b: Value): Value | undefined => {
  if (a.text !== b.text) {
    return undefined
  }
  const struct = a.struct === undefined ? b.struct : b.struct === undefined ? a.struct : merge(a.struct, b.struct)
  const item = a.item === undefined ? b.item : b.item === undefined ? a.item : mergeValue(a.item, b.item)
  if ((a.struct !== undefined && struct === undefined) || (a.item !== undefined && item === undefined)) {
    return undefined
  }
  const kinds = a.kinds | b.kinds
  return kinds === a.kinds && struct === a.struct && item === a.item ? a : { ...a, kinds, struct, item }
}

const missing = (slot: Slot): Slot => (slot.isOptional ? slot : { ...slot, isOptional: true })

/**
 * A shape that has the frames of both, and of both's optional fields in any combination; the first one itself, if that
 * is so already; `undefined` if they have their keys in different orders.
 */
export const merge = (a: Struct, b: Struct): Struct | undefined => {
  const slots: Array<Slot> = []
  let i = 0
  for (const slot of b.slots) {
    const j = a.slots.findIndex(({ key }) => key === slot.key)
    if (j === -1) {
      slots.push(missing(slot))
      continue
    }
    if (j < i) {
      return undefined
    }
    while (i < j) {
      slots.push(missing(a.slots[i++]!))
    }
    const known = a.slots[i++]!
    const value = mergeValue(known.value, slot.value)
    if (value === undefined) {
      return undefined
    }
    const isOptional = known.isOptional || slot.isOptional
    slots.push(value === known.value && isOptional === known.isOptional ? known : { ...known, isOptional, value })
  }
  while (i < a.slots.length) {
    slots.push(missing(a.slots[i++]!))
  }
  const isSame = slots.length === a.slots.length && slots.every((slot, i) => slot === a.slots[i])
  if (isSame) {
    return a
  }
  // The first key has a brace before it, the others a comma.
  const isGood =
    slots.length <= mostSlots && !slots[0]!.isOptional && slots.filter((s) => s.isOptional).length <= mostOptional
  return isGood ? { plan: a.plan, slots } : undefined
}
