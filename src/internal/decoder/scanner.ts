import type { Frame } from "../frame.js"
import { isLosslessNumber } from "../json.js"
import { generate, type Scan, type Seen } from "./generate.js"
import { digitsEnd, type Interpret, interpretStruct, reset } from "./interpret.js"
import type * as Plan from "./plan.js"
import { type MapUnknown, type Unsure, unsure } from "./plan.js"
import * as Shape from "./shape.js"
import { bytes, cursor, isSpecial, load, textOf } from "./window.js"

// Decodes frames without parsing them: those of shapes that come often with code made for them, the others by walking
// over the plan of their member.

/** A field beside what unwrap takes out. */
interface Sibling {
  readonly literal: Uint8Array
  readonly kind: number
}

/** What surrounds what unwrap takes out. */
interface Wrapper {
  readonly name: string
  readonly before: ReadonlyArray<Sibling>
  readonly opening: Uint8Array
  readonly after: ReadonlyArray<Sibling>
}

/** A member of the schema, and how many of its frames came without code since code was last made for it. */
interface Member {
  readonly plan: Plan.Struct
  readonly interpret: Interpret
  uncoded: number
  patience: number
}

/** Frames that have their keys in one order, and the code that scans them. */
interface Sequence {
  readonly shape: Shape.Struct
  readonly seen: Seen
  scan: Scan
  /** How many frames there were since it was made, as long as it is young. */
  age: number
  /** How many had optional fields for which the code makes no object at once. */
  rare: number
  patience: number
}

const mostWrappers = 4
const mostSequences = 32

/** So many orders of the keys of one member. */
const mostAlike = 8

/** So many sets of optional fields for which objects are made at once. */
const mostSets = 8

/** After so many frames code is worth its making. */
const hot = 128

/**
 * To make code and to optimize it costs as much as to decode thousands of frames: each time it takes so many times more
 * frames. Whoever sends nothing but new shapes is soon no longer learned from.
 */
const growth = 16

/**
 * New code is slow until the engine has optimized it, which takes a while that passes beside: so long only one frame in
 * so many is left to it.
 */
const youth = 512
const turn = 8

const encode = (ascii: string): Uint8Array => Uint8Array.from(ascii, (character) => character.charCodeAt(0))

const isAscii = (text: string): boolean => /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/.test(text)

const scalarKind = (value: unknown): number => {
  switch (typeof value) {
    case "string":
      return Shape.Kind.String
    case "number":
      return Shape.Kind.Number
    case "boolean":
      return Shape.Kind.Boolean
    default:
      return value === null ? Shape.Kind.Null : 0
  }
}

/** How the value lies in the frame, if it is one of its fields and the others are scalars. */
const wrapperOf = (frame: unknown, value: unknown): Wrapper | undefined => {
  if (typeof frame !== "object" || frame === null || Array.isArray(frame) || isLosslessNumber(frame)) {
    return undefined
  }
  const fields = Object.entries(frame)
  const place = fields.findIndex(([, field]) => field === value)
  const isKnown = fields.every(
    ([key, field], i) => isAscii(key) && !/^\d+$/.test(key) && (i === place || scalarKind(field) !== 0)
  )
  if (place === -1 || fields.length > 8 || !isKnown) {
    return undefined
  }
  const literal = (i: number) => `${i === 0 ? "{" : ","}"${fields[i]![0]}":`
  const sibling = ([, field]: readonly [string, unknown], i: number): Sibling => ({
    literal: encode(literal(i)),
    kind: scalarKind(field)
  })
  const siblings = fields.map(sibling)
  return {
    name: fields.map(([key, field], i) => `${key} ${i === place ? "" : scalarKind(field)}`).join("\n"),
    before: siblings.slice(0, place),
    opening: encode(literal(place)),
    after: siblings.slice(place + 1)
  }
}

