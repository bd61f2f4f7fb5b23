/** The error classes that a code can select. */
export type ErrorClass =
  | "BadRequest"
  | "ClockSkew"
  | "InvalidListenKey"
  | "InvalidListenToken"
  | "RateLimited"
  | "ServerError"
  | "Unauthorized"

/**
 * The codes that are not a `BadRequest`. Codes whose meaning differs between hosts are not listed, and so count as
 * `BadRequest`.
 */
const classes: ReadonlyMap<number, ErrorClass> = new Map<number, ErrorClass>([
  [-1000, "ServerError"],
  [-1001, "ServerError"],
  [-1002, "Unauthorized"],
  [-1003, "RateLimited"],
  [-1006, "ServerError"],
  [-1007, "ServerError"],
  [-1008, "ServerError"],
  [-1015, "RateLimited"],
  [-1016, "ServerError"],
  [-1021, "ClockSkew"],
  [-1022, "Unauthorized"],
  [-1034, "RateLimited"],
  [-1099, "Unauthorized"],
  [-1109, "Unauthorized"],
  [-1125, "InvalidListenKey"],
  [-1193, "Unauthorized"],
  [-1209, "InvalidListenToken"],
  [-2008, "Unauthorized"],
  [-2014, "Unauthorized"],
  [-2015, "Unauthorized"],
  [-2017, "Unauthorized"],
  [-2028, "Unauthorized"],
  [-4109, "Unauthorized"],
  // Seen during a maintenance of the futures: the only positive error code.
  [239999, "ServerError"]
])

/** The class of a code; `undefined` if it is not an error code of Binance. */
export const classOf = (code: number | undefined): ErrorClass | undefined =>
  code === undefined ? undefined : (classes.get(code) ?? (code < 0 ? "BadRequest" : undefined))
