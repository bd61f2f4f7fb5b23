import { isLosslessNumber, LosslessNumber, parse, stringify } from "lossless-json"
import type { Product } from "../../Environment.js"
import type { Timer } from "../../internal/timers.js"
import type * as Fault from "../Fault.js"
import type { ApiKey } from "./accounts.js"
import { Connection, type Wire } from "./connection.js"
import type { Family } from "./products.js"
import { checkTiming } from "./timing.js"
import type { Pool, World } from "./world.js"

export interface Address {
  readonly version: "v3" | "fapi" | "dapi"
  readonly returnRateLimits: boolean
  readonly isMicrosecond: boolean
  readonly isSbe: boolean
}

export interface Subscription {
  readonly id: number
  readonly connection: ApiConnection
  readonly kind: "Logon" | "Signature" | "Token"
  readonly account: string
  readonly product: "Spot" | "Margin"
  readonly symbol: string | undefined
  timer: Timer | undefined
}

const isAbout = (sockets: Fault.Sockets, subscription: Subscription): boolean =>
  (sockets.product === undefined || sockets.product === subscription.product) &&
  (sockets.account === undefined || sockets.account === subscription.account) &&
  (sockets.symbol === undefined || sockets.symbol === subscription.symbol)

class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    readonly msg: string
  ) {
    super(msg)
  }
}

const refuse = (status: number, code: number, msg: string): never => {
  throw new Refused(status, code, msg)
}

const rejectedKey = "Invalid API-key, IP, or permissions for action."

type Params = { readonly [name: string]: unknown }

/** Exactly the text of a value that was sent. */
const textOf = (value: unknown): string =>
  typeof value === "string" || isLosslessNumber(value) || typeof value === "boolean"
    ? String(value)
    : (stringify(value) ?? "")

const isId = (id: unknown): boolean =>
  id === null || typeof id === "string" || (isLosslessNumber(id) && /^-?\d+$/.test(id.value))

/** Sorted by name in byte order, joined without percent-encoding. */
const payloadOf = (params: Params): string =>
  Object.keys(params)
    .filter((name) => name !== "signature")
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map((name) => `${name}=${textOf(params[name])}`)
    .join("&")

/** The times of events that have more or other ones than `E` and `T`. */
const timeKeys: { readonly [event: string]: ReadonlyArray<string> } = {
  executionReport: ["E", "T", "O", "W", "D"],
  outboundAccountPosition: ["E", "u"]
}

/** An event with its times in microseconds. */
const toMicroseconds = (text: string): string => {
  try {
    const event = parse(text) as { [name: string]: unknown }
    for (const name of timeKeys[String(event.e)] ?? ["E", "T"]) {
      const value = event[name]
      if (isLosslessNumber(value) && /^\d{13}$/.test(value.value)) {
        event[name] = new LosslessNumber(`${value.value}000`)
      }
    }
    return stringify(event) ?? text
  } catch {
    return text
  }
}

const connectWeight = { v3: 2, fapi: 5, dapi: 5 }

const known: { readonly [method: string]: ReadonlyArray<string> } = {
  "session.logon": ["apiKey", "timestamp", "signature", "recvWindow"],
  "userDataStream.subscribe.signature": ["apiKey", "timestamp", "signature", "recvWindow"],
  "userDataStream.subscribe.listenToken": ["listenToken"],
  "userDataStream.unsubscribe": ["subscriptionId"],
  "userDataStream.start": ["apiKey"],
  "userDataStream.ping": ["apiKey", "listenKey"],
  "userDataStream.stop": ["apiKey", "listenKey"]
}

/**
 * A socket of a WebSocket API: sessions, subscriptions and listen keys by request.
 */
export class ApiConnection extends Connection {
  readonly subscriptions = new Map<number, Subscription>()
  private readonly pool: Pool
  private nextSubscriptionId = 0
  private logon: { readonly key: ApiKey; readonly since: number } | undefined
  /** What is sent right behind the answer to the request in work. */
  private epilogue: Array<() => void> = []
  /** Whether the answer to the request in work goes without its id. */
  private isAnonymous = false

