import type { Family } from "./products.js"
import type { Timer, Timers } from "./timers.js"

export interface Owner {
  readonly account: string
  readonly family: Family
  /** An isolated margin symbol. */
  readonly symbol: string | undefined
}

export interface ListenKey {
  readonly text: string
  readonly owner: Owner
  expiresAt: number
  timer: Timer
}

const validity = 60 * 60 * 1000

const idOf = (owner: Owner) => `${owner.family} ${owner.symbol ?? ""} ${owner.account}`

/**
 * One active listen key for each account, product and isolated symbol, for 60 minutes from its last renewal.
 */
export class ListenKeys {
  private readonly byOwner = new Map<string, ListenKey>()
  private readonly byText = new Map<string, ListenKey>()

  constructor(
    private readonly timers: Timers,
    private readonly newText: () => string,
    private readonly onExpired: (key: ListenKey) => void
  ) {}

  get size() {
    return this.byText.size
  }

  active(owner: Owner): ListenKey | undefined {
    return this.byOwner.get(idOf(owner))
  }

  find(text: string): ListenKey | undefined {
    return this.byText.get(text)
  }

  create(owner: Owner): ListenKey {
    const active = this.active(owner)
    if (active !== undefined) {
      this.extend(active)
      return active
    }
    const key: ListenKey = {
      text: this.newText(),
      owner,
      expiresAt: this.timers.now() + validity,
      timer: this.timers.after(validity, () => this.check(key))
    }
    this.byOwner.set(idOf(owner), key)
    this.byText.set(key.text, key)
    return key
  }

  extend(key: ListenKey) {
    key.expiresAt = this.timers.now() + validity
  }

  /** Ends a key without a word. */
  close(key: ListenKey) {
    key.timer.cancel()
    this.byOwner.delete(idOf(key.owner))
    this.byText.delete(key.text)
  }

  expire(key: ListenKey) {
    this.close(key)
    this.onExpired(key)
  }

  private check(key: ListenKey) {
    const left = key.expiresAt - this.timers.now()
    if (left <= 0) {
      this.expire(key)
    } else {
      key.timer = this.timers.after(left, () => this.check(key))
    }
  }
}

export interface ListenToken {
  readonly text: string
  readonly account: string
  readonly symbol: string | undefined
  expiresAt: number
}

export class ListenTokens {
  private readonly tokens = new Map<string, ListenToken>()

  constructor(
    private readonly timers: Timers,
    private readonly newText: () => string
  ) {}

  get size() {
    this.dropExpired()
    return this.tokens.size
  }

  create(account: string, symbol: string | undefined, validity: number): ListenToken {
    this.dropExpired()
    const token = { text: this.newText(), account, symbol, expiresAt: this.timers.now() + validity }
    this.tokens.set(token.text, token)
    return token
  }

  find(text: string): ListenToken | undefined {
    const token = this.tokens.get(text)
    return token !== undefined && token.expiresAt > this.timers.now() ? token : undefined
  }

  expire(account: string, symbol: string | undefined) {
    for (const token of this.tokens.values()) {
      if (token.account === account && token.symbol === symbol) {
        token.expiresAt = this.timers.now()
      }
    }
    this.dropExpired()
  }

  private dropExpired() {
    for (const [text, token] of this.tokens) {
      if (token.expiresAt <= this.timers.now()) {
        this.tokens.delete(text)
      }
    }
  }
}
