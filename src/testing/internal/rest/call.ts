import type { ApiKey } from "../accounts.js"
import type { SpotAccount } from "../exchange/spot/account.js"
import type { Pool } from "../weights.js"
import type { World } from "../world.js"

export type Parameters = ReadonlyMap<string, string>

export interface Context {
  readonly world: World
  /** Whether times are asked for in microseconds. */
  readonly isMicrosecond: boolean
  readonly key: ApiKey
  /** The time that reads tell of: now, unless they lag behind. */
  readonly readTime: number
  readonly parameters: Parameters
  /** The margin account that a call of spot's kind is about, and how far back its histories go by themselves, in ms. */
  readonly margin?: { readonly account: SpotAccount; readonly span: number } | undefined
}

/**
 * One call over HTTP: what it costs, who may make it, and what it answers.
 */
export interface Call {
  readonly pool: Pool
  readonly weight: number | ((parameters: Parameters) => number)
  /** `"signedIfSent"`: a signature is not needed, but checked. */
  readonly security: "none" | "key" | "signed" | "signedIfSent"
  /** The names that are known; any if not given. */
  readonly parameters?: ReadonlyArray<string> | undefined
  readonly isRetired?: boolean | undefined
  /** The value of the answer. Throws a `Refusal`. */
  readonly answer: (context: Context) => unknown
}

export interface Calls {
  /** By method and path. */
  readonly [endpoint: string]: Call
}
