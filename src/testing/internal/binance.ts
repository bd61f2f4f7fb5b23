import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fault from "../Fault.js"
import { type Address as ApiAddress, ApiConnection } from "./apiConnection.js"
import type { Connection, Wire } from "./connection.js"
import type { ListenKey } from "./credentials.js"
import { familyOf, knownRoutes } from "./products.js"
import { type Answer, failure, handle, page, parametersOf, type Request } from "./rest.js"
import { type Address as StreamAddress, StreamConnection } from "./streamConnection.js"
import type { World } from "./world.js"

export type { Answer, Request } from "./rest.js"

export interface Accepted {
  readonly _tag: "Accepted"
  /** The front end has done the handshake: from now on the server talks. */
  readonly accept: (wire: Wire) => Connection
}

export interface RefusedConnect {
  readonly _tag: "Refused"
  readonly answer: Answer
}

const faultyAnswer = (fault: Extract<Fault.Answer, { readonly _tag: "Status" }>): Answer => {
  const headers: { readonly [name: string]: string } =
    fault.retryAfter === undefined ? {} : { "retry-after": String(fault.retryAfter) }
  return fault.html
    ? page(fault.status, fault.msg === "" ? String(fault.status) : fault.msg, headers)
    : failure(fault.status, fault.code ?? -1000, fault.msg, headers)
}

const outcomeOf = (answer: Answer) =>
  answer.code === undefined ? String(answer.status) : `${answer.status} ${answer.code}`

/**
 * Answers a request over HTTP, or fails with `"reset"`, or never answers.
 */
export const http = (world: World, request: Request): Effect.Effect<Answer, "reset"> =>
  Effect.suspend(() => {
    const endpoint = `${request.method} ${request.path}`
    const record = world.journal.request({
      endpoint,
      method: request.method,
      path: request.path,
      parameters: Array.from(parametersOf(request).keys()).sort(),
      headers: Object.keys(request.headers).sort()
    })
    const process = Effect.sync(() => {
      const answer = handle(world, request)
      record.outcome = outcomeOf(answer)
      return answer
    })
    const fault = world.takeRequestFault(endpoint, request.path)
    if (fault === undefined) {
      return process
    }
    const processIf = (isProcessed: boolean) => (isProcessed ? process : Effect.void)
    switch (fault._tag) {
      case "Status":
        return Effect.map(processIf(fault.processed), () => {
          const answer = faultyAnswer(fault)
          record.outcome = outcomeOf(answer)
          return answer
        })
      case "Slow": {
        const wait = Effect.sleep(Duration.millis(fault.by))
        return fault.processed === "before" ? Effect.zipLeft(process, wait) : Effect.zipRight(wait, process)
      }
      case "Never":
        return Effect.flatMap(processIf(fault.processed), () => {
          record.outcome = "never"
          return Effect.never
        })
      case "Reset":
        return Effect.flatMap(processIf(fault.processed), () => {
          record.outcome = "reset"
          return Effect.fail("reset" as const)
        })
      case "Truncated":
        return Effect.map(process, (answer) => ({
          ...answer,
          body: answer.body.slice(0, Math.floor(answer.body.length / 2))
        }))
      case "Empty":
        return Effect.map(process, (answer) => ({ ...answer, body: "" }))
    }
  })

const splitEvents = (text: string | null): ReadonlySet<string> | undefined =>
  text === null ? undefined : new Set(text.split("/").filter((name) => name !== ""))

const streamAddress = (path: string, query: string): StreamAddress | undefined => {
  const match = /^(\/[a-z-]+)?\/(ws|stream)(?:\/(.*))?$/.exec(path)
  if (match === null || !knownRoutes.includes(match[1] ?? "")) {
    return undefined
  }
  const streams: Array<{ readonly name: string; readonly events: ReadonlySet<string> | undefined }> = []
  const add = (name: string, events: ReadonlySet<string> | undefined) => {
    if (name !== "") {
      streams.push({ name, events })
    }
  }
  for (const name of (match[3] ?? "").split("/")) {
    add(decodeURIComponent(name), undefined)
  }
  // Pairs of `listenKey` and `events` may be repeated: an `events` belongs to the key before it.
  const pairs = Array.from(new URLSearchParams(query))
  pairs.forEach(([name, value], index) => {
    if (name === "streams") {
      for (const stream of value.split("/")) {
        add(stream, undefined)
      }
    } else if (name === "listenKey") {
      const next = pairs[index + 1]
      add(value, splitEvents(next?.[0] === "events" ? next[1] : null))
    }
  })
  return { route: match[1] ?? "", isCombined: match[2] === "stream", streams }
}

const apiVersions: { readonly [path: string]: ApiAddress["version"] } = {
  "/ws-api/v3": "v3",
  "/ws-fapi/v1": "fapi",
  "/ws-dapi/v1": "dapi"
}

/** A path without the credentials in it. */
const shapeOf = (path: string): string => path.replace(/^(.*?\/(?:ws|stream))\/.*$/, "$1/<listenKey>")

const connectLimit = { count: 300, window: 5 * 60 * 1000 }

/**
 * Decides on a WebSocket connect: accepts or refuses it, fails with `"reset"`, or never answers.
 */