  constructor(
    world: World,
    wire: Wire,
    private readonly address: Address,
    path: string
  ) {
    super(
      world,
      wire,
      {
        ...(address.version === "v3" ? world.settings.cadence.webSocketApi : world.settings.cadence.futures),
        framesPerSecond: 5,
        onlyControlFrames: true
      },
      path
    )
    this.pool = address.version === "v3" ? "spot" : "futures"
    world.use(this.pool, connectWeight[address.version])
  }

  override matches(sockets: Fault.Sockets): boolean {
    if (sockets.id !== undefined && sockets.id !== this.id) {
      return false
    }
    if (sockets.product === undefined && sockets.account === undefined && sockets.symbol === undefined) {
      return true
    }
    if (this.address.version !== "v3" || this.subscriptions.size === 0) {
      const products: ReadonlyArray<Product> =
        this.address.version === "v3"
          ? ["Spot", "Margin"]
          : [this.address.version === "fapi" ? "UsdFutures" : "CoinFutures"]
      return (
        (sockets.product === undefined || products.includes(sockets.product)) &&
        (sockets.account === undefined || sockets.account === this.logon?.key.account) &&
        sockets.symbol === undefined
      )
    }
    return Array.from(this.subscriptions.values()).some((subscription) => isAbout(sockets, subscription))
  }

  deliverTo(subscription: Subscription, text: string): boolean {
    const event = this.address.isMicrosecond ? toMicroseconds(text) : text
    return this.deliver(`{"subscriptionId":${subscription.id},"event":${event}}`)
  }

  override announceShutdown() {
    this.deliver(`{"event":{"e":"serverShutdown","E":${this.time(this.world.serverTime())}}}`)
  }

  override pushUnknown(text: string) {
    const subscription = this.subscriptions.values().next().value
    if (subscription !== undefined) {
      this.deliverTo(subscription, text)
    } else {
      this.deliver(`{"event":${text}}`)
    }
  }

  terminate(subscription: Subscription) {
    if (this.forget(subscription)) {
      this.sayTerminated(subscription)
    }
  }

  terminateMatching(sockets: Fault.Sockets): number {
    return this.terminateAll((subscription) => isAbout(sockets, subscription))
  }

  terminateTokens(account: string, symbol: string | undefined): number {
    return this.terminateAll(
      (subscription) =>
        subscription.kind === "Token" && subscription.account === account && subscription.symbol === symbol
    )
  }

  refuseTimeUnit() {
    this.send(
      this.frame(null, {
        status: 400,
        error: { code: -1194, msg: "Invalid value for time unit; expected either MICROSECOND or MILLISECOND." }
      })
    )
    this.close(1008, "Invalid time unit")
  }

  protected override onEnd() {
    for (const subscription of Array.from(this.subscriptions.values())) {
      this.forget(subscription)
    }
  }

