import * as Either from "effect/Either"
import * as Json from "../json.js"
import { generate, type Scan, type Seen } from "./generate.js"
import type * as Plan from "./plan.js"
import { type MapUnknown, unsure } from "./plan.js"
import * as Shape from "./shape.js"
import { cursor, load } from "./window.js"

// Code for frames that have their keys in one order. Loaded when some have come often enough to be worth it.

/** Frames of a member that have their keys in one order, and the code that scans them. */
export interface Sequence {
  readonly shape: Shape.Struct
  scan: Scan
  /** How many frames there were since the code was made, as long as it is young. */
  age: number
  /** How many had optional fields for which the code makes no object at once. */
  rare: number
  /** After so many of them it is worth to make the code again. */
  patience: number
  readonly seen: Seen
}

/** So many orders of the keys of one member. */
const mostOrders = 8

/** An order is worth its code if so many of the samples have it. */
const fewestSamples = 2

/** So many sets of optional fields for which objects are made at once. */
const mostSets = 8

/** Makes the code of a sequence, again if it was made before: with all that was seen since. */
export const generateCode = (sequence: Sequence, mapUnknown: MapUnknown | undefined): void => {
  const { seen, shape } = sequence
  sequence.age = 0
  sequence.rare = 0
  sequence.scan = generate(shape, mapUnknown, seen, (struct, present) => {
    const sets = seen.get(struct) ?? new Set()
    if (sets.size < mostSets) {
      seen.set(struct, sets.add(present))
      sequence.rare++
    }
  })
}

/** Samples that have their keys in one order, and perhaps the sequence that has the same. */
interface Order {
  shape: Shape.Struct
  readonly known: Sequence | undefined
  readonly samples: Array<string>
}

const shapeOf = (plan: Plan.Struct, sample: string): Shape.Struct | undefined => {
  const parsed = Json.parse(sample)
  return Either.isLeft(parsed) ? undefined : Shape.ofStruct(plan, parsed.right as Record<string, unknown>)
}

const ordersOf = (
  plan: Plan.Struct,
  known: ReadonlyArray<Sequence>,
  samples: ReadonlyArray<string>
): ReadonlyArray<Order> => {
  const orders = known.map((known): Order => ({ shape: known.shape, known, samples: [] }))
  for (const sample of samples) {
    const shape = shapeOf(plan, sample)
    if (shape === undefined) {
      continue
    }
    const order = orders.find((order) => {
      const merged = Shape.merge(order.shape, shape)
      order.shape = merged ?? order.shape
      return merged !== undefined
    })
    if (order === undefined) {
      orders.push({ shape, known: undefined, samples: [sample] })
    } else {
      order.samples.push(sample)
    }
  }
  return orders
}

const scanSample = ({ scan }: Sequence, sample: string): boolean => {
  const length = load(sample)
  cursor[0] = 0
  return length !== -1 && scan(sample) !== unsure
}

const sequenceOf = (
  { known, samples, shape }: Order,
  mapUnknown: MapUnknown | undefined,
  patience: number
): Sequence | undefined => {
  if (known !== undefined && (known.shape === shape || samples.length < fewestSamples)) {
    return known
  }
  if (samples.length < fewestSamples) {
    return undefined
  }
  const sequence: Sequence = { shape, scan: () => unsure, age: 0, rare: 0, patience, seen: new Map() }
  generateCode(sequence, mapUnknown)
  // Only frames that their own code can scan are worth it: in others there are escapes, spaces, equal keys...
  if (samples.filter((sample) => scanSample(sequence, sample)).length < fewestSamples) {
    return known
  }
  if (sequence.rare > 0) {
    generateCode(sequence, mapUnknown)
  }
  return sequence
}

/**
 * The sequences of a member, the latest first: those that are known already, and code for the samples that they do not
 * scan.
 */
export const learn = (
  plan: Plan.Struct,
  known: ReadonlyArray<Sequence>,
  samples: ReadonlyArray<string>,
  mapUnknown: MapUnknown | undefined,
  patience: number
): Array<Sequence> => {
  const orders = ordersOf(plan, known, samples)
  const sequences = orders.flatMap((order) => sequenceOf(order, mapUnknown, patience) ?? [])
  return [...sequences.slice(known.length), ...sequences.slice(0, known.length)].slice(0, mostOrders)
}
