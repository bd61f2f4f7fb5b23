import { isLosslessNumber, parse, stringify } from "lossless-json"
import type * as Fault from "../../Fault.js"
import { Connection } from "../connection.js"
import { firstHalf, type Plan, planOf } from "../faults/interpret.js"
import type { RequestRecord } from "../journal.js"
import { Refusal } from "../refusal.js"
import type { Pool } from "../weights.js"
import type { Wire } from "../wire.js"
import type { World } from "../world.js"
import { type Answer, answerOf, refusalOf, waitOf } from "./answering.js"
import { isId, type Params } from "./params.js"
import { type ApiAddress, ApiSession } from "./session.js"

export type { ApiAddress } from "./session.js"

const connectWeight = { v3: 2, fapi: 5, dapi: 5 }

const invalidJson = refusalOf(new Refusal(400, -1135, "Invalid JSON Request"))
const invalidRequest = refusalOf(new Refusal(400, -1135, "Invalid JSON Request: id, method or params is not valid."))

const isObject = (value: unknown): value is Params =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !isLosslessNumber(value)

const parsed = (text: string): unknown => {
  try {
    return parse(text)
  } catch {
    return undefined
  }
}

/**
 * A socket of a WebSocket API: requests and answers.
 */
export class ApiConnection extends Connection {
  private readonly session: ApiSession
  private readonly pool: Pool

  constructor(
    world: World,
    wire: Wire,
    private readonly address: ApiAddress,
    path: string
  ) {
    const { cadence } = world.settings
    const rules = address.version === "v3" ? cadence.webSocketApi : cadence.futures
    super(world, wire, { ...rules, framesPerSecond: 5, onlyControlFrames: true }, path)
    this.session = new ApiSession(world, address, path, this.openedAt, (frame) => this.deliver(frame))
    this.pool = address.version === "v3" ? "spot" : "futures"
    world.use(this.pool, connectWeight[address.version])
  }

  override get size() {
    return this.session.subscriptions.size
  }

  override matches(sockets: Fault.Sockets): boolean {
    return (sockets.id === undefined || sockets.id === this.id) && this.session.matches(sockets)
  }

  override announceShutdown() {
    this.session.push(undefined, `{"e":"serverShutdown","E":${this.world.serverTime()}}`)
  }

  override pushUnknown(text: string) {
    this.session.push(this.session.subscriptions.keys().next().value, text)
  }

  override terminateMatching(sockets: Fault.Sockets): number {
    return this.session.terminateMatching(sockets)
  }

  override terminateTokens(account: string, symbol: string | undefined): number {
    return this.session.terminateTokens(account, symbol)
  }

  refuseTimeUnit() {
    const refusal = new Refusal(400, -1194, "Invalid value for time unit; expected either MICROSECOND or MILLISECOND.")
    this.send(this.frame(null, refusalOf(refusal)))
    this.close(1008, "Invalid time unit")
  }

  protected override onEnd() {
    this.session.end()
  }

  protected override onRequest(text: string) {
    const { journal } = this.world
    const frame = parsed(text)
    if (!isObject(frame)) {
      journal.violation("InvalidJson", this.path)
      return this.answer(undefined, invalidJson)
    }
    const { id, method, params = {} } = frame
    if (id === undefined) {
      journal.violation("MissingId", this.path)
      return this.close(1006)
    }
    if (!isId(id) || typeof method !== "string" || !isObject(params)) {
      journal.violation("InvalidRequest", this.path)
      return this.answer(isId(id) ? id : null, invalidRequest)
    }
    this.request(id, method.replace(/^v\d+\//, ""), params)
  }

  private request(id: unknown, method: string, params: Params) {
    const record = this.world.journal.request({
      endpoint: method,
      method,
      path: this.path,
      parameters: Object.keys(params).sort(),
      headers: []
    })
    const { processed, reading, reply, wait } = planOf(this.world.faults.takeRequest(method, this.path))
    const process = () => {
      const answer = answerOf(this.session, this.pool, method, params, reading)
      record.outcome = answer.outcome
      return answer
    }
    const early = processed === "before" ? process() : undefined
    const finish = () => {
      if (this.isOpen) {
        this.reply(id, reply, processed === "after" ? process() : early, record)
      }
    }
    if (wait > 0) {
      this.world.timers.after(wait, finish)
    } else {
      finish()
    }
  }

  private reply(id: unknown, reply: Plan["reply"], answer: Answer | undefined, record: RequestRecord) {
    if (typeof reply === "object") {
      return this.answerFault(id, reply, record)
    }
    switch (reply) {
      case "right":
        return this.answer(answer?.isAnonymous ? null : id, answer?.body ?? {})
      case "truncated":
        this.send(firstHalf(this.frame(id, answer?.body ?? {})))
        return this.session.endRequest()
      case "empty":
        this.send("")
        return this.session.endRequest()
      case "none":
        record.outcome = "never"
        return this.session.endRequest()
      case "reset":
        record.outcome = "reset"
        return this.close(1006)
    }
  }

  private answerFault(id: unknown, fault: Extract<Plan["reply"], object>, record: RequestRecord) {
    const code = fault.code ?? -1000
    record.outcome = `${fault.status} ${code}`
    const data = fault.retryAfter === undefined ? undefined : waitOf(this.world.serverTime(), fault.retryAfter)
    this.answer(id, refusalOf(new Refusal(fault.status, code, fault.msg, data)))
  }

  private answer(id: unknown, answer: Params) {
    this.send(this.frame(id, answer))
    this.session.endRequest()
  }

  private frame(id: unknown, answer: Params): string {
    const rateLimits = [
      {
        rateLimitType: "REQUEST_WEIGHT",
        interval: "MINUTE",
        intervalNum: 1,
        limit: this.world.weights.limit(this.pool),
        count: this.world.weights.used(this.pool)
      }
    ]
    const limits = this.address.returnRateLimits ? { rateLimits } : {}
    return stringify({ id: id ?? null, ...answer, ...limits }) ?? ""
  }
}
