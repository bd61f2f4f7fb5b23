import * as Either from "effect/Either"
import type { BinanceError } from "../../BinanceError.js"
import { DecodeError, Overflow, TransportError } from "../../BinanceError.js"
import * as Json from "../json.js"
import { type Answer, addressOf, isAnswer, isObject, requestIdOf, subscriptionOf } from "./envelope.js"
import type { Handler } from "./model.js"
import { isSuccess } from "./refusal.js"
import { Subscriptions } from "./subscriptions.js"

export type Settle = (answer: Either.Either<Answer, BinanceError>) => void

interface Parameters {
  readonly [name: string]: unknown
}

interface Waiting {
  readonly method: string
  readonly params: Parameters
  /** Gets the events of the subscription that the answer confirms. */
  readonly handler: Handler | undefined
  readonly settle: Settle
  /** The subscription that the answer has begun. */
  begun: number | undefined
}

export interface Options {
  /** Returns `false` if the socket is not open. */
  readonly send: (text: string) => boolean
  /** How many events may arrive before the answers that confirm their subscriptions. */
  readonly capacity: number
  /** Called with every answer before its request settles. */
  readonly onAnswer: (answer: Answer) => void
}

const listenTokenMethod = "userDataStream.subscribe.listenToken"
const unsubscribeMethod = "userDataStream.unsubscribe"

/**
 * Routes the frames of a WebSocket API connection: answers to their requests, events to the handlers of their
 * subscriptions. Synchronous, so that nothing runs between an answer and the events that follow it.
 */
export class WebSocketRouter {
  private nextId = 1
  private readonly waiting = new Map<number, Waiting>()
  /** Requests to subscribe that were cancelled before their answer. */
  private readonly abandoned = new Set<number>()
  private readonly subscriptions: Subscriptions
  private closedReason: string | undefined

  constructor(private readonly options: Options) {
    this.subscriptions = new Subscriptions(options.capacity)
  }

  /** Sends a request. Returns a function that cancels it. */
  request(method: string, params: Parameters, handler: Handler | undefined, settle: Settle): () => void {
    const id = this.nextId++
    const waiting: Waiting = { method, params, handler, settle, begun: undefined }
    this.waiting.set(id, waiting)
    if (handler !== undefined) {
      this.subscriptions.begin()
    }
    if (this.closedReason !== undefined || !this.send(id, method, params)) {
      this.take(id)
      const reason = this.closedReason ?? "the connection is not open any more"
      settle(Either.left(new TransportError({ operation: method, reason })))
    }
    return () => {
      if (this.take(id) !== undefined) {
        if (handler !== undefined) {
          this.abandoned.add(id)
        }
      } else if (waiting.begun !== undefined) {
        this.unsubscribe(waiting.begun)
      }
    }
  }

  receive(text: string) {
    const address = addressOf(text)
    if (address !== undefined) {
      return this.subscriptions.deliver(address.subscriptionId, text)
    }
    const parsed = Json.parse(text)
    if (Either.isLeft(parsed)) {
      const id = requestIdOf(text)
      return id === undefined ? this.subscriptions.deliver(undefined, text) : this.misshapen(id)
    }
    const frame = parsed.right
    if (!isObject(frame) || "event" in frame) {
      const subscriptionId = isObject(frame) ? frame.subscriptionId : undefined
      return this.subscriptions.deliver(typeof subscriptionId === "number" ? subscriptionId : undefined, text)
    }
    if ("id" in frame) {
      return isAnswer(frame) ? this.answer(frame) : this.misshapen(Number(frame.id))
    }
    // In the documented sample this answer has no envelope.
    const subscribing = "subscriptionId" in frame ? this.oldest(listenTokenMethod) : undefined
    if (subscribing !== undefined) {
      return this.answer({ id: subscribing, status: 200, result: frame })
    }
    this.subscriptions.deliver(undefined, text)
  }

  /** The newest subscription of a handler. */
  subscriptionOf(handler: Handler): number | undefined {
    return this.subscriptions.newestOf(handler)
  }

  /** Fails the requests in flight, and all later ones. */
  close(reason: string) {
    this.closedReason ??= reason
    this.settleAll(({ method }) => Either.left(new TransportError({ operation: method, reason })))
    this.subscriptions.clear()
  }

  private send(id: number, method: string, params: Parameters): boolean {
    const request = Object.keys(params).length === 0 ? { id, method } : { id, method, params }
    return this.options.send(Either.getOrThrow(Json.stringify(request)))
  }

  private take(id: number): Waiting | undefined {
    const waiting = this.waiting.get(id)
    this.waiting.delete(id)
    if (waiting?.handler !== undefined) {
      this.subscriptions.end()
    }
    return waiting
  }

  private oldest(method: string): number | undefined {
    return Array.from(this.waiting).find(([, waiting]) => waiting.method === method)?.[0]
  }

  private settleAll(outcome: (waiting: Waiting) => Either.Either<Answer, BinanceError>): void {
    for (const id of Array.from(this.waiting.keys())) {
      const waiting = this.take(id)
      waiting?.settle(outcome(waiting))
    }
  }

  private unsubscribe(subscriptionId: number): void {
    this.subscriptions.remove(subscriptionId)
    this.send(this.nextId++, unsubscribeMethod, { subscriptionId })
  }

  private answer(answer: Answer) {
    this.options.onAnswer(answer)
    if (answer.id === null) {
      return this.settleAll(() => Either.right(answer))
    }
    const id = Number(answer.id)
    const subscriptionId = subscriptionOf(answer)
    const waiting = this.waiting.get(id)
    if (waiting === undefined) {
      if (this.abandoned.delete(id) && subscriptionId !== undefined && !this.subscriptions.has(subscriptionId)) {
        this.unsubscribe(subscriptionId)
      }
      return
    }
    if (waiting.handler === undefined || subscriptionId === undefined) {
      this.take(id)
      if (waiting.method === unsubscribeMethod && isSuccess(answer)) {
        const { subscriptionId } = waiting.params
        this.subscriptions.remove(typeof subscriptionId === "number" ? subscriptionId : undefined)
      }
      return waiting.settle(Either.right(answer))
    }
    // A new listen token extends a subscription, which must go on even if this request is cancelled.
    waiting.begun = this.subscriptions.has(subscriptionId) ? undefined : subscriptionId
    const isComplete = this.subscriptions.claim(subscriptionId, waiting.handler)
    this.take(id)
    if (isComplete) {
      return waiting.settle(Either.right(answer))
    }
    this.unsubscribe(subscriptionId)
    waiting.settle(Either.left(new Overflow({ operation: waiting.method, capacity: this.options.capacity })))
  }

  private misshapen(id: number) {
    const waiting = this.take(id)
    waiting?.settle(
      Either.left(
        new DecodeError({ operation: waiting.method, status: 200, reason: "the response has not the documented shape" })
      )
    )
  }
}
