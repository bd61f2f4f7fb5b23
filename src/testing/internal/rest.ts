import type { ApiKey } from "./accounts.js"
import type { Owner } from "./credentials.js"
import type { Family } from "./products.js"
import { checkTiming } from "./timing.js"
import type { Pool, World } from "./world.js"

export interface Request {
  readonly method: string
  readonly path: string
  /** Without `?`. */
  readonly query: string
  /** With lower-case names. */
  readonly headers: { readonly [name: string]: string | undefined }
  readonly body: string
}

export interface Answer {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly body: string
  /** The code of an error, for the books. */
  readonly code?: number | undefined
}

type Want = "none" | "optional" | "required"

interface ListenKeyCalls {
  readonly family: Family
  readonly pool: Pool
  readonly weight: { readonly [method: string]: number }
  readonly key: Want
  readonly symbol: boolean
  readonly answersKey: boolean
  readonly expiration: boolean
  readonly retired: boolean
}

const calls = (family: Family, pool: Pool, options: Partial<ListenKeyCalls> = {}): ListenKeyCalls => ({
  family,
  pool,
  weight: { POST: 1, PUT: 1, DELETE: 1 },
  key: "none",
  symbol: false,
  answersKey: false,
  expiration: false,
  retired: false,
  ...options
})

const listenKeyCalls: { readonly [path: string]: ListenKeyCalls } = {
  "/dapi/v1/listenKey": calls("CoinFutures", "futures", { answersKey: true }),
  "/fapi/v1/listenKey": calls("UsdFutures", "futures", { answersKey: true }),
  "/eapi/v1/listenKey": calls("EuropeanOptions", "options", { expiration: true }),
  "/papi/v1/listenKey": calls("PortfolioMargin", "portfolioMargin"),
  "/sapi/v1/margin/listen-key": calls("MarginRisk", "sapi", {
    key: "required",
    weight: { POST: 1, PUT: 1, DELETE: 3000 }
  }),
  "/api/v3/userDataStream": calls("Spot", "spot", {
    key: "required",
    retired: true,
    weight: { POST: 2, PUT: 2, DELETE: 2 }
  }),
  "/sapi/v1/userDataStream": calls("Margin", "sapi", { key: "optional", retired: true }),
  "/sapi/v1/userDataStream/isolated": calls("Margin", "sapi", { key: "required", symbol: true, retired: true })
}

const timePools: { readonly [path: string]: Pool } = {
  "/api/v3/time": "spot",
  "/fapi/v1/time": "futures",
  "/dapi/v1/time": "futures",
  "/eapi/v1/time": "options"
}

const pingPools: { readonly [path: string]: Pool } = {
  "/api/v3/ping": "spot",
  "/fapi/v1/ping": "futures",
  "/dapi/v1/ping": "futures",
  "/eapi/v1/ping": "options",
  "/papi/v1/ping": "portfolioMargin"
}

export const page = (status: number, title: string, headers: { readonly [name: string]: string } = {}): Answer => ({
  status,
  headers: { ...headers, "content-type": "text/html" },
  body: `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`
})

export const json = (status: number, value: unknown, headers: { readonly [name: string]: string } = {}): Answer => ({
  status,
  headers: { ...headers, "content-type": "application/json;charset=UTF-8" },
  body: JSON.stringify(value)
})

export const failure = (
  status: number,
  code: number,
  msg: string,
  headers: { readonly [name: string]: string } = {}
): Answer => ({ ...json(status, { code, msg }, headers), code })

const weightHeaders = (world: World, pool: Pool): { readonly [name: string]: string } => {
  const used = String(world.used(pool))
  if (pool === "sapi") {
    return { "x-sapi-used-ip-weight-1m": used, "x-sapi-used-uid-weight-1m": used }
  }
  return pool === "spot"
    ? { "x-mbx-used-weight": used, "x-mbx-used-weight-1m": used }
    : { "x-mbx-used-weight-1m": used }
}

const secondsToNextMinute = (world: World) => Math.ceil((60_000 - (world.now() % 60_000)) / 1000)

/** The parameters of query and form together; where both have a name, the query wins. */
export const parametersOf = (request: Request): Map<string, string> => {
  const isForm = (request.headers["content-type"] ?? "application/x-www-form-urlencoded").includes(
    "x-www-form-urlencoded"
  )
  return new Map([...(isForm ? new URLSearchParams(request.body) : []), ...new URLSearchParams(request.query)])
}

