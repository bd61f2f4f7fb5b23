import type { StreamNotice } from "effect-binance-user-data"

export interface Element {
  readonly _tag: string
  readonly raw?: unknown
  readonly eventType?: string
  readonly text?: string
}

/** What the simulator did to a frame: how many of its copies were touched, and how many copies there were. */
export interface Touched {
  readonly duplicated: number
  readonly truncated: number
  readonly garbage: number
  readonly sockets: number
}

/** `n` of an event of the sequence; anything else that arrived. */
export type Arrived =
  | number
  | { readonly _tag: "Malformed"; readonly n: number | undefined }
  | { readonly _tag: "Other"; readonly name: string }
  | StreamNotice.StreamNotice

/** A stream that a numbered sequence of events is sent to, and what came of it. */
export interface Sequence {
  readonly name: string
  /** When each event of the sequence was made, in epoch ms on the local clock: before it was pushed. */
  readonly sentAt: Array<number>
  readonly touched: Map<number, Touched>
  readonly arrived: Array<Arrived>
}

const padding = "x".repeat(96)

/** Long enough for its number to survive a truncation. */
export const frameOf = (n: number, at: number) => `{"e":"sequence","n":${n},"E":${at},"pad":"${padding}"}`

const isNotice = (element: Element): boolean =>
  element._tag === "Opened" ||
  element._tag === "Interrupted" ||
  element._tag === "Resumed" ||
  element._tag === "RolledOver"

export const toArrived = (element: Element | StreamNotice.StreamNotice): Arrived => {
  if (isNotice(element)) {
    return element as StreamNotice.StreamNotice
  }
  const { eventType, raw, text = "" } = element as Element
  if (eventType === "sequence" && element._tag === "UnknownEvent") {
    return (raw as { readonly n: number }).n
  }
  // An empty answer of a WebSocket API.
  if (element._tag === "MalformedEvent" && text !== "") {
    const match = /"n":(\d+),/.exec(text)
    return { _tag: "Malformed", n: match === null ? undefined : Number(match[1]) }
  }
  return { _tag: "Other", name: eventType ?? element._tag }
}

export interface Judged {
  readonly delivered: number
  readonly malformed: number
  readonly duplicates: number
  readonly inGaps: number
  readonly gaps: ReadonlyArray<StreamNotice.Gap>
  readonly rollovers: number
}

/** Each event exactly once and in order, or in a reported gap; what the server itself did to frames is allowed for. */
export const judge = (
  sequence: Sequence,
  garbageAllowed: number,
  fail: (text: string, at?: number) => void
): Judged => {
  const { arrived, name, sentAt, touched } = sequence
  const gaps: Array<StreamNotice.Gap> = []
  const whole = new Map<number, number>()
  const malformed = new Map<number, number>()
  let garbage = 0
  let duplicates = 0
  let rollovers = 0
  let isLive = false
  let last = -1
  const inOrder = (n: number) => {
    if (n > last) {
      last = n
      return
    }
    const touch = touched.get(n)
    // A copy that was mangled on one of two sockets is made good by the other one, later.
    if (touch === undefined || touch.sockets === 1 || touch.truncated === 0) {
      fail(`${name}: event ${n} arrived after ${last}`, sentAt[n])
    }
  }
  arrived.forEach((element, index) => {
    if (typeof element === "number") {
      const count = (whole.get(element) ?? 0) + 1
      whole.set(element, count)
      if (!isLive) {
        fail(`${name}: event ${element} arrived while the stream was interrupted`, sentAt[element])
      }
      if (sentAt[element] === undefined) {
        fail(`${name}: event ${element} was never sent`)
      }
      const touch = touched.get(element)
      if (count > 1) {
        duplicates++
        if (count > 1 + (touch?.duplicated ?? 0)) {
          fail(`${name}: event ${element} arrived ${count} times`, sentAt[element])
        }
        return
      }
      if (touch !== undefined && touch.garbage > 0 && touch.sockets === 1) {
        const before = arrived[index - 1]
        if (typeof before === "number" || before?._tag !== "Malformed" || before.n !== undefined) {
          fail(`${name}: the garbage before event ${element} is not in its place`, sentAt[element])
        }
      }
      if (malformed.get(element) === undefined) {
        inOrder(element)
      }
      return
    }
    switch (element._tag) {
      case "Opened":
        if (index > 0) {
          fail(`${name}: opened twice`, element.at)
        }
        isLive = true
        break
      case "Interrupted":
        if (!isLive) {
          fail(`${name}: interrupted twice`, element.at)
        }
        isLive = false
        break
      case "Resumed":
        if (isLive) {
          fail(`${name}: resumed without an interruption`, element.at)
        }
        if (element.gap.from > element.gap.to || element.gap.to > element.at) {
          fail(`${name}: a gap ends before it begins, or after now`, element.at)
        }
        isLive = true
        gaps.push(element.gap)
        break
      case "RolledOver":
        rollovers++
        break
      case "Malformed": {
        const { n } = element
        if (n === undefined) {
          garbage++
          break
        }
        const count = (malformed.get(n) ?? 0) + 1
        malformed.set(n, count)
        if (count > (touched.get(n)?.truncated ?? 0)) {
          fail(`${name}: event ${n} was mangled ${count} times`, sentAt[n])
        }
        if (count === 1 && !whole.has(n)) {
          inOrder(n)
        }
      }
    }
  })
  if (garbage > garbageAllowed) {
    fail(`${name}: ${garbage} frames of garbage arrived, but ${garbageAllowed} were sent`)
  }
  let inGaps = 0
  sentAt.forEach((at, n) => {
    if (!whole.has(n) && !malformed.has(n)) {
      if (!gaps.some(({ from, to }) => from <= at && at <= to)) {
        const nearest = gaps.map(({ from, to }) => Math.max(from - at, at - to)).sort((a, b) => a - b)[0]
        fail(`${name}: event ${n} is lost outside every gap, the nearest of which is ${nearest} ms away`, at)
      } else {
        inGaps++
      }
    }
  })
  return {
    delivered: whole.size,
    malformed: Array.from(malformed.keys()).filter((n) => !whole.has(n)).length,
    duplicates,
    inGaps,
    gaps,
    rollovers
  }
}

export const lengthOf = (gaps: ReadonlyArray<StreamNotice.Gap>): number => {
  let length = 0
  let until = 0
  for (const { from, to } of Array.from(gaps).sort((a, b) => a.from - b.from)) {
    length += Math.max(0, to - Math.max(from, until))
    until = Math.max(until, to)
  }
  return length
}