export const connect = (
  world: World,
  request: { readonly path: string; readonly query: string }
): Effect.Effect<Accepted | RefusedConnect, "reset"> =>
  Effect.suspend((): Effect.Effect<Accepted | RefusedConnect, "reset"> => {
    const path = request.path.length > 1 ? request.path.replace(/\/+$/, "") : request.path
    const { journal } = world
    const now = world.now()
    journal.connects.push(now)
    const refuse = (answer: Answer) =>
      Effect.sync((): RefusedConnect => {
        journal.refusedConnects++
        return { _tag: "Refused", answer }
      })
    if (journal.connects.length > connectLimit.count) {
      const before = journal.connects[journal.connects.length - 1 - connectLimit.count]!
      if (now - before < connectLimit.window) {
        journal.violation("TooManyConnects", `more than ${connectLimit.count} in 5 minutes`)
        if (world.settings.enforceLimits) {
          return refuse(page(429, "429 Too Many Requests"))
        }
      }
    }
    const fault = world.takeConnectFault(path)
    if (fault !== undefined) {
      journal.refusedConnects++
      switch (fault.refusal) {
        case "reset":
          return Effect.fail("reset")
        case "never":
          return Effect.never
        default:
          return Effect.succeed({
            _tag: "Refused",
            answer: page(
              fault.refusal,
              String(fault.refusal),
              fault.retryAfter === undefined ? {} : { "retry-after": String(fault.retryAfter) }
            )
          })
      }
    }
    const version = apiVersions[path]
    if (version !== undefined) {
      return Effect.succeed({
        _tag: "Accepted",
        accept: (wire) => acceptApi(world, wire, version, path, request.query)
      })
    }
    const address = streamAddress(path, request.query)
    if (address === undefined) {
      journal.violation("UnknownEndpoint", `WebSocket ${shapeOf(path)}`)
      return refuse(page(404, "404 Not Found"))
    }
    return Effect.succeed({
      _tag: "Accepted",
      accept: (wire) => new StreamConnection(world, wire, address, shapeOf(path))
    })
  })

const acceptApi = (
  world: World,
  wire: Wire,
  version: ApiAddress["version"],
  path: string,
  query: string
): Connection => {
  const parameters = new URLSearchParams(query)
  const timeUnit = (parameters.get("timeUnit") ?? "MILLISECOND").toUpperCase()
  const connection = new ApiConnection(
    world,
    wire,
    {
      version,
      returnRateLimits: parameters.get("returnRateLimits") !== "false",
      isMicrosecond: timeUnit === "MICROSECOND",
      isSbe: parameters.get("responseFormat") === "sbe"
    },
    path
  )
  if (timeUnit !== "MICROSECOND" && timeUnit !== "MILLISECOND") {
    connection.refuseTimeUnit()
  }
  return connection
}

const defaultAccount = "default"

const activeKey = (world: World, owner: Fault.Owner): ListenKey | undefined =>
  world.keys.active({
    family: familyOf(owner.product),
    account: owner.account ?? defaultAccount,
    symbol: owner.symbol
  })

/**
 * Makes something go wrong, and tells how many sockets, keys or subscriptions it hit at once.
 */
export const inject = (world: World, fault: Fault.Fault): number => {
  const each = (sockets: Fault.Sockets, action: (connection: Connection) => void): number => {
    const matching = world.matching(sockets)
    matching.forEach(action)
    return matching.length
  }
  const apis = (sockets: Fault.Sockets, terminate: (connection: ApiConnection) => number): number =>
    world
      .matching(sockets)
      .reduce((count, connection) => count + (connection instanceof ApiConnection ? terminate(connection) : 0), 0)
  const key = (owner: Fault.Owner, action: (key: ListenKey) => void): number => {
    const active = activeKey(world, owner)
    if (active === undefined) {
      return 0
    }
    action(active)
    return 1
  }
  switch (fault._tag) {
    case "Request":
    case "Connect": {
      const span = fault.scope.for
      world.wait(fault, span === undefined ? Number.POSITIVE_INFINITY : world.now() + Duration.toMillis(span))
      return 0
    }
    case "Frame":
    case "DelayFrames":
      world.wait(fault, Number.POSITIVE_INFINITY)
      return 0
    case "Close":
      return each(fault.sockets, (connection) => connection.close(fault.code, fault.reason))
    case "Cut":
      return each(fault.sockets, (connection) => connection.cut())
    case "HalfOpen":
      return each(fault.sockets, (connection) => connection.halfOpen())
    case "Stall":
      return each(fault.sockets, (connection) => connection.stall(fault.for))
    case "Ignore":
      return each(fault.sockets, (connection) => {
        connection.isIgnoring = true
      })
    case "Stop":
    case "Resume":
      return each(fault.sockets, (connection) => {
        connection.isStopped = fault._tag === "Stop"
      })
    case "UnknownEvent":
      return each(fault.sockets, (connection) =>
        connection.pushUnknown(`{"e":"somethingNew","E":${world.serverTime()},"z":[${world.integer(1000)}]}`)
      )
    case "ServerShutdown":
      return each(fault.sockets, (connection) => connection.announceShutdown())
    case "EventStreamTerminated":
      return apis(fault.sockets, (connection) => connection.terminateMatching(fault.sockets))
    case "ExpireListenKey":
      return key(fault.owner, (active) => world.keys.expire(active))
    case "DeleteListenKey":
      return key(fault.owner, (active) => world.keys.close(active))
    case "RotateListenKey":
      return key(fault.owner, (active) => {
        world.keys.close(active)
        world.keys.create(active.owner)
      })
    case "ExpireListenTokens": {
      const account = fault.owner.account ?? defaultAccount
      world.tokens.expire(account, fault.owner.symbol)
      return apis({}, (connection) => connection.terminateTokens(account, fault.owner.symbol))
    }
    case "RevokeApiKey":
      world.accounts.revoke(fault.apiKey)
      return 0
    case "ClockSkew":
      world.skew = fault.by
      return 0
    case "Clear":
      world.clearFaults()
      return 0
  }
}