const mandatory = (name: string, headers: { readonly [name: string]: string }) =>
  failure(400, -1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`, headers)

const withoutSignature = (text: string) =>
  text
    .split("&")
    .filter((pair) => !pair.startsWith("signature="))
    .join("&")

/** Every call here is of the type USER_STREAM: the API key, and nothing else. */
const authenticate = (world: World, request: Request, headers: { readonly [name: string]: string }) => {
  const apiKey = request.headers["x-mbx-apikey"]
  if (apiKey === undefined || apiKey.trim() === "") {
    world.journal.violation("MissingApiKey", `${request.method} ${request.path}`)
    return failure(401, -2014, "API-key format invalid.", headers)
  }
  return world.accounts.find(apiKey) ?? failure(401, -2015, "Invalid API-key, IP, or permissions for action.", headers)
}

const isAnswer = (value: ApiKey | Answer): value is Answer => "status" in value

const checkNames = (
  world: World,
  request: Request,
  parameters: ReadonlyMap<string, string>,
  known: ReadonlyArray<string>
) => {
  for (const name of parameters.keys()) {
    if (!known.includes(name)) {
      const kind = name === "signature" || name === "timestamp" ? "NeedlesslySigned" : "UnknownParameter"
      world.journal.violation(kind, `${name} in ${request.method} ${request.path}`)
    }
  }
}

const listenKey = (world: World, request: Request, call: ListenKeyCalls): Answer => {
  const headers = weightHeaders(world, call.pool)
  const key = authenticate(world, request, headers)
  if (isAnswer(key)) {
    return key
  }
  const parameters = parametersOf(request)
  const isPost = request.method === "POST"
  const wantsKey: Want = isPost || (call.family === "MarginRisk" && request.method === "DELETE") ? "none" : call.key
  checkNames(world, request, parameters, [
    ...(wantsKey === "none" ? [] : ["listenKey"]),
    ...(call.symbol ? ["symbol"] : [])
  ])
  const symbol = parameters.get("symbol")
  if (call.symbol && symbol === undefined) {
    return mandatory("symbol", headers)
  }
  if (call.symbol && symbol === "") {
    return failure(400, -1105, "Parameter 'symbol' was empty.", headers)
  }
  const owner: Owner = { account: key.account, family: call.family, symbol: call.symbol ? symbol : undefined }
  if (isPost) {
    const { expiresAt, text } = world.keys.create(owner)
    return json(
      200,
      call.expiration ? { listenKey: text, expiration: expiresAt + world.skew } : { listenKey: text },
      headers
    )
  }
  const given = wantsKey === "none" ? undefined : parameters.get("listenKey")
  if (given === undefined && wantsKey === "required") {
    return mandatory("listenKey", headers)
  }
  if (given === "") {
    return failure(400, -1105, "Parameter 'listenKey' was empty.", headers)
  }
  const active = world.keys.active(owner)
  if (active === undefined || (given !== undefined && given !== active.text)) {
    return failure(400, -1125, "This listenKey does not exist.", headers)
  }
  if (request.method === "PUT") {
    world.keys.extend(active)
    return json(200, call.answersKey ? { listenKey: active.text } : {}, headers)
  }
  world.keys.close(active)
  return json(200, {}, headers)
}

const day = 24 * 60 * 60 * 1000

const userListenToken = (world: World, request: Request): Answer => {
  const headers = weightHeaders(world, "sapi")
  const key = authenticate(world, request, headers)
  if (isAnswer(key)) {
    return key
  }
  const parameters = parametersOf(request)
  const signature = parameters.get("signature")
  checkNames(world, request, parameters, [
    "isIsolated",
    "symbol",
    "validity",
    ...(signature === undefined ? [] : ["signature", "timestamp", "recvWindow"])
  ])
  if (signature !== undefined) {
    const timestamp = parameters.get("timestamp")
    if (timestamp === undefined) {
      return mandatory("timestamp", headers)
    }
    const mistimed = checkTiming(world.serverTime(), timestamp, parameters.get("recvWindow"))
    if (mistimed !== undefined) {
      return failure(400, mistimed.code, mistimed.msg, headers)
    }
    if (!key.verify(withoutSignature(request.query) + withoutSignature(request.body), signature)) {
      world.journal.violation("InvalidSignature", `${request.method} ${request.path}`)
      return failure(400, -1022, "Signature for this request is not valid.", headers)
    }
  }
  const isIsolated = (parameters.get("isIsolated") ?? "false").toLowerCase() === "true"
  const symbol = parameters.get("symbol")
  if (isIsolated && (symbol === undefined || symbol === "")) {
    return mandatory("symbol", headers)
  }
  const validity = Number(parameters.get("validity") ?? day)
  if (!Number.isInteger(validity) || validity <= 0 || validity > day) {
    return failure(400, -1130, "Data sent for parameter 'validity' is not valid.", headers)
  }
  const token = world.tokens.create(key.account, isIsolated ? symbol : undefined, validity)
  return json(200, { token: token.text, expirationTime: token.expiresAt + world.skew }, headers)
}

/**
 * Answers a request over HTTP.
 */
export const handle = (world: World, request: Request): Answer => {
  const call = listenKeyCalls[request.path]
  const weighted = (pool: Pool, weight: number, answer: () => Answer): Answer => {
    if (world.use(pool, weight)) {
      return answer()
    }
    return failure(429, -1003, `Too many requests; current limit of IP is ${world.limit(pool)} requests per minute.`, {
      ...weightHeaders(world, pool),
      "retry-after": String(secondsToNextMinute(world))
    })
  }
  if (call !== undefined && call.weight[request.method] !== undefined) {
    return call.retired && world.settings.retired
      ? page(410, "410 Gone")
      : weighted(call.pool, call.weight[request.method]!, () => listenKey(world, request, call))
  }
  if (request.path === "/sapi/v1/userListenToken" && request.method === "POST") {
    return weighted("sapi", 1, () => userListenToken(world, request))
  }
  if (request.method === "GET") {
    const timePool = timePools[request.path]
    if (timePool !== undefined) {
      const isMicro = request.headers["x-mbx-time-unit"]?.toUpperCase() === "MICROSECOND"
      return weighted(timePool, 1, () =>
        json(200, { serverTime: world.serverTime() * (isMicro ? 1000 : 1) }, weightHeaders(world, timePool))
      )
    }
    const pingPool = pingPools[request.path]
    if (pingPool !== undefined) {
      return weighted(pingPool, 1, () => json(200, {}, weightHeaders(world, pingPool)))
    }
  }
  world.journal.violation("UnknownEndpoint", `${request.method} ${request.path}`)
  return page(404, "404 Not Found")
}
