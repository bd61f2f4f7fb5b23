import type { Pool } from "../weights.js"
import type { World } from "../world.js"

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

export const page = (status: number, title: string, headers: { readonly [name: string]: string } = {}): Answer => ({
  status,
  headers: { ...headers, "content-type": "text/html" },
  body: `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`
})

export const json = (status: number, text: string, headers: { readonly [name: string]: string } = {}): Answer => ({
  status,
  headers: { ...headers, "content-type": "application/json;charset=UTF-8" },
  body: text
})

export const failure = (
  status: number,
  code: number,
  msg: string,
  headers: { readonly [name: string]: string } = {}
): Answer => ({ ...json(status, JSON.stringify({ code, msg }), headers), code })

export const weightHeaders = (world: World, pool: Pool): { readonly [name: string]: string } => {
  const used = String(world.weights.used(pool))
  if (pool === "sapi" || pool === "sapiUid") {
    return { [`x-sapi-used-${pool === "sapi" ? "ip" : "uid"}-weight-1m`]: used }
  }
  return pool === "spot"
    ? { "x-mbx-used-weight": used, "x-mbx-used-weight-1m": used }
    : { "x-mbx-used-weight-1m": used }
}

/** The parameters of query and form together; where both have a name, the query wins. */
export const parametersOf = (request: Request): Map<string, string> => {
  const isForm = (request.headers["content-type"] ?? "application/x-www-form-urlencoded").includes(
    "x-www-form-urlencoded"
  )
  return new Map([...(isForm ? new URLSearchParams(request.body) : []), ...new URLSearchParams(request.query)])
}
