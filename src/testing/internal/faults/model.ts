import type * as Duration from "effect/Duration"
import type { Product } from "../../../Environment.js"

/**
 * Which sockets a fault is about. What is left out matches everything.
 *
 * @since 0.1.0
 * @category models
 */
export interface Sockets {
  readonly product?: Product | undefined
  /** The name of an account. */
  readonly account?: string | undefined
  /** An isolated margin symbol. */
  readonly symbol?: string | undefined
  /** The id of one socket: see `SimulatedBinance.Service.sockets`. */
  readonly id?: number | undefined
}

/**
 * Whose listen key a fault is about.
 *
 * @since 0.1.0
 * @category models
 */
export interface Owner {
  readonly product: Product
  /** Default: the default account. */
  readonly account?: string | undefined
  /** An isolated margin symbol. */
  readonly symbol?: string | undefined
}

/**
 * For which requests, and for how long, a faulty answer holds.
 *
 * @since 0.1.0
 * @category models
 */
export interface Scope {
  /**
   * `"PUT /dapi/v1/listenKey"`, `"/dapi/v1/listenKey"` for every method, or the method of a WebSocket API such as
   * `"session.logon"`. Default: every request.
   */
  readonly endpoint?: string | undefined
  /** How many requests pass before. Default: 0. */
  readonly skip?: number | undefined
  /** For how many requests. Default: 1, or without end where `for` is given. */
  readonly times?: number | undefined
  /** For how long. Default: until `times` requests were met. */
  readonly for?: Duration.DurationInput | undefined
}

/**
 * A faulty answer to a request over HTTP or over a WebSocket API.
 *
 * @since 0.1.0
 * @category models
 */
export type Answer =
  | {
      readonly _tag: "Status"
      readonly status: number
      readonly code: number | undefined
      readonly msg: string
      /** A page instead of `{code,msg}`; over a WebSocket API there are none. */
      readonly html: boolean
      /** Seconds. */
      readonly retryAfter: number | undefined
      /** Whether Binance does what was asked before it answers like this. */
      readonly processed: boolean
    }
  | { readonly _tag: "Slow"; readonly by: number; readonly processed: "before" | "after" }
  | { readonly _tag: "Never"; readonly processed: boolean }
  | { readonly _tag: "Reset"; readonly processed: boolean }
  | { readonly _tag: "Truncated" }
  | { readonly _tag: "Empty" }
  | { readonly _tag: "Lag"; readonly by: number }
  | { readonly _tag: "Lack"; readonly orderId: string }
  | { readonly _tag: "CutPage"; readonly rows: number }

/**
 * How a connect is refused: with an HTTP status, by a reset, or by never answering.
 *
 * @since 0.1.0
 * @category models
 */
export type Refusal = number | "reset" | "never"

/**
 * Something that goes wrong on the simulated Binance once it is injected. Make one with a function of this module.
 *
 * @since 0.1.0
 * @category models
 */
export type Fault =
  | { readonly _tag: "Request"; readonly answer: Answer; readonly scope: Scope }
  | {
      readonly _tag: "Connect"
      readonly refusal: Refusal
      /** Seconds. */
      readonly retryAfter: number | undefined
      readonly scope: Pick<Scope, "times" | "for">
      /** How the path of the connect begins, for example `/private`. */
      readonly path: string | undefined
    }
  | { readonly _tag: "Close"; readonly sockets: Sockets; readonly code: number; readonly reason: string }
  | { readonly _tag: "Cut"; readonly sockets: Sockets }
  | { readonly _tag: "HalfOpen"; readonly sockets: Sockets }
  | { readonly _tag: "Stall"; readonly sockets: Sockets; readonly for: number }
  | { readonly _tag: "Ignore"; readonly sockets: Sockets }
  | { readonly _tag: "Stop"; readonly sockets: Sockets }
  | { readonly _tag: "Resume"; readonly sockets: Sockets }
  | {
      readonly _tag: "Frame"
      readonly sockets: Sockets
      readonly change: "Duplicate" | "Truncate" | "Garbage" | "Lose"
      /** How many frames pass before. */
      readonly skip: number
      readonly times: number
    }
  | { readonly _tag: "DelayFrames"; readonly sockets: Sockets; readonly by: number; readonly times: number }
  | { readonly _tag: "UnknownEvent"; readonly sockets: Sockets }
  | { readonly _tag: "ServerShutdown"; readonly sockets: Sockets }
  | { readonly _tag: "EventStreamTerminated"; readonly sockets: Sockets }
  | { readonly _tag: "ExpireListenKey"; readonly owner: Owner }
  | { readonly _tag: "DeleteListenKey"; readonly owner: Owner }
  | { readonly _tag: "RotateListenKey"; readonly owner: Owner }
  | { readonly _tag: "ExpireListenTokens"; readonly owner: Omit<Owner, "product"> }
  | { readonly _tag: "RevokeApiKey"; readonly apiKey: string }
  | { readonly _tag: "HoldTriggers" }
  | { readonly _tag: "ReleaseTriggers" }
  | { readonly _tag: "LateAlgoUpdates"; readonly by: number }
  | { readonly _tag: "ClockSkew"; readonly by: number }
  | { readonly _tag: "Clear" }