  protected override onRequest(text: string) {
    let frame: unknown
    try {
      frame = parse(text)
    } catch {
      this.world.journal.violation("InvalidJson", this.path)
      return this.answer(undefined, { status: 400, error: { code: -1135, msg: "Invalid JSON Request" } })
    }
    if (typeof frame !== "object" || frame === null || Array.isArray(frame) || isLosslessNumber(frame)) {
      this.world.journal.violation("InvalidJson", this.path)
      return this.answer(undefined, { status: 400, error: { code: -1135, msg: "Invalid JSON Request" } })
    }
    const { id, method, params = {} } = frame as Params
    if (id === undefined) {
      this.world.journal.violation("MissingId", this.path)
      return this.close(1006)
    }
    if (
      !isId(id) ||
      typeof method !== "string" ||
      typeof params !== "object" ||
      params === null ||
      Array.isArray(params)
    ) {
      this.world.journal.violation("InvalidRequest", this.path)
      return this.answer(isId(id) ? id : null, {
        status: 400,
        error: { code: -1135, msg: "Invalid JSON Request: id, method or params is not valid." }
      })
    }
    this.request(id, method.replace(/^v\d+\//, ""), params as Params)
  }

  private request(id: unknown, method: string, params: Params) {
    const { journal, timers } = this.world
    const record = journal.request({
      endpoint: method,
      method,
      path: this.path,
      parameters: Object.keys(params).sort(),
      headers: []
    })
    const process = (): Params => {
      const result = this.process(method, params)
      record.outcome =
        result.error === undefined
          ? String(result.status)
          : `${result.status} ${(result.error as { code: number }).code}`
      return result
    }
    const fault = this.world.takeRequestFault(method, this.path)
    if (fault === undefined) {
      return this.answer(id, process())
    }
    switch (fault._tag) {
      case "Status": {
        if (fault.processed) {
          this.process(method, params)
        }
        const code = fault.code ?? -1000
        record.outcome = `${fault.status} ${code}`
        const serverTime = this.world.serverTime()
        return this.answer(id, {
          status: fault.status,
          error: {
            code,
            msg: fault.msg,
            ...(fault.retryAfter === undefined
              ? {}
              : { data: { serverTime, retryAfter: serverTime + fault.retryAfter * 1000 } })
          }
        })
      }
      case "Slow": {
        if (fault.processed === "before") {
          const result = process()
          timers.after(fault.by, () => this.answer(id, result))
        } else {
          timers.after(fault.by, () => {
            if (this.isOpen) {
              this.answer(id, process())
            }
          })
        }
        return
      }
      case "Never":
        if (fault.processed) {
          process()
        }
        record.outcome = "never"
        return this.endRequest()
      case "Reset":
        if (fault.processed) {
          process()
        }
        record.outcome = "reset"
        return this.close(1006)
      case "Truncated": {
        const frame = this.frame(id, process())
        this.send(frame.slice(0, Math.floor(frame.length / 2)))
        return this.endRequest()
      }
      case "Empty":
        process()
        this.send("")
        return this.endRequest()
    }
  }

  private process(method: string, params: Params): Params {
    const allowed = known[method] ?? []
    for (const name of Object.keys(params)) {
      if (!allowed.includes(name)) {
        this.world.journal.violation("UnknownParameter", `${name} in ${method}`)
      }
    }
    try {
      if (this.address.isSbe) {
        refuse(400, -1020, "SBE is not simulated: connect without responseFormat=sbe")
      }
      this.checkSession()
      this.weigh(method)
      return { status: 200, result: this.result(method, params) }
    } catch (error) {
      if (error instanceof Refused) {
        return { status: error.status, error: { code: error.code, msg: error.msg } }
      }
      throw error
    }
  }

  /** A key that was revoked ends its session, and the request that notices is answered without its id. */
  private checkSession() {
    if (this.logon !== undefined && this.world.accounts.find(this.logon.key.apiKey) === undefined) {
      this.logon = undefined
      this.isAnonymous = true
      refuse(401, -2015, rejectedKey)
    }
  }

  private weigh(method: string) {
    const weight = this.address.version !== "v3" && method.startsWith("userDataStream") ? 1 : 2
    if (!this.world.use(this.pool, weight)) {
      refuse(
        429,
        -1003,
        `Too many requests; current limit of IP is ${this.world.limit(this.pool)} requests per minute.`
      )
    }
  }

  private result(method: string, params: Params): unknown {
    const isSpot = this.address.version === "v3"
    switch (method) {
      case "ping":
        return {}
      case "time":
        return { serverTime: this.time(this.world.serverTime()) }
      case "session.logon":
        return this.logOn(params)
      case "session.status":
        return this.session()
      case "session.logout":
        return this.logOut()
    }
    if (isSpot) {
      switch (method) {
        case "session.subscriptions":
          return Array.from(this.subscriptions.keys(), (subscriptionId) => ({ subscriptionId }))
        case "userDataStream.subscribe":
          return this.subscribeLogon()
        case "userDataStream.subscribe.signature":
          return this.subscribeSignature(params)
        case "userDataStream.subscribe.listenToken":
          return this.subscribeToken(params)
        case "userDataStream.unsubscribe":
          return this.unsubscribe(params)
      }
    }
    switch (method) {
      case "userDataStream.start":
      case "userDataStream.ping":
      case "userDataStream.stop":
        return this.listenKey(method, params)
    }
    this.world.journal.violation("UnknownMethod", method)
    return refuse(400, -1020, `This operation is not supported: ${method}`)
  }

  private logOn(params: Params) {
    const key = this.signedBy(params, (key) => {
      if (key.kind !== "Ed25519") {
        const name = key.kind === "RSA" ? "RSA" : "HMAC-SHA-256"
        refuse(400, -2028, `${name} API key is not supported.`)
      }
    })
    this.logon = { key, since: this.world.serverTime() }
    return this.session()
  }

  private logOut() {
    this.logon = undefined
    const result = this.session()
    for (const subscription of Array.from(this.subscriptions.values())) {
      if (subscription.kind === "Logon") {
        this.terminateBehindAnswer(subscription)
      }
    }
    return result
  }

  private session() {
    const session = {
      apiKey: this.logon?.key.apiKey ?? null,
      authorizedSince: this.logon === undefined ? null : this.time(this.logon.since),
      connectedSince: this.time(this.openedAt + this.world.skew),
      returnRateLimits: this.address.returnRateLimits,
      serverTime: this.time(this.world.serverTime())
    }
    return this.address.version === "v3" ? { ...session, userDataStream: this.subscriptions.size > 0 } : session
  }

  private subscribeLogon() {
    const { logon } = this
    if (logon === undefined) {
      return refuse(401, -1193, "The session is not authenticated: log on first with session.logon.")
    }
    return { subscriptionId: this.subscribe("Logon", logon.key.account, "Spot", undefined).id }
  }

  private subscribeSignature(params: Params) {
    const key =
      params.apiKey === undefined && params.signature === undefined && this.logon !== undefined
        ? this.signedBySession(params, this.logon.key)
        : this.signedBy(params)
    return { subscriptionId: this.subscribe("Signature", key.account, "Spot", undefined).id }
  }

  private subscribeToken(params: Params) {
    const text = this.mandatory(params, "listenToken")
    const token = this.world.tokens.find(text)
    if (token === undefined) {
      return refuse(400, -1209, "Invalid listen token.")
    }
    const running = Array.from(this.subscriptions.values()).find(
      ({ account, product, symbol }) => product === "Margin" && account === token.account && symbol === token.symbol
    )
    const subscription = running ?? this.subscribe("Token", token.account, "Margin", token.symbol)
    subscription.timer?.cancel()
    const check = () => {
      const left = token.expiresAt - this.world.now()
      if (left <= 0) {
        this.terminate(subscription)
      } else {
        subscription.timer = this.world.timers.after(left, check)
      }
    }
    check()
    return { subscriptionId: subscription.id, expirationTime: (token.expiresAt + this.world.skew) * 1000 }
  }

  private subscribe(
    kind: Subscription["kind"],
    account: string,
    product: Subscription["product"],
    symbol: string | undefined
  ): Subscription {
    for (const other of this.subscriptions.values()) {
      if (other.account === account && other.product === product && other.symbol === symbol) {
        refuse(400, -2035, "User Data Stream subscription is already active.")
      }
    }
    const { maxSubscriptionIds, maxSubscriptions } = this.world.settings
    if (this.subscriptions.size >= maxSubscriptions) {
      refuse(400, -1191, `Too many subscriptions: at most ${maxSubscriptions} can be active in a session.`)
    }
    if (this.nextSubscriptionId >= maxSubscriptionIds) {
      refuse(400, -2042, `A connection has at most ${maxSubscriptionIds} subscriptions in its life: open a new one.`)
    }
    const subscription: Subscription = {
      id: this.nextSubscriptionId++,
      connection: this,
      kind,
      account,
      product,
      symbol,
      timer: undefined
    }
    this.subscriptions.set(subscription.id, subscription)
    this.world.subscribe(subscription)
    return subscription
  }

  private unsubscribe(params: Params) {
    const { subscriptionId } = params
    let ended: Array<Subscription>
    if (subscriptionId === undefined || subscriptionId === null) {
      ended = Array.from(this.subscriptions.values())
    } else {
      const subscription = this.subscriptions.get(Number(textOf(subscriptionId)))
      ended =
        subscription === undefined ? refuse(400, -2036, "User Data Stream subscription is not active.") : [subscription]
    }
    for (const subscription of ended) {
      this.terminateBehindAnswer(subscription)
    }
    return {}
  }

  private listenKey(method: string, params: Params) {
    const isSpot = this.address.version === "v3"
    if (isSpot && this.world.settings.retired) {
      refuse(410, -1020, "This operation is retired: use userDataStream.subscribe.")
    }
    const key =
      params.apiKey === undefined && this.logon !== undefined
        ? this.logon.key
        : this.known(this.mandatory(params, "apiKey"))
    const family: Family = isSpot ? "Spot" : this.address.version === "fapi" ? "UsdFutures" : "CoinFutures"
    const owner = { account: key.account, family, symbol: undefined }
    if (method === "userDataStream.start") {
      return { listenKey: this.world.keys.create(owner).text }
    }
    const active = this.world.keys.active(owner)
    const given = isSpot ? this.mandatory(params, "listenKey") : undefined
    if (active === undefined || (given !== undefined && given !== active.text)) {
      return refuse(400, -1125, "This listenKey does not exist.")
    }
    if (method === "userDataStream.ping") {
      this.world.keys.extend(active)
      return isSpot ? {} : { listenKey: active.text }
    }
    this.world.keys.close(active)
    return {}
  }

  private mandatory(params: Params, name: string): string {
    const value = params[name]
    return value === undefined || value === null || value === ""
      ? refuse(400, -1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`)
      : textOf(value)
  }

  private known(apiKey: string): ApiKey {
    return this.world.accounts.find(apiKey) ?? refuse(401, -2015, rejectedKey)
  }

  private signedBy(params: Params, check: (key: ApiKey) => void = () => undefined): ApiKey {
    const apiKey = this.mandatory(params, "apiKey")
    const timestamp = this.mandatory(params, "timestamp")
    const signature = this.mandatory(params, "signature")
    const key = this.known(apiKey)
    check(key)
    this.checkTime(params, timestamp)
    if (!key.verify(payloadOf(params), signature)) {
      this.world.journal.violation("InvalidSignature", this.path)
      refuse(400, -1022, "Signature for this request is not valid.")
    }
    return key
  }

  /** A session that is logged on signs for requests that name no key; only their time is still mandatory. */
  private signedBySession(params: Params, key: ApiKey): ApiKey {
    this.checkTime(params, this.mandatory(params, "timestamp"))
    return key
  }

  private checkTime(params: Params, timestamp: string) {
    const recvWindow = params.recvWindow === undefined ? undefined : textOf(params.recvWindow)
    const mistimed = checkTiming(this.world.serverTime(), timestamp, recvWindow)
    if (mistimed !== undefined) {
      refuse(400, mistimed.code, mistimed.msg)
    }
  }

  private terminateAll(matches: (subscription: Subscription) => boolean): number {
    const ended = Array.from(this.subscriptions.values()).filter(matches)
    for (const subscription of ended) {
      this.terminate(subscription)
    }
    return ended.length
  }

  private terminateBehindAnswer(subscription: Subscription) {
    if (this.forget(subscription)) {
      this.epilogue.push(() => this.sayTerminated(subscription))
    }
  }

  private sayTerminated(subscription: Subscription) {
    this.deliverTo(subscription, `{"e":"eventStreamTerminated","E":${this.world.serverTime()}}`)
  }

  private forget(subscription: Subscription): boolean {
    subscription.timer?.cancel()
    this.world.unsubscribe(subscription)
    return this.subscriptions.delete(subscription.id)
  }

  private time(millis: number): number {
    return this.address.isMicrosecond ? millis * 1000 : millis
  }

  private answer(id: unknown, answer: Params) {
    this.send(this.frame(this.isAnonymous ? null : id, answer))
    this.isAnonymous = false
    this.endRequest()
  }

  private endRequest() {
    for (const action of this.epilogue.splice(0)) {
      action()
    }
  }

  private frame(id: unknown, answer: Params): string {
    return (
      stringify({
        id: id ?? null,
        ...answer,
        ...(this.address.returnRateLimits
          ? {
              rateLimits: [
                {
                  rateLimitType: "REQUEST_WEIGHT",
                  interval: "MINUTE",
                  intervalNum: 1,
                  limit: this.world.limit(this.pool),
                  count: this.world.used(this.pool)
                }
              ]
            }
          : {})
      }) ?? ""
    )
  }
}
