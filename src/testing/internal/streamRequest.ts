/** What a client asks of a socket that carries streams. */
export type StreamRequest =
  | { readonly _tag: "Subscribe" | "Unsubscribe"; readonly id: unknown; readonly names: ReadonlyArray<string> }
  | { readonly _tag: "ListSubscriptions" | "GetCombined"; readonly id: unknown }
  | { readonly _tag: "SetCombined"; readonly id: unknown; readonly isCombined: boolean }
  | StreamRefusal

export interface StreamRefusal {
  readonly _tag: "Refused"
  /** Absent where the request has none that can be used. */
  readonly id: unknown
  readonly code: number
  readonly msg: string
}

const refused = (code: number, msg: string, id?: unknown): StreamRefusal => ({ _tag: "Refused", id, code, msg })

const isId = (id: unknown): boolean =>
  id === undefined ||
  id === null ||
  (typeof id === "number" && Number.isInteger(id)) ||
  (typeof id === "string" && id.length <= 36)

const methodOf = (method: unknown, params: unknown, id: unknown): StreamRequest => {
  switch (method) {
    case "SUBSCRIBE":
    case "UNSUBSCRIBE":
      return Array.isArray(params) && params.every((name) => typeof name === "string")
        ? { _tag: method === "SUBSCRIBE" ? "Subscribe" : "Unsubscribe", id, names: params }
        : refused(1, "Invalid value type: expected an array of strings in `params`", id)
    case "LIST_SUBSCRIPTIONS":
      return { _tag: "ListSubscriptions", id }
    case "SET_PROPERTY":
      return Array.isArray(params) && params[0] === "combined" && typeof params[1] === "boolean"
        ? { _tag: "SetCombined", id, isCombined: params[1] }
        : refused(1, 'Invalid value type: expected ["combined", true] or ["combined", false]', id)
    case "GET_PROPERTY":
      return { _tag: "GetCombined", id }
    default:
      return refused(2, "Invalid request: unknown variant in field `method`", id)
  }
}

export const streamRequest = (text: string): StreamRequest => {
  let request: unknown
  try {
    request = JSON.parse(text)
  } catch {
    return refused(3, "Invalid JSON: expected value at line 1 column 1")
  }
  if (typeof request !== "object" || request === null || Array.isArray(request)) {
    return refused(2, "Invalid request: request must be an object")
  }
  const { id, method, params, ...others } = request as Record<string, unknown>
  if (!isId(id)) {
    return refused(2, "Invalid request: request ID must be an unsigned integer, or a string of at most 36")
  }
  if (method === undefined) {
    return refused(2, "Invalid request: missing field `method`", id)
  }
  const unknown = Object.keys(others)[0]
  return unknown === undefined ? methodOf(method, params, id) : refused(0, `Unknown property: ${unknown}`, id)
}
