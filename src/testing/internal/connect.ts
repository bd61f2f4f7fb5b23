import * as Effect from "effect/Effect"
import { type ApiAddress, ApiConnection } from "./api/connection.js"
import type { Connection } from "./connection.js"
import { type Answer, page } from "./rest/message.js"
import { shapeOf, streamAddress } from "./streamAddress.js"
import { StreamConnection } from "./streamConnection.js"
import type { Wire } from "./wire.js"
import type { World } from "./world.js"

export interface Accepted {
  readonly _tag: "Accepted"
  /** The front end has done the handshake: from now on the server talks. */
  readonly accept: (wire: Wire) => Connection
}

export interface RefusedConnect {
  readonly _tag: "Refused"
  readonly answer: Answer
}

const apiVersions: { readonly [path: string]: ApiAddress["version"] } = {
  "/ws-api/v3": "v3",
  "/ws-fapi/v1": "fapi",
  "/ws-dapi/v1": "dapi"
}

const connectLimit = { count: 300, window: 5 * 60 * 1000 }

const isBeyondLimit = (world: World): boolean => {
  const { connects } = world.journal
  const before = connects[connects.length - 1 - connectLimit.count]
  if (before === undefined || world.now() - before >= connectLimit.window) {
    return false
  }
  world.journal.violation("TooManyConnects", `more than ${connectLimit.count} in 5 minutes`)
  return world.settings.enforceLimits
}

/**
 * Decides on a WebSocket connect: accepts or refuses it, fails with `"reset"`, or never answers.
 */
export const connect = (
  world: World,
  request: { readonly path: string; readonly query: string }
): Effect.Effect<Accepted | RefusedConnect, "reset"> =>
  Effect.gen(function* () {
    const path = request.path.length > 1 ? request.path.replace(/\/+$/, "") : request.path
    const { journal } = world
    journal.connects.push(world.now())
    const refuse = (answer: Answer): RefusedConnect => {
      journal.refusedConnects++
      return { _tag: "Refused", answer }
    }
    if (isBeyondLimit(world)) {
      return refuse(page(429, "429 Too Many Requests"))
    }
    const fault = world.faults.takeConnect(path)
    if (fault !== undefined) {
      const { refusal, retryAfter } = fault
      if (typeof refusal === "number") {
        return refuse(
          page(refusal, String(refusal), retryAfter === undefined ? {} : { "retry-after": `${retryAfter}` })
        )
      }
      journal.refusedConnects++
      return yield* refusal === "reset" ? Effect.fail("reset" as const) : Effect.never
    }
    const version = apiVersions[path]
    if (version !== undefined) {
      return { _tag: "Accepted", accept: (wire) => acceptApi(world, wire, version, path, request.query) } as const
    }
    const address = streamAddress(path, request.query)
    if (address === undefined) {
      journal.violation("UnknownEndpoint", `WebSocket ${shapeOf(path)}`)
      return refuse(page(404, "404 Not Found"))
    }
    return {
      _tag: "Accepted",
      accept: (wire) => new StreamConnection(world, wire, address, shapeOf(path))
    } as const
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
