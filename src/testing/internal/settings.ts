export interface Cadence {
  /** ms */
  readonly pingInterval: number
  /** ms */
  readonly pongTimeout: number
}

export interface Settings {
  readonly retired: boolean
  readonly enforceLimits: boolean
  /** ms */
  readonly lifetime: number
  readonly lifetimeCloseCode: number
  readonly cadence: {
    readonly webSocketApi: Cadence
    readonly futures: Cadence
    readonly options: Cadence
  }
  readonly pushesByClock: boolean
  /** Of orders, trades and what else has an id. */
  readonly firstId: bigint
  readonly maxSubscriptions: number
  readonly maxSubscriptionIds: number
}