const skipLiteral = (literal: Uint8Array): boolean => {
  let at = cursor[0]!
  for (let i = 0; i < literal.length; i++, at++) {
    if (bytes[at] !== literal[i]) {
      return false
    }
  }
  cursor[0] = at
  return true
}

const words = new Map([
  [Shape.Kind.Null as number, [encode("null")]],
  [Shape.Kind.Boolean as number, [encode("true"), encode("false")]]
])

const skipScalar = (kind: number): boolean => {
  let at = cursor[0]!
  if (kind === Shape.Kind.String) {
    if (bytes[at++] !== 0x22) {
      return false
    }
    while (isSpecial[bytes[at]!] === 0) {
      at++
    }
    cursor[0] = at + 1
    return bytes[at] === 0x22
  }
  if (kind === Shape.Kind.Number) {
    const end = digitsEnd(at)
    cursor[0] = end
    // More digits could be a number that is parsed to something else than a number.
    return end !== -1 && end - at <= 15
  }
  return words.get(kind)!.some(skipLiteral)
}

const skipSiblings = (siblings: ReadonlyArray<Sibling>): boolean => {
  for (const { kind, literal } of siblings) {
    if (!skipLiteral(literal) || !skipScalar(kind)) {
      return false
    }
  }
  return true
}

const isClosed = ({ after }: Wrapper): boolean => skipSiblings(after) && bytes[cursor[0]!++] === 0x7d

const toFront = <A>(list: Array<A>, index: number): void => {
  if (index > 0) {
    const item = list[index]!
    list.copyWithin(1, 0, index)
    list[0] = item
  }
}

/** While a frame is before the window, the functions that were handed in may not decode another one. */
let isBusy = false

export class Scanner {
  private readonly marker: string
  private readonly wrappers: Array<Wrapper> = []
  private readonly members = new Map<string, Member>()
  /** The last one that a frame had is the first one to be tried. */
  private readonly sequences: Array<Sequence> = []
  /** The member for which the next frame that is parsed has code made. */
  private awaited: Member | undefined

  constructor(
    /** The key that tells the members of the schema apart, and what is known of the one of a name. */
    discriminator: string,
    private readonly planOf: (name: string) => Plan.Plan | undefined,
    private mayGenerate: boolean,
    private readonly mapUnknown: MapUnknown | undefined
  ) {
    this.marker = `"${discriminator}":"`
  }

  /** Decodes a frame if it can be sure of the answer, and if there is nothing to be learned from the frame. */
  scan(frame: Frame): unknown {
    this.awaited = undefined
    if (isBusy) {
      return unsure
    }
    const length = load(frame)
    const text = length === -1 ? undefined : textOf(frame, length)
    if (text === undefined) {
      return unsure
    }
    isBusy = true
    try {
      const wrapper = this.enter()
      const decoded = this.scanEvent(text)
      const isWhole = decoded !== unsure && (wrapper === undefined || isClosed(wrapper)) && cursor[0] === length
      return isWhole && this.awaited === undefined ? decoded : unsure
    } finally {
      isBusy = false
    }
  }

  /** Goes to where the event begins. */
  private enter(): Wrapper | undefined {
    for (const wrapper of this.wrappers) {
      cursor[0] = 0
      if (skipSiblings(wrapper.before) && skipLiteral(wrapper.opening)) {
        return wrapper
      }
    }
    cursor[0] = 0
    return undefined
  }

  private scanEvent(text: string): Record<string, unknown> | Unsure {
    const start = cursor[0]!
    const { sequences } = this
    let isYoung = false
    for (let i = 0; i < sequences.length; i++) {
      const sequence = sequences[i]!
      if (sequence.age < youth && ++sequence.age % turn !== 0) {
        isYoung = true
        continue
      }
      cursor[0] = start
      const decoded = sequence.scan(text)
      if (decoded !== unsure) {
        toFront(sequences, i)
        if (sequence.rare >= sequence.patience) {
          sequence.patience *= growth
          this.generate(sequence)
        }
        return decoded
      }
    }
    const member = this.memberIn(text, start)
    if (member === undefined) {
      return unsure
    }
    cursor[0] = start
    reset()
    const decoded = member.interpret(text, this.mapUnknown)
    if (decoded !== unsure && this.mayGenerate && !isYoung && ++member.uncoded >= member.patience) {
      this.awaited = member
    }
    return decoded
  }

