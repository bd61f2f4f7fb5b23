/**
 * What the dashboard shows, as a pure function of what happened: every element of every stream, every change of a
 * stream's health, every fault. Everything in a view is bounded, and what did not change stays the same object.
 */

import { Account, type Environment, StreamNotice, type UserDataStream } from "effect-binance-user-data"
import { type Balance, type Event, type Figure, meaningOf, type Order, type Position, rowsOf } from "./account.js"

/** A stream that the dashboard follows. */
export interface Source {
  readonly product: Environment.Product
  readonly name: string
  /** What allows it to listen: a listen key, a listen token, or a signed subscription. */
  readonly credential: string
}

/** A span of time in which events may have been missed. Times are epoch ms. */
export interface Gap {
  readonly from: number
  /** Absent while it lasts. */
  readonly to?: number
  readonly cause: string
}

/** The health of a stream, in a form that can be sent. Times are epoch ms. */
export interface Health {
  readonly phase: UserDataStream.Status["phase"]
  readonly consumers: number
  readonly rollovers: number
  readonly reconnects: { readonly [cause: string]: number }
  readonly liveSince?: number
  readonly connectedAt?: number
  readonly credentialExpiresAt?: number
  readonly nextRolloverAt?: number
  readonly lastFrameAt?: number
  readonly lastEventAt?: number
  readonly lastError?: string
}

export interface Card extends Source {
  readonly health: Health
  /** Whether the rows can be trusted. Absent where they are what events said, because there is no account. */
  readonly phase?: Account.Phase["_tag"]
  /** Why the stream has ended, or could not be had. */
  readonly failure?: string
  /** When the stream was live for the first time, in epoch ms. */
  readonly openedAt?: number
  readonly events: number
  readonly gapCount: number
  /** The last ones, newest first. So are orders; the others are in the order in which they were first heard of. */
  readonly gaps: ReadonlyArray<Gap>
  readonly orders: ReadonlyArray<Order>
  readonly balances: ReadonlyArray<Balance>
  readonly positions: ReadonlyArray<Position>
  readonly figures: ReadonlyArray<Figure>
}

/** A line of the event log. */
export interface Entry {
  /** Counts from 1. */
  readonly id: number
  /** Epoch ms. */
  readonly at: number
  readonly name: string
  readonly kind: "Event" | "Notice" | "Gap" | "Fault" | "Failure"
  readonly text: string
}

export interface View {
  /** `simulated`, `production`, `testnet` or `demo`. */
  readonly environment: string
  readonly cards: ReadonlyArray<Card>
  /** How many entries there have been. */
  readonly entries: number
  /** The last ones, newest first. */
  readonly log: ReadonlyArray<Entry>
}

/** What can happen. `at` is in epoch ms. */
export type Happening =
  | {
      readonly _tag: "Element"
      readonly at: number
      readonly product: Environment.Product
      readonly element: Event | StreamNotice.StreamNotice | Account.AccountElement
    }
  | { readonly _tag: "Status"; readonly status: UserDataStream.Status }
  | { readonly _tag: "Account"; readonly product: Environment.Product; readonly state: Account.State }
  | {
      readonly _tag: "Ended"
      readonly at: number
      readonly product: Environment.Product
      readonly reason: string
    }
  | { readonly _tag: "Fault"; readonly at: number; readonly name: string; readonly text: string }

/** How much of everything is kept. */
export const limits = { log: 200, gaps: 10, orders: 5, balances: 20, positions: 20, figures: 20 }

const idle: Health = { phase: "Idle", consumers: 0, rollovers: 0, reconnects: {} }

export const empty = (environment: string, sources: ReadonlyArray<Source>): View => ({
  environment,
  cards: sources.map(({ credential, name, product }) => ({
    product,
    name,
    credential,
    health: idle,
    events: 0,
    gapCount: 0,
    gaps: [],
    orders: [],
    balances: [],
    positions: [],
    figures: []
  })),
  entries: 0,
  log: []
})

