import * as Duration from "effect/Duration"
import type { Peer } from "../peer.js"
import type * as Fault from "./model.js"

type Of<Tag extends Fault.Fault["_tag"]> = Extract<Fault.Fault, { readonly _tag: Tag }>

export type FrameFault = Of<"Frame" | "DelayFrames">
export type WaitingFault = Of<"Request" | "Connect"> | FrameFault

interface Waiting<A> {
  readonly fault: A
  /** How many pass before. */
  skip: number
  left: number
  readonly until: number
}

const forever = Number.POSITIVE_INFINITY

const endpointMatches = (pattern: string | undefined, endpoint: string, path: string) =>
  pattern === undefined || pattern === endpoint || pattern === path

/**
 * Faults that wait for a request, a connect or a frame.
 */
export class WaitingFaults {
  private requests: Array<Waiting<Of<"Request">>> = []
  private connects: Array<Waiting<Of<"Connect">>> = []
  private frames: Array<Waiting<FrameFault>> = []

  constructor(private readonly now: () => number) {}

  add(fault: WaitingFault) {
    if (fault._tag === "Frame" || fault._tag === "DelayFrames") {
      const skip = fault._tag === "Frame" ? fault.skip : 0
      this.frames.push({ fault, until: forever, skip, left: fault.times })
      return
    }
    const span = fault.scope.for
    const until = span === undefined ? forever : this.now() + Duration.toMillis(span)
    const left = fault.scope.times ?? (span === undefined ? 1 : forever)
    if (fault._tag === "Request") {
      this.requests.push({ fault, until, left, skip: fault.scope.skip ?? 0 })
    } else {
      this.connects.push({ fault, until, left, skip: 0 })
    }
  }

  clear() {
    this.requests = []
    this.connects = []
    this.frames = []
  }

  takeRequest(endpoint: string, path: string): Fault.Answer | undefined {
    return this.take(this.requests, (fault) => endpointMatches(fault.scope.endpoint, endpoint, path))?.answer
  }

  takeConnect(path: string): Of<"Connect"> | undefined {
    return this.take(this.connects, (fault) => fault.path === undefined || path.startsWith(fault.path))
  }

  takeFrame(peer: Peer): FrameFault | undefined {
    return this.frames.length === 0 ? undefined : this.take(this.frames, (fault) => peer.matches(fault.sockets))
  }

  private take<A>(waiting: Array<Waiting<A>>, matches: (fault: A) => boolean): A | undefined {
    const now = this.now()
    for (let index = 0; index < waiting.length; index++) {
      const next = waiting[index]!
      if (next.until <= now) {
        waiting.splice(index--, 1)
      } else if (matches(next.fault) && next.skip > 0) {
        next.skip--
      } else if (matches(next.fault)) {
        if (--next.left <= 0) {
          waiting.splice(index, 1)
        }
        return next.fault
      }
    }
    return undefined
  }
}
