import type { Frame } from "../../Decoder.js"
import { isLosslessNumber } from "../json.js"
import { reset, scanAnyOrder, signature } from "./anyOrder.js"
import { generate, type Scan } from "./generate.js"
import { digitsEnd, interpret, mostTemplates, type StructProgram, structProgram } from "./interpret.js"
import type * as Plan from "./plan.js"
import { type MapUnknown, type Unsure, unsure } from "./plan.js"
import * as Shape from "./shape.js"
import { bytes, cursor, isSpecial, load, textOf } from "./window.js"

// The shapes that a decoder has learned, and when it learns another.

/** A field beside what unwrap takes out. */
interface Sibling {
  readonly literal: Uint8Array
  readonly kind: number
}

interface Sequence {
  shape: Shape.Struct
  program: StructProgram
  scan: Scan | undefined
  /** Frames since the shape last changed; with code, those for which it had none. */
  heat: number
}

/** What surrounds what unwrap takes out, and the shapes that were found there. */
interface Wrapper {
  readonly name: string
  /** Whether there is a wrapper at all. */
  readonly isBare: boolean
  readonly before: ReadonlyArray<Sibling>
  readonly opening: Uint8Array
  readonly after: ReadonlyArray<Sibling>
  /** The last one that a frame had is the first one to be tried. */
  readonly sequences: Array<Sequence>
}

const mostWrappers = 4
const mostSequences = 32

/** So many orders of keys of frames that begin alike. */
const mostAlike = 8

/** After so many frames of a shape its code is worth its making. */
const hot = 32

/**
 * What is left to learn with: each shape that is learned and each one that is compiled costs one, and each frame that
 * is scanned gives back a little, for to optimize new code costs as much as to decode thousands of frames. Whoever sends
 * nothing but new shapes is soon decoded without being learned from.
 */
const mostCredit = 64
const gain = 1 / 32768

/** Without credit, every so many frames one may still be learned from: things may have settled. */
const patience = 1024

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

