import type { Frame } from "../frame.js"
import { type Interpret, interpretStruct, reset } from "./interpret.js"
import type * as Plan from "./plan.js"
import { type MapUnknown, type Unsure, unsure } from "./plan.js"
import type { Sequence } from "./sequence.js"
import { cursor, load, textOf } from "./window.js"
import * as Wrapper from "./wrapper.js"

// Decodes frames without parsing them: those that come often with code made for them, the others by walking over the
// plan of their member.

/** When code is made. */
export interface Pace {
  /** Of how many frames of a member code is made at a time. */
  readonly samples: number
  /** One frame in so many that come without code is a sample. */
  readonly every: number
  /** Each time samples are taken so many times less often. */
  readonly growth: number
  /** For how many frames new code only takes turns. */
  readonly youth: number
}

/**
 * To make code and to optimize it takes the engine as long as to interpret tens of thousands of frames: what does not
 * come as often gets none, and whoever sends nothing but new orders of keys is soon no longer learned from.
 */
const usual: Pace = { samples: 16, every: 512, growth: 4, youth: 512 }

/**
 * New code is slow until the engine has optimized it, which takes a while that passes beside: so long only one frame in
 * so many is left to it.
 */
const turn = 32

/** Of longer frames no code is made. */
const longestSample = 8192

/** A member of the schema, and what was learned of its frames. */
interface Member {
  readonly plan: Plan.Struct
  readonly interpret: Interpret
  /** The one that a frame had last comes first. */
  sequences: Array<Sequence>
  /** Frames that came without code since a sample was taken. */
  uncoded: number
  every: number
  samples: Array<string>
}

type Learning = typeof import("./sequence.js")

let learning: Learning | undefined
let loading: Promise<void> | undefined

/** Where this cannot be loaded, frames are interpreted for ever. */
export const loadLearning = (): Promise<void> => {
  loading ??= import("./sequence.js").then(
    (loaded) => {
      learning = loaded
    },
    () => {}
  )
  return loading
}

const mostWrappers = 4

/** While a frame is before the window, the functions that were handed in may not decode another one. */
let isBusy = false

const toFront = <A>(list: Array<A>, index: number): void => {
  if (index > 0) {
    const item = list[index]!
    list.copyWithin(1, 0, index)
    list[0] = item
  }
}

export class Scanner {
  private readonly marker: string
  private readonly wrappers: Array<Wrapper.Wrapper> = []
  private readonly members = new Map<string, Member>()
  private readonly pace: Pace
  /** The one that the last frame had is the first one to be tried. */
  private last: Sequence | undefined
  /** The member whose samples are complete. */
  private ripe: Member | undefined

  constructor(
    /** The key that tells the members of the schema apart, and what is known of the one of a name. */
    discriminator: string,
    private readonly planOf: (name: string) => Plan.Plan | undefined,
    private mayGenerate: boolean,
    private readonly mapUnknown: MapUnknown | undefined,
    pace: Partial<Pace> | undefined
  ) {
    this.marker = `"${discriminator}":"`
    this.pace = { ...usual, ...pace }
  }

  /** Decodes a frame if it can be sure of the answer. */
  scan(frame: Frame): unknown {
    if (isBusy) {
      return unsure
    }
    isBusy = true
    try {
      if (this.ripe !== undefined) {
        this.learn(this.ripe)
      }
      const length = load(frame)
      const text = length === -1 ? undefined : textOf(frame, length)
      if (text === undefined) {
        return unsure
      }
      const wrapper = Wrapper.enter(this.wrappers)
      const decoded = this.scanEvent(text)
      const isWhole = decoded !== unsure && (wrapper === undefined || Wrapper.leave(wrapper)) && cursor[0] === length
      return isWhole ? decoded : unsure
    } finally {
      isBusy = false
    }
  }

  /** Learns what surrounds an event, of a frame of which it was not sure. */
  learnWrapper(parsed: unknown, value: unknown): void {
    const wrapper = this.wrappers.length < mostWrappers ? Wrapper.wrapperOf(parsed, value) : undefined
    if (wrapper !== undefined && this.wrappers.every(({ name }) => name !== wrapper.name)) {
      this.wrappers.push(wrapper)
    }
  }

  private scanEvent(text: string): Record<string, unknown> | Unsure {
    const start = cursor[0]!
    const { last } = this
    if (last !== undefined && this.hasTurn(last)) {
      const decoded = last.scan(text)
      if (decoded !== unsure) {
        this.heedRare(last)
        return decoded
      }
    }
    const member = this.memberIn(text, start)
    if (member === undefined) {
      return unsure
    }
    const { sequences } = member
    let isYoung = false
    for (let i = 0; i < sequences.length; i++) {
      const sequence = sequences[i]!
      if (sequence.age < this.pace.youth) {
        isYoung = true
      }
      if (sequence === last || !this.hasTurn(sequence)) {
        continue
      }
      cursor[0] = start
      const decoded = sequence.scan(text)
      if (decoded !== unsure) {
        toFront(sequences, i)
        this.last = sequence
        this.heedRare(sequence)
        return decoded
      }
    }
    cursor[0] = start
    reset()
    const decoded = member.interpret(text, this.mapUnknown)
    if (decoded !== unsure && this.mayGenerate && !isYoung && ++member.uncoded >= member.every) {
      this.takeSample(member, text.substring(start, cursor[0]))
    }
    return decoded
  }

  private hasTurn(sequence: Sequence): boolean {
    return sequence.age >= this.pace.youth || ++sequence.age % turn === 0
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
        const { every } = this.pace
        member = {
          plan,
          interpret: interpretStruct(plan, this.mayGenerate),
          sequences: [],
          uncoded: 0,
          every,
          samples: []
        }
        this.members.set(name, member)
      }
    }
    return member
  }

  private takeSample(member: Member, sample: string): void {
    member.uncoded = 0
    if (member.samples.length < this.pace.samples && sample.length <= longestSample) {
      member.samples.push(sample)
    }
    if (member.samples.length === this.pace.samples) {
      // With the next frame: this one is still before the window.
      this.ripe = member
    }
  }

  /** Makes code for the samples of a member, or waits until it is there that makes it. */
  private learn(member: Member): void {
    if (learning === undefined) {
      void loadLearning()
      return
    }
    const { plan, samples, sequences } = member
    this.ripe = undefined
    member.samples = []
    member.every *= this.pace.growth
    this.generating(() => {
      member.sequences = learning!.learn(plan, sequences, samples, this.mapUnknown, this.pace.every)
    })
  }

  /** Makes better code for optional fields that have turned out to be common. */
  private heedRare(sequence: Sequence): void {
    if (sequence.rare >= sequence.patience) {
      sequence.patience *= this.pace.growth
      this.generating(() => learning!.generateCode(sequence, this.mapUnknown))
    }
  }

  private generating(make: () => void): void {
    try {
      make()
    } catch {
      // It was allowed when the program started.
      this.mayGenerate = false
    }
  }
}
