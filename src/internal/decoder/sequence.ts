import * as Either from "effect/Either"
import * as Json from "../json.js"
import { type Common, generate, type Scan, type Seen } from "./generate.js"
import type * as Plan from "./plan.js"
import { isLearnable, type MapUnknown, unsure } from "./plan.js"
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
  readonly common: Common
}

/** So many orders of the keys of one member. */
const mostOrders = 8

/** An order is worth its code if so many of the samples have it. */
const fewestSamples = 2

/** So many sets of optional fields for which objects are made at once. */
const mostSets = 8

/** Makes the code of a sequence, again if it was made before: with all that was seen since. */
export const generateCode = (sequence: Sequence, mapUnknown: MapUnknown | undefined): void => {
  const { common, seen, shape } = sequence
  sequence.age = 0
  sequence.rare = 0
  sequence.scan = generate(shape, mapUnknown, seen, common, (struct, present) => {
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
  readonly samples: Array<Sample>
}

interface Sample {
  readonly text: string
  readonly parsed: Record<string, unknown>
}

const sampleOf = (text: string): ReadonlyArray<Sample> =>
  Either.match(Json.parse(text), {
    onLeft: () => [],
    onRight: (parsed) => [{ text, parsed: parsed as Record<string, unknown> }]
  })

const ordersOf = (
  plan: Plan.Struct,
  known: ReadonlyArray<Sequence>,
  samples: ReadonlyArray<Sample>
): ReadonlyArray<Order> => {
  const orders = known.map((known): Order => ({ shape: known.shape, known, samples: [] }))
  for (const sample of samples) {
    const shape = Shape.ofStruct(plan, sample.parsed)
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

const scanText = ({ scan }: Sequence, text: string): boolean => {
  const length = load(text)
  cursor[0] = 0
  return length !== -1 && scan(text) !== unsure
}

const scalars = /:(?:"[^"]*"|-?\d+)/g

/** What a value might be instead. */
const othersOf = (value: string): ReadonlyArray<string> =>
  value.endsWith('"') ? [`${value.slice(0, -1)}~"`, `${value.slice(0, -1)}é"`, value.slice(0, -1)] : [":0", ":-5", ":x"]

/**
 * What code does for the first time after the engine has optimized it undoes the engine's work: each value that was the
 * same in all samples would, once it is another.
 */
const rehearse = (sequence: Sequence, samples: ReadonlyArray<Sample>): void => {
  // The longest one has the most fields.
  const { text } = samples.reduce((a, b) => (b.text.length > a.text.length ? b : a))
  for (const { 0: value, index } of text.matchAll(scalars)) {
    for (const other of othersOf(value)) {
      scanText(sequence, text.slice(0, index) + other + text.slice(index + value.length))
    }
  }
}

/** Of one value, so many strings in so many samples are worth to be compared with. */
const mostCommon = 3
const fewestTimes = 3

const countTexts = (counts: Map<Shape.Value, Map<string, number>>, value: Shape.Value, wire: unknown): void => {
  if (typeof wire === "string") {
    const times = counts.get(value) ?? new Map<string, number>()
    counts.set(value, times.set(wire, (times.get(wire) ?? 0) + 1))
  } else if (Array.isArray(wire)) {
    for (const item of value.item === undefined ? [] : wire) {
      countTexts(counts, value.item!, item)
    }
  } else if (value.struct !== undefined && wire !== null) {
    for (const slot of value.struct.slots) {
      countTexts(counts, slot.value, (wire as Record<string, unknown>)[slot.key])
    }
  }
}

/** The strings that values have in several samples. */
const commonOf = (shape: Shape.Struct, samples: ReadonlyArray<Sample>): Common => {
  const counts = new Map<Shape.Value, Map<string, number>>()
  for (const { parsed } of samples) {
    for (const { key, value } of shape.slots) {
      countTexts(counts, value, parsed[key])
    }
  }
  const often = (times: ReadonlyMap<string, number>) =>
    Array.from(times)
      .filter(([text, count]) => count >= fewestTimes && isLearnable(text))
      .sort(([, a], [, b]) => b - a)
      .slice(0, mostCommon)
      .map(([text]) => text)
  return new Map(Array.from(counts, ([value, times]) => [value, isText(value) ? often(times) : []]))
}

/** Whether its strings stay what they are: those of a secret, or of what the schema does not know, are in no code. */
const isText = ({ plan }: Shape.Value): boolean =>
  plan?._tag === "Scalar" && (plan.kind === "Text" || plan.kind === "Decimal")

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
  const sequence: Sequence = {
    shape,
    scan: () => unsure,
    age: 0,
    rare: 0,
    patience,
    seen: new Map(),
    common: commonOf(shape, samples)
  }
  generateCode(sequence, mapUnknown)
  // Only frames that their own code can scan are worth it: in others there are escapes, spaces, equal keys...
  if (samples.filter(({ text }) => scanText(sequence, text)).length < fewestSamples) {
    return known
  }
  if (sequence.rare > 0) {
    generateCode(sequence, mapUnknown)
  }
  rehearse(sequence, samples)
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
  const orders = ordersOf(plan, known, samples.flatMap(sampleOf))
  const sequences = orders.flatMap((order) => sequenceOf(order, mapUnknown, patience) ?? [])
  return [...sequences.slice(known.length), ...sequences.slice(0, known.length)].slice(0, mostOrders)
}
