import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { BinanceError } from "../BinanceError.js"
import { DecodeError, Overflow, TransportError } from "../BinanceError.js"
import { digitsAt, type Frame, hasAt, textOf } from "./frame.js"

/** The response to a request, or, with an `id` of `null`, something the server had to say by itself. */
export interface Answer {
  readonly id: number | string | null
  readonly status: number
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly msg?: string | undefined; readonly data?: unknown } | undefined
  readonly rateLimits?: unknown
}

export type Handler = (frame: Frame) => void

export type Settle = (answer: Either.Either<Answer, BinanceError>) => void

interface Waiting {
  readonly method: string
  /** Takes the events of the subscription that the answer names. */
  readonly handler: Handler | undefined
  readonly settle: Settle
  /** The subscription that the answer began. */
  begun: number | undefined
}

interface Unclaimed {
  /** `undefined` for what concerns every subscription. */
  readonly subscriptionId: number | undefined
  readonly text: string
}

export interface Options {
  readonly send: (text: string) => boolean
  /** How many events of subscriptions that are just being made are kept. */
  readonly capacity: number
  readonly onAnswer: (answer: Answer) => void
  /** Returns what each request in flight fails with. */
  readonly onServerError: (answer: Answer) => (method: string) => BinanceError
}

const decodeAnswer = Schema.decodeUnknownOption(
  Schema.Struct({
    id: Schema.NullOr(Schema.Union(Schema.Number, Schema.String)),
    status: Schema.Number,
    result: Schema.optional(Schema.Unknown),
    error: Schema.optional(
      Schema.Struct({
        code: Schema.Number,
        msg: Schema.optional(Schema.String),
        data: Schema.optional(Schema.Unknown)
      })
    ),
    rateLimits: Schema.optional(Schema.Unknown)
  })
)

const decodeSubscription = Schema.decodeUnknownOption(Schema.Struct({ subscriptionId: Schema.NonNegativeInt }))

const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const addressKey = '{"subscriptionId":'
const eventKey = ',"event":'

/** Most frames are events, and their address stands at their beginning. */
export const addressOf = (frame: Frame): { readonly subscriptionId: number; readonly eventAt: number } | undefined => {
  const digits = hasAt(frame, 0, addressKey) ? digitsAt(frame, addressKey.length) : undefined
  return digits !== undefined && hasAt(frame, digits.end, eventKey)
    ? { subscriptionId: digits.value, eventAt: digits.end + eventKey.length }
    : undefined
}