export const describeCause = (cause: StreamNotice.Cause): string => {
  switch (cause._tag) {
    case "SocketClosed":
      return `socket closed, code ${cause.code}${cause.reason === "" ? "" : ` (${cause.reason})`}`
    case "HalfOpen":
      return `half-open socket, silent for ${(cause.silence / 1000).toFixed(1)} s`
    case "KeyExpired":
      return "listen key expired"
    case "KeyRejected":
      return "listen key deleted or replaced by another client"
    case "StreamTerminated":
      return "subscription ended by Binance"
    case "ServerShutdown":
      return "server goes away"
    case "MaximumAge":
      return "connection reached its maximum age"
    case "Overflow":
      return `this consumer was too slow, ${cause.dropped} events dropped`
  }
}

/** Puts rows in the place of those with the same key, or behind all others, and lets the oldest go. */
const merge = <Row>(
  rows: ReadonlyArray<Row>,
  changed: ReadonlyArray<Row> | undefined,
  keyOf: (row: Row) => string,
  limit: number
): ReadonlyArray<Row> => {
  if (changed === undefined || changed.length === 0) {
    return rows
  }
  const merged = new Map(rows.map((row) => [keyOf(row), row]))
  for (const row of changed) {
    merged.set(keyOf(row), row)
  }
  return Array.from(merged.values()).slice(-limit)
}

/** Puts rows before all others. */
const prepend = <Row>(
  rows: ReadonlyArray<Row>,
  changed: ReadonlyArray<Row> | undefined,
  keyOf: (row: Row) => string,
  limit: number
): ReadonlyArray<Row> => {
  if (changed === undefined || changed.length === 0) {
    return rows
  }
  const keys = new Set(changed.map(keyOf))
  return [...changed, ...rows.filter((row) => !keys.has(keyOf(row)))].slice(0, limit)
}

const isOpenPosition = ({ amount }: Position) => /[1-9]/.test(amount)

const positionsAfter = (positions: ReadonlyArray<Position>, changed: ReadonlyArray<Position> | undefined) => {
  const merged = merge(positions, changed, ({ side, symbol }) => `${symbol} ${side}`, limits.positions)
  return merged === positions ? positions : merged.filter(isOpenPosition)
}

type Told = readonly [card: Card, entry: Pick<Entry, "kind" | "text">]

const afterEvent = (card: Card, event: Event | Account.AccountElement): Told => {
  const { balances, figures, orders, positions, text } = meaningOf(event)
  const hasAccount = card.phase !== undefined
  return [
    {
      ...card,
      events: card.events + (Account.isAccountElement(event) ? 0 : 1),
      orders: prepend(card.orders, orders, ({ id, symbol }) => `${symbol} ${id}`, limits.orders),
      balances: hasAccount ? card.balances : merge(card.balances, balances, ({ asset }) => asset, limits.balances),
      positions: hasAccount ? card.positions : positionsAfter(card.positions, positions),
      figures: merge(card.figures, figures, ({ label }) => label, limits.figures)
    },
    { kind: Account.isAccountElement(event) ? "Notice" : "Event", text }
  ]
}

/** Open orders are as the account has them. Those that have ended stay as they were last heard of. */
const afterState = (card: Card, state: Account.State): Card => {
  const { balances, orders, positions } = rowsOf(state)
  return {
    ...card,
    phase: state.phase._tag,
    orders: merge(card.orders, orders, ({ id, symbol }) => `${symbol} ${id}`, limits.orders),
    balances: balances.slice(0, limits.balances),
    positions: positions.slice(0, limits.positions)
  }
}

const withGap = (card: Card, gap: Gap): Card => {
  const lasts = card.gaps[0] !== undefined && card.gaps[0].to === undefined
  return {
    ...card,
    gapCount: card.gapCount + (lasts ? 0 : 1),
    gaps: [gap, ...card.gaps.slice(lasts ? 1 : 0)].slice(0, limits.gaps)
  }
}

const seconds = (from: number, to: number) => `${((to - from) / 1000).toFixed(1)} s`

