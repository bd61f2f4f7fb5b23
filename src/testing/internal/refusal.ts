/**
 * A request that Binance refuses, with the status, code and message that it documents.
 */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    readonly msg: string,
    /** What a WebSocket API adds. */
    readonly data?: object
  ) {
    super(msg)
  }
}

export const refuse = (status: number, code: number, msg: string): never => {
  throw new Refusal(status, code, msg)
}

export const rejectedKey = (): never => refuse(401, -2015, "Invalid API-key, IP, or permissions for action.")

export const missing = (name: string): never =>
  refuse(400, -1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`)