/** The address of an answer whose rest cannot be parsed. */
const answerAddress = /^\s*\{\s*"id"\s*:\s*"?(\d+)/

const parse = (text: string): Option.Option<unknown> => {
  try {
    return Option.some(JSON.parse(text))
  } catch {
    return Option.none()
  }
}

/** What an answer tells: in `result`, or, as the samples of some methods show it, beside it. */
export const contentOf = (answer: Answer): unknown =>
  isObject(answer.result) || answer.result === undefined ? { ...answer, ...answer.result } : answer.result

const subscriptionOf = (answer: Answer): number | undefined =>
  answer.error !== undefined
    ? undefined
    : Option.getOrUndefined(Option.map(decodeSubscription(contentOf(answer)), ({ subscriptionId }) => subscriptionId))

const listenTokenMethod = "userDataStream.subscribe.listenToken"

/**
 * Brings every frame of a WebSocket API connection to where it belongs: answers to their requests, events to the
 * handlers of their subscriptions. Works synchronously, so that nothing can come in between an answer and the events
 * behind it.
 */
export class WebSocketRouter {
  private nextId = 1
  private readonly waiting = new Map<number, Waiting>()
  /** Requests to subscribe that nobody waits for any more. */
  private readonly abandoned = new Set<number>()
  private readonly handlers = new Map<number, Handler>()
  private subscribing = 0
  private unclaimed: Array<Unclaimed> = []
  /** Subscriptions of which an event did not fit into `unclaimed`. */
  private readonly overflowed = new Set<number | undefined>()
  private closedReason: string | undefined

  constructor(private readonly options: Options) {}

  /** Sends a request; returns how to give it up. */
  request(
    method: string,
    params: { readonly [name: string]: unknown },
    handler: Handler | undefined,
    settle: Settle
  ): () => void {
    const id = this.nextId++
    const waiting: Waiting = { method, handler, settle, begun: undefined }
    this.waiting.set(id, waiting)
    if (handler !== undefined) {
      this.subscribing++
    }
    if (this.closedReason !== undefined || !this.send(id, method, params)) {
      this.take(id)
      settle(
        Either.left(
          new TransportError({ operation: method, reason: this.closedReason ?? "the connection is not open any more" })
        )
      )
    }
    return () => {
      if (this.take(id) !== undefined) {
        if (handler !== undefined) {
          this.abandoned.add(id)
        }
      } else if (waiting.begun !== undefined) {
        this.giveUp(waiting.begun)
      }
    }
  }

  receive(received: Frame) {
    const address = addressOf(received)
    if (address !== undefined) {
      return this.event(address.subscriptionId, received)
    }
    const text = textOf(received)
    const parsed = parse(text)
    if (Option.isNone(parsed)) {
      return this.unreadable(text)
    }
    const frame = parsed.value
    if (!isObject(frame) || "event" in frame) {
      const subscriptionId = isObject(frame) ? frame.subscriptionId : undefined
      return this.event(typeof subscriptionId === "number" ? subscriptionId : undefined, text)
    }
    if ("id" in frame) {
      return this.answer(frame)
    }
    // The documented sample of this answer has no envelope.
    const subscribing = "subscriptionId" in frame ? this.oldest(listenTokenMethod) : undefined
    if (subscribing !== undefined) {
      return this.answer({ id: subscribing, status: 200, result: frame })
    }
    this.event(undefined, text)
  }

  /** Nothing is to be expected for these subscriptions any more; for any if none is given. */
  unsubscribed(subscriptionId: number | undefined): void {
    if (subscriptionId === undefined) {
      this.handlers.clear()
    } else {
      this.handlers.delete(subscriptionId)
    }
  }

  /** Fails what is in flight, and what is asked for from now on. */
  close(reason: string): void {
    this.closedReason ??= reason
    this.failAll((method) => new TransportError({ operation: method, reason }))
    this.unclaimed = []
  }

  private send(id: number, method: string, params: { readonly [name: string]: unknown }): boolean {
    return this.options.send(JSON.stringify(Object.keys(params).length === 0 ? { id, method } : { id, method, params }))
  }

  private take(id: number): Waiting | undefined {
    const waiting = this.waiting.get(id)
    if (waiting !== undefined) {
      this.waiting.delete(id)
      if (waiting.handler !== undefined) {
        this.subscribing--
        this.forget()
      }
    }
    return waiting
  }

  private oldest(method: string): number | undefined {
    for (const [id, waiting] of this.waiting) {
      if (waiting.method === method) {
        return id
      }
    }
    return undefined
  }

  private failAll(error: (method: string) => BinanceError): void {
    for (const id of Array.from(this.waiting.keys())) {
      const waiting = this.take(id)
      waiting?.settle(Either.left(error(waiting.method)))
    }
  }

  /** Once nobody is subscribing, an event without a handler is of a subscription that nobody holds. */
  private forget(): void {
    if (this.subscribing === 0) {
      this.unclaimed =
        this.handlers.size === 0 ? this.unclaimed.filter((frame) => frame.subscriptionId === undefined) : []
      this.overflowed.clear()
    }
  }

  private event(subscriptionId: number | undefined, frame: Frame): void {
    if (subscriptionId === undefined) {
      for (const handler of new Set(this.handlers.values())) {
        handler(frame)
      }
      if (this.subscribing > 0 || this.handlers.size === 0) {
        this.keep({ subscriptionId, text: textOf(frame) })
      }
      return
    }
    const handler = this.handlers.get(subscriptionId)
    if (handler !== undefined) {
      handler(frame)
    } else if (this.subscribing > 0) {
      this.keep({ subscriptionId, text: textOf(frame) })
    }
  }

  private keep(frame: Unclaimed): void {
    if (this.unclaimed.length < this.options.capacity) {
      this.unclaimed.push(frame)
    } else {
      this.overflowed.add(frame.subscriptionId)
    }
  }

  /** Whether the handler got everything from the subscription's beginning. */
  private claim(subscriptionId: number, handler: Handler): boolean {
    const isKnown = Array.from(this.handlers.values()).includes(handler)
    this.handlers.set(subscriptionId, handler)
    const frames = this.unclaimed
    this.unclaimed = frames.filter((frame) => frame.subscriptionId !== subscriptionId)
    for (const frame of frames) {
      if (frame.subscriptionId === subscriptionId || (frame.subscriptionId === undefined && !isKnown)) {
        handler(frame.text)
      }
    }
    return !this.overflowed.has(subscriptionId)
  }

  private giveUp(subscriptionId: number): void {
    this.handlers.delete(subscriptionId)
    this.send(this.nextId++, "userDataStream.unsubscribe", { subscriptionId })
  }

  private answer(frame: unknown) {
    const decoded = decodeAnswer(frame)
    if (Option.isNone(decoded)) {
      return this.misshapen((frame as { readonly id: unknown }).id)
    }
    // Kept whole: some answers have their content beside `result`.
    const answer = frame as Answer
    this.options.onAnswer(answer)
    if (answer.id === null) {
      return this.failAll(this.options.onServerError(answer))
    }
    const id = Number(answer.id)
    const subscriptionId = subscriptionOf(answer)
    const waiting = this.waiting.get(id)
    if (waiting === undefined) {
      if (this.abandoned.delete(id) && subscriptionId !== undefined && !this.handlers.has(subscriptionId)) {
        this.giveUp(subscriptionId)
      }
      return
    }
    if (waiting.handler === undefined || subscriptionId === undefined) {
      this.take(id)
      return waiting.settle(Either.right(answer))
    }
    // A new listen token extends a subscription, which goes on if nobody takes this answer.
    waiting.begun = this.handlers.has(subscriptionId) ? undefined : subscriptionId
    const isComplete = this.claim(subscriptionId, waiting.handler)
    this.take(id)
    if (isComplete) {
      return waiting.settle(Either.right(answer))
    }
    this.giveUp(subscriptionId)
    waiting.settle(Either.left(new Overflow({ operation: waiting.method, capacity: this.options.capacity })))
  }

  private unreadable(text: string): void {
    const address = answerAddress.exec(text)
    if (address === null) {
      this.event(undefined, text)
    } else {
      this.misshapen(Number(address[1]))
    }
  }

  private misshapen(id: unknown): void {
    const waiting = this.take(Number(id))
    waiting?.settle(
      Either.left(
        new DecodeError({ operation: waiting.method, status: 200, reason: "the response has not the documented shape" })
      )
    )
  }
}