const afterNotice = (card: Card, notice: StreamNotice.StreamNotice): Told => {
  switch (notice._tag) {
    case "Opened":
      return [
        { ...card, openedAt: notice.at },
        { kind: "Notice", text: card.phase === undefined ? "live: read the account over REST now" : "live" }
      ]
    case "Interrupted": {
      const cause = describeCause(notice.cause)
      return [
        withGap(card, { from: notice.lastFrameAt, cause }),
        { kind: "Gap", text: `interrupted: ${cause}. Connecting again` }
      ]
    }
    case "Resumed": {
      const { from, to } = notice.gap
      const cause = describeCause(notice.gap.cause)
      return [
        withGap(card, { from, to, cause }),
        {
          kind: "Gap",
          text: `live again after ${seconds(from, to)}: ${cause}.${card.phase === undefined ? " Re-read that time over REST" : ""}`
        }
      ]
    }
    case "RolledOver":
      return [
        card,
        { kind: "Notice", text: `rolled over to a new connection: ${describeCause(notice.cause)}. Nothing missed` }
      ]
  }
}

const defined = <A extends object>(fields: A): { [K in keyof A]?: Exclude<A[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never

export const healthOf = (status: UserDataStream.Status): Health => ({
  phase: status.phase,
  consumers: status.consumers,
  rollovers: status.rollovers,
  reconnects: defined(status.reconnects),
  ...defined({
    liveSince: status.liveSince,
    connectedAt: status.connectedAt,
    credentialExpiresAt: status.credentialExpiresAt,
    nextRolloverAt: status.nextRolloverAt,
    lastFrameAt: status.lastFrameAt,
    lastEventAt: status.lastEventAt,
    lastError: status.lastError?.message
  })
})

const isSame = (a: Health, b: Health) => JSON.stringify(a) === JSON.stringify(b)

const withCard = (view: View, product: Environment.Product, change: (card: Card) => Card): View => ({
  ...view,
  cards: view.cards.map((card) => (card.product === product ? change(card) : card))
})

const withEntry = (view: View, entry: Omit<Entry, "id">): View => ({
  ...view,
  entries: view.entries + 1,
  log: [{ id: view.entries + 1, ...entry }, ...view.log].slice(0, limits.log)
})

const cardOf = (view: View, product: Environment.Product) => view.cards.find((card) => card.product === product)

const afterCard = (view: View, at: number, product: Environment.Product, change: (card: Card) => Told): View => {
  const card = cardOf(view, product)
  if (card === undefined) {
    return view
  }
  const [changed, entry] = change(card)
  return withEntry(
    withCard(view, product, () => changed),
    { at, name: card.name, ...entry }
  )
}

/** The view after something happened. */
export const update = (view: View, happening: Happening): View => {
  switch (happening._tag) {
    case "Element": {
      const { at, element, product } = happening
      return afterCard(view, at, product, (card) =>
        StreamNotice.isStreamNotice(element) ? afterNotice(card, element) : afterEvent(card, element)
      )
    }
    case "Status": {
      const { product } = happening.status
      const health = healthOf(happening.status)
      const card = cardOf(view, product)
      return card === undefined || isSame(card.health, health)
        ? view
        : withCard(view, product, (card) => ({ ...card, health }))
    }
    case "Account":
      return withCard(view, happening.product, (card) => afterState(card, happening.state))
    case "Ended":
      return afterCard(view, happening.at, happening.product, (card) => [
        { ...card, failure: happening.reason },
        { kind: "Failure", text: happening.reason }
      ])
    case "Fault":
      return withEntry(view, { at: happening.at, name: happening.name, kind: "Fault", text: happening.text })
  }
}

/** What a browser is told: everything, or what has changed since it was last told something. */
export type Message =
  | { readonly _tag: "Snapshot"; readonly view: View }
  | { readonly _tag: "Change"; readonly cards: ReadonlyArray<Card>; readonly log: ReadonlyArray<Entry> }

/** What to tell a browser that shows one view, so that it shows another: everything, where that cannot be told apart. */
export const difference = (shown: View | undefined, view: View): Message => {
  if (shown === undefined || view.entries - shown.entries > view.log.length) {
    return { _tag: "Snapshot", view }
  }
  return {
    _tag: "Change",
    cards: view.cards.filter((card, index) => card !== shown.cards[index]),
    log: view.log.slice(0, view.entries - shown.entries)
  }
}
