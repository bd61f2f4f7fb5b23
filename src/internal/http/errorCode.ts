/** The class of the errors that have a code. */
export type ErrorClass =
  | "BadRequest"
  | "ClockSkew"
  | "InvalidListenKey"
  | "InvalidListenToken"
  | "RateLimited"
  | "ServerError"
  | "Unauthorized"

/**
 * The codes of Binance that say more than "the request is wrong". All others are `BadRequest`, among them all codes
 * that mean one thing on one host and another on the next.
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
  // Seen in a maintenance window of the futures, and the only positive code of an error.
  [239999, "ServerError"]
])

/** The class of a code; `undefined` for a code that is none of Binance's. */
export const classOf = (code: number | undefined): ErrorClass | undefined =>
  code === undefined ? undefined : (classes.get(code) ?? (code < 0 ? "BadRequest" : undefined))