  /** The member that the frame seems to be of: if it is not, its scanner finds out. */
  private memberIn(text: string, from: number): Member | undefined {
    const at = text.indexOf(this.marker, from)
    if (at === -1) {
      return undefined
    }
    const start = at + this.marker.length
    const name = text.substring(start, text.indexOf('"', start))
    let member = this.members.get(name)
    if (member === undefined) {
      const plan = this.planOf(name)
      if (plan?._tag === "Struct") {
        member = { plan, interpret: interpretStruct(plan), uncoded: 0, patience: hot }
        this.members.set(name, member)
      }
    }
    return member
  }

  /** Learns from a frame of which it was not sure, and that was decoded by the plan. */
  learn(frame: Frame, parsed: unknown, value: unknown, plan: Plan.Plan): void {
    const { awaited } = this
    this.awaited = undefined
    if (isBusy) {
      return
    }
    if (parsed !== value && this.wrappers.length < mostWrappers) {
      this.learnWrapper(parsed, value)
    }
    if (awaited !== undefined && awaited.plan === plan) {
      awaited.uncoded = 0
      awaited.patience *= growth
      const shape = Shape.ofStruct(awaited.plan, value as Record<string, unknown>)
      if (shape !== undefined) {
        this.learnShape(frame, shape)
      }
    }
  }

  private learnWrapper(parsed: unknown, value: unknown): void {
    const wrapper = wrapperOf(parsed, value)
    if (wrapper !== undefined && this.wrappers.every(({ name }) => name !== wrapper.name)) {
      this.wrappers.push(wrapper)
    }
  }

  private learnShape(frame: Frame, shape: Shape.Struct): void {
    const { sequences } = this
    const alike = sequences.filter((other) => Shape.isAlike(other.shape, shape))
    for (const known of alike) {
      const merged = Shape.merge(known.shape, shape)
      const sequence = merged === undefined ? undefined : this.makeSequence(merged, frame)
      if (sequence !== undefined) {
        sequences[sequences.indexOf(known)] = sequence
        return
      }
    }
    const sequence = this.makeSequence(shape, frame)
    if (sequence !== undefined) {
      if (alike.length >= mostAlike) {
        sequences.splice(sequences.indexOf(alike[alike.length - 1]!), 1)
      }
      sequences.splice(mostSequences - 1)
      sequences.unshift(sequence)
    }
  }

  /** Only a frame that its own code can scan is worth it: in another one there are escapes, spaces, equal keys... */
  private makeSequence(shape: Shape.Struct, frame: Frame): Sequence | undefined {
    const sequence: Sequence = { shape, seen: new Map(), scan: () => unsure, age: 0, rare: 0, patience: hot }
    this.generate(sequence)
    const text = textOf(frame, load(frame))
    if (text === undefined) {
      return undefined
    }
    isBusy = true
    this.enter()
    const decoded = sequence.scan(text)
    isBusy = false
    if (decoded === unsure) {
      return undefined
    }
    if (sequence.rare > 0) {
      this.generate(sequence)
    }
    return sequence
  }

  private generate(sequence: Sequence): void {
    const { seen, shape } = sequence
    sequence.age = 0
    sequence.rare = 0
    try {
      sequence.scan = generate(shape, this.mapUnknown, seen, (struct, present) => {
        const sets = seen.get(struct) ?? new Set()
        if (sets.size < mostSets) {
          seen.set(struct, sets.add(present))
          sequence.rare++
        }
      })
    } catch {
      // It was allowed when the program started.
      this.mayGenerate = false
    }
  }
}
