/**
 * A request that the simulated Binance has seen: names, but no values.
 *
 * @since 0.1.0
 * @category models
 */
export interface RequestRecord {
  /** Epoch ms. */
  readonly at: number
  /** `PUT /dapi/v1/listenKey`, or the method of a WebSocket API: `session.logon`. */
  readonly endpoint: string
  readonly method: string
  readonly path: string
  /** The names of the parameters, sorted. */
  readonly parameters: ReadonlyArray<string>
  /** The names of the headers, in lower case, sorted. */
  readonly headers: ReadonlyArray<string>
  /** `200`, `400 -1125` (status and code), `reset`, `never`, or `pending`. */
  readonly outcome: string
}

/**
 * A thing that Binance does not like.
 *
 * @since 0.1.0
 * @category models
 */
export interface Violation {
  /** Epoch ms. */
  readonly at: number
  /**
   * `MissingApiKey`, `NeedlesslySigned`, `UnknownParameter`, `UnknownEndpoint`, `UnknownMethod`, `InvalidSignature`,
   * `InvalidJson`, `InvalidRequest`, `InvalidStreamRequest`, `MissingId`, `TooManyFrames`, `TooManyConnects`,
   * `WeightExceeded`, `WrongRoute` or `UnknownSymbol` (an isolated margin account of a symbol that is not simulated).
   */
  readonly kind: string
  readonly detail: string
}

/**
 * What the simulated Binance has counted since it started, or holds now.
 *
 * @since 0.1.0
 * @category models
 */
export interface Counters {
  /** How many requests had which outcome, by endpoint: `counters.requests["PUT /dapi/v1/listenKey"]?.["200"]`. */
  readonly requests: { readonly [endpoint: string]: { readonly [outcome: string]: number } }
  readonly liveKeys: number
  readonly liveTokens: number
  /** A half-open socket counts until the client closes it. */
  readonly openSockets: number
  /** On WebSocket APIs. */
  readonly subscriptions: number
  /** When each WebSocket connect was tried, in epoch ms, refused ones included. */
  readonly connects: ReadonlyArray<number>
  readonly refusedConnects: number
  readonly pingsSent: number
  readonly pongsReceived: number
  readonly pingsReceived: number
  /** Text frames. */
  readonly framesReceived: number
  /** Event frames. */
  readonly eventsSent: number
  readonly violations: ReadonlyArray<Violation>
}

/**
 * A socket that is open on the simulated Binance.
 *
 * @since 0.1.0
 * @category models
 */
export interface SocketInfo {
  readonly id: number
  /** With `<listenKey>` where a listen key was. */
  readonly path: string
  /** Epoch ms. */
  readonly openedAt: number
  readonly isHalfOpen: boolean
  /** Listen keys on a stream socket, subscriptions on a WebSocket API. */
  readonly streams: number
}