/** How the value lies in the frame, if it is the frame or one of its fields and the others are scalars. */
const wrapperOf = (frame: unknown, value: object): Wrapper | undefined => {
  if (frame === value) {
    return { name: "", isBare: true, before: [], opening: encode(""), after: [], sequences: [] }
  }
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
    isBare: false,
    before: siblings.slice(0, place),
    opening: encode(literal(place)),
    after: siblings.slice(place + 1),
    sequences: []
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

const toFront = <A>(list: Array<A>, index: number): void => {
  if (index > 0) {
    const item = list[index]!
    list.copyWithin(1, 0, index)
    list[0] = item
  }
}

type AnyOrder = ReturnType<typeof scanAnyOrder>

const mostUnwrapped = 256

/** While a frame is before the window, the functions that were handed in may not decode another one. */
let isBusy = false

export class Scanner {
  private readonly wrappers: Array<Wrapper> = []
  private credit = mostCredit
  private misses = 0

  private readonly marker: string
  private readonly anyOrder = new Map<string, AnyOrder>()
  /** Kinds of bare frames that unwrap left as they were. */
  private readonly unwrapped = new Set<string>()
  private pending: { readonly frame: Frame; readonly key: string } | undefined

  constructor(
    /** The key that tells the members of the schema apart, and what is known of the one of a name. */
    discriminator: string,
    private readonly planOf: (name: string) => Plan.Plan | undefined,
    /** Whether what unwrap takes out depends on the frame: then a bare value's shape is that of one frame. */
    private readonly hasUnwrap: boolean,
    private mayGenerate: boolean,
    private readonly mapUnknown: MapUnknown | undefined
  ) {
    this.marker = `"${discriminator}":"`
  }

  /** Decodes a frame of a shape that it knows. */
  scan(frame: Frame): unknown {
    this.pending = undefined
    if (this.wrappers.length === 0 || isBusy) {
      return unsure
    }
    const length = load(frame)
    const text = length === -1 ? undefined : textOf(frame, length)
    if (text === undefined) {
      return unsure
    }
    isBusy = true
    try {
      for (let i = 0; i < this.wrappers.length; i++) {
        const decoded = this.scanWrapped(this.wrappers[i]!, text, length)
        if (decoded !== unsure) {
          toFront(this.wrappers, i)
          if (this.credit < mostCredit) {
            this.credit += gain
          }
          return decoded
        }
      }
      if (!this.mayLearn()) {
        for (const wrapper of this.wrappers) {
          const decoded = this.scanAnyOrder(wrapper, frame, text, length)
          if (decoded !== unsure) {
            return decoded
          }
        }
      }
    } finally {
      isBusy = false
    }
    return unsure
  }

  /** Whether the next frame of a new shape is learned from. */
  private mayLearn(): boolean {
    return this.credit >= 1 || this.misses >= patience
  }

  private scanAnyOrder(wrapper: Wrapper, frame: Frame, text: string, length: number): unknown {
    cursor[0] = 0
    if (!wrapper.isBare && !(skipSiblings(wrapper.before) && skipLiteral(wrapper.opening))) {
      return unsure
    }
    const name = this.nameIn(text, cursor[0]!)
    const scan = name === undefined ? undefined : this.inAnyOrder(name)
    if (scan === undefined) {
      return unsure
    }
    reset()
    const decoded = scan(text, this.mapUnknown)
    const isWhole = decoded !== unsure && (wrapper.isBare || this.isClosed(wrapper)) && cursor[0] === length
    if (!isWhole) {
      return unsure
    }
    this.misses++
    if (wrapper.isBare && this.hasUnwrap) {
      // What unwrap makes of such a frame has to be seen once.
      const { isComplete, kinds, present } = signature
      const key = `${name} ${present} ${kinds}`
      if (!isComplete || !this.unwrapped.has(key)) {
        this.pending = isComplete ? { frame, key } : undefined
        return unsure
      }
    }
    return decoded
  }

  private isClosed(wrapper: Wrapper): boolean {
    return skipSiblings(wrapper.after) && bytes[cursor[0]!++] === 0x7d
  }

  /** What seems to be the name of the member: if it is not, its scanner finds out. */
  private nameIn(text: string, from: number): string | undefined {
    const at = text.indexOf(this.marker, from)
    if (at === -1) {
      return undefined
    }
    const start = at + this.marker.length
    return text.substring(start, text.indexOf('"', start))
  }

  private inAnyOrder(name: string): AnyOrder | undefined {
    let scan = this.anyOrder.get(name)
    if (scan === undefined) {
      const plan = this.planOf(name)
      if (plan?._tag === "Struct") {
        scan = scanAnyOrder(plan)
        this.anyOrder.set(name, scan)
      }
    }
    return scan
  }

  private scanWrapped(wrapper: Wrapper, text: string, length: number): Record<string, unknown> | Unsure {
    cursor[0] = 0
    if (!wrapper.isBare && !(skipSiblings(wrapper.before) && skipLiteral(wrapper.opening))) {
      return unsure
    }
    const start = cursor[0]!
    const { sequences } = wrapper
    for (let i = 0; i < sequences.length; i++) {
      const sequence = sequences[i]!
      cursor[0] = start
      const decoded =
        sequence.scan === undefined ? interpret(sequence.program, text, this.mapUnknown) : sequence.scan(text)
      if (decoded !== unsure) {
        const isWhole = wrapper.isBare || this.isClosed(wrapper)
        if (!isWhole || cursor[0] !== length) {
          return unsure
        }
        toFront(sequences, i)
        if (this.mayGenerate && (sequence.scan === undefined ? ++sequence.heat : sequence.heat) >= hot) {
          this.generate(sequence)
        }
        return decoded
      }
    }
    return unsure
  }

  private generate(sequence: Sequence): void {
    sequence.heat = 0
    if (this.credit < 1) {
      return
    }
    this.credit--
    try {
      sequence.scan = generate(sequence.program, this.mapUnknown, (templates, present) => {
        if (templates.size < mostTemplates || templates.has(present)) {
          templates.set(present, templates.get(present))
          sequence.heat++
        }
      })
    } catch {
      // It was allowed when the program started.
      this.mayGenerate = false
    }
  }

  /** Learns from a frame that it did not know, and that was decoded by the plan. */
  learn(frame: Frame, parsed: unknown, value: unknown, plan: Plan.Plan): void {
    if (isBusy || plan._tag !== "Struct" || typeof value !== "object" || value === null) {
      return
    }
    if (this.pending?.frame === frame && parsed === value && this.unwrapped.size < mostUnwrapped) {
      this.unwrapped.add(this.pending.key)
    }
    this.pending = undefined
    if (!this.mayLearn()) {
      this.misses++
      return
    }
    this.misses = 0
    this.credit = Math.max(0, this.credit - 1)
    const wrapper = this.findWrapper(parsed, value)
    const isExact = this.hasUnwrap && wrapper?.isBare === true
    const shape = Shape.ofStruct(plan, value as Record<string, unknown>, isExact)
    if (wrapper === undefined || shape === undefined) {
      return
    }
    // Only a frame that its own shape can scan is worth it: in another one there are escapes, spaces, equal keys...
    const program = structProgram(shape)
    isBusy = true
    const canScan = this.canScan(frame, wrapper, program)
    isBusy = false
    if (canScan) {
      this.add(wrapper, shape, program, isExact)
    }
  }

  private canScan(frame: Frame, wrapper: Wrapper, program: StructProgram): boolean {
    const length = load(frame)
    const text = length === -1 ? undefined : textOf(frame, length)
    if (text === undefined) {
      return false
    }
    const sequences = [{ shape: program.shape, program, scan: undefined, heat: Number.NEGATIVE_INFINITY }]
    return this.scanWrapped({ ...wrapper, sequences }, text, length) !== unsure
  }

  private findWrapper(parsed: unknown, value: object): Wrapper | undefined {
    const wrapper = wrapperOf(parsed, value)
    return this.wrappers.find(({ name }) => name === wrapper?.name) ?? wrapper
  }

  private add(wrapper: Wrapper, shape: Shape.Struct, program: StructProgram, isExact: boolean): void {
    if (!this.wrappers.includes(wrapper)) {
      this.wrappers.splice(mostWrappers - 1)
      this.wrappers.unshift(wrapper)
    }
    const { sequences } = wrapper
    const alike = sequences.filter((other) => Shape.isAlike(other.shape, shape))
    for (const sequence of alike) {
      const merged =
        isExact && !Shape.isSameFrame(sequence.shape, shape) ? undefined : Shape.merge(sequence.shape, shape)
      if (merged !== undefined) {
        sequence.shape = merged
        sequence.program = structProgram(merged)
        sequence.scan = undefined
        sequence.heat = 0
        return
      }
    }
    if (alike.length >= mostAlike) {
      sequences.splice(sequences.indexOf(alike[alike.length - 1]!), 1)
    }
    sequences.splice(mostSequences - 1)
    sequences.unshift({ shape, program, scan: undefined, heat: 0 })
  }
}
