import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { AccountElement, Phase } from "../../../Account.js"
import type { BinanceError } from "../../../BinanceError.js"
import * as Span from "../../span.js"
import * as Book from "../book/book.js"
import type * as Reconcile from "../reconcile/reconcile.js"
import type { EngineContext } from "./context.js"
import { askInRounds } from "./rounds.js"
import type { Trigger } from "./trigger.js"

/** A gap is confirmed as a gap: fills may have been behind although all lists agreed. */
const recoveryKind = ({ gap, kind }: Trigger): Reconcile.Start["kind"] =>
  kind === "Confirm" ? (gap === undefined ? "Check" : "Gap") : kind

/** The phase after a recovery. A doubt reads only what it asks about. */
const phaseAfter = (before: Phase, { kind }: Trigger, unread: string | undefined, now: number, since: number): Phase =>
  unread !== undefined
    ? { _tag: "Stale", since, why: `a list of the account could not be read: ${unread}` }
    : kind === "Doubt" && before._tag === "Stale"
      ? before
      : { _tag: "Current", since: now }

/** What a second look has to look at. */
interface Mended extends Pick<Reconcile.Settled, "untold"> {
  /** If there was one, on Binance's clock. */
  readonly gap: Reconcile.Span | undefined
}

/** Asks REST what is missing, and gives the consumers what was found. */
export const recover = <Event>(engine: EngineContext<Event>, trigger: Trigger): Effect.Effect<Mended, BinanceError> =>
  Effect.gen(function* () {
    const { doubts = [], gap, kind, symbols = [], why } = trigger
    const { consumers, factsOf, inbox, product, reads, settings, telemetry, view } = engine
    const since = yield* Clock.currentTimeMillis
    const before = view.state().phase
    const recovering = (why: string) => view.update(view.book(), { _tag: "Recovering", since, why })
    yield* recovering(why)
    const known = view.book()
    const startAt = (now: number): Reconcile.Start => ({
      product,
      kind: recoveryKind(trigger),
      book: kind === "Start" ? Book.empty(now) : known,
      gap: gap?.({ agreedAt: known.agreedAt, now, offset: now - since }),
      symbols: [...settings.symbols, ...symbols],
      overlap: settings.overlap,
      triggeringDeadline: settings.triggeringDeadline,
      doubts,
      now
    })
    const answers = askInRounds(reads, {
      confirmAfter: settings.confirmAfter,
      canWait: trigger.canWait === true,
      isFirst: kind === "Start" || kind === "Restart",
      startAt,
      buffered: () => inbox.waiting().map(factsOf),
      onFailure: (error) =>
        Effect.zipRight(telemetry.failed(error), recovering(`${why}; REST could not be read: ${error.message}`))
    })
    const { settled, start } = yield* Effect.raceFirst(answers, inbox.collect).pipe(
      Effect.tapError(() => view.update(known, before))
    )
    const entries = settled.elements
      .map((element, index) => ({
        element,
        fills: element._tag === "RecoveredFill" ? [element.fill] : [],
        book: settled.books[index]!
      }))
      .filter(({ element }) => kind !== "Confirm" || element._tag !== "Diverged")
    const elements = entries.map(({ element }) => element)
    const now = yield* Clock.currentTimeMillis
    const phase = phaseAfter(before, trigger, settled.unread, now, since)
    yield* view.update(settled.book, phase)
    const snapshot: AccountElement = { _tag: "Snapshot", at: now, state: view.state() }
    const isNews = kind !== "Confirm" || settled.isNews
    yield* consumers.publish(isNews ? [...entries, { element: snapshot, fills: [], book: settled.book }] : [])
    yield* telemetry.recovered({ kind, why, millis: now - since, elements, phase })
    return { gap: start.gap, untold: settled.untold }
  }).pipe(
    Span.around("Account.recover", { attributes: { product: engine.product, kind: trigger.kind, why: trigger.why } })
  )
