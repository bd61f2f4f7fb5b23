import { stringify } from "lossless-json"
import type { ApiKey } from "../accounts.js"
import { type Reading, truth } from "../faults/interpret.js"
import { missing, Refusal, refuse, rejectedKey } from "../refusal.js"
import { checkTiming } from "../timing.js"
import type { World } from "../world.js"
import type { Call, Context, Parameters } from "./call.js"
import { calls } from "./calls.js"
import { type Answer, failure, json, page, parametersOf, type Request, weightHeaders } from "./message.js"

const withoutSignature = (text: string) =>
  text
    .split("&")
    .filter((pair) => !pair.startsWith("signature="))
    .join("&")

const anonymous: ApiKey = { apiKey: "", account: "", kind: "None", verify: () => false }

const keyOf = (world: World, request: Request): ApiKey => {
  const apiKey = request.headers["x-mbx-apikey"]
  if (apiKey === undefined || apiKey.trim() === "") {
    world.journal.violation("MissingApiKey", `${request.method} ${request.path}`)
    return refuse(401, -2014, "API-key format invalid.")
  }
  return world.accounts.find(apiKey) ?? rejectedKey()
}

const checkSignature = (world: World, request: Request, key: ApiKey, parameters: Parameters) => {
  const signature = parameters.get("signature") ?? missing("signature")
  const timestamp = parameters.get("timestamp") ?? missing("timestamp")
  const mistimed = checkTiming(world.serverTime(), timestamp, parameters.get("recvWindow"))
  if (mistimed !== undefined) {
    refuse(400, mistimed.code, mistimed.msg)
  }
  if (!key.verify(withoutSignature(request.query) + withoutSignature(request.body), signature)) {
    world.journal.violation("InvalidSignature", `${request.method} ${request.path}`)
    refuse(400, -1022, "Signature for this request is not valid.")
  }
}

const signing = ["signature", "timestamp", "recvWindow"]

const checkNames = (world: World, request: Request, parameters: Parameters, known: ReadonlyArray<string>) => {
  for (const name of parameters.keys()) {
    if (!known.includes(name)) {
      const kind = signing.includes(name) && name !== "recvWindow" ? "NeedlesslySigned" : "UnknownParameter"
      world.journal.violation(kind, `${name} in ${request.method} ${request.path}`)
    }
  }
}

/** Who asks, once it is proven as far as the call needs it. */
const authenticate = (world: World, request: Request, call: Call, parameters: Parameters): ApiKey => {
  if (call.security === "none") {
    return anonymous
  }
  const key = keyOf(world, request)
  const isSigned =
    call.security === "signed" || (call.security === "signedIfSent" && parameters.get("signature") !== undefined)
  if (call.parameters !== undefined) {
    checkNames(world, request, parameters, isSigned ? [...call.parameters, ...signing] : call.parameters)
  }
  if (isSigned) {
    checkSignature(world, request, key, parameters)
  }
  return key
}

const weightOf = (call: Call, parameters: Parameters) =>
  typeof call.weight === "number" ? call.weight : call.weight(parameters)

/**
 * Answers a request over HTTP.
 */
export const handle = (world: World, request: Request, { alter, lag }: Reading = truth): Answer => {
  const call = calls[`${request.method} ${request.path}`]
  if (call === undefined) {
    world.journal.violation("UnknownEndpoint", `${request.method} ${request.path}`)
    return page(404, "404 Not Found")
  }
  if (call.isRetired === true && world.settings.retired) {
    return page(410, "410 Gone")
  }
  const { pool } = call
  const parameters = parametersOf(request)
  const excess = world.use(pool, weightOf(call, parameters))
  if (excess !== undefined) {
    const headers = { ...weightHeaders(world, pool), "retry-after": String(excess.retryAfter) }
    return failure(excess.status, -1003, excess.msg, headers)
  }
  try {
    const key = authenticate(world, request, call, parameters)
    const isMicrosecond = request.headers["x-mbx-time-unit"]?.toUpperCase() === "MICROSECOND"
    const context: Context = { world, isMicrosecond, key, parameters, readTime: world.serverTime() - lag }
    return json(200, stringify(alter(call.answer(context))) ?? "", weightHeaders(world, pool))
  } catch (error) {
    if (error instanceof Refusal) {
      return failure(error.status, error.code, error.msg, weightHeaders(world, pool))
    }
    throw error
  }
}
