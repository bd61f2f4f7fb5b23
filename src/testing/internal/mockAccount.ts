import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import type { Account, AccountElement, Phase, Reads, State } from "../../Account.js"
import type { BinanceError } from "../../BinanceError.js"
import type { Product } from "../../Environment.js"
import { apply } from "../../internal/account/book/apply.js"
import * as Book from "../../internal/account/book/book.js"
import type { Fact } from "../../internal/account/book/fact.js"
import type { Fill } from "../../internal/account/book/model.js"
import { stateOf } from "../../internal/account/engine/view.js"
import type { StreamNotice } from "../../StreamNotice.js"
import { notGiven } from "./mockStream.js"

interface Tagged {
  readonly _tag: string
}

/** What an account is after an element, and what the element tells. */
interface Folded<Element> extends Known {
  readonly element: Element
  readonly fills: ReadonlyArray<Fill>
}

interface Known {
  readonly book: Book.Book
  readonly phase: Phase
}

const phaseAfter = (phase: Phase, element: Tagged & { readonly at?: number }): Phase => {
  switch (element._tag) {
    case "Interrupted":
      return { _tag: "Stale", since: element.at, why: "the stream was interrupted" }
    case "Opened":
    case "Snapshot":
      return { _tag: "Current", since: element.at ?? 0 }
    default:
      return phase
  }
}

/** What is recovered is told as an event would have told it; a snapshot replaces what is there. */
const factsOfRecovered = (element: AccountElement): ReadonlyArray<Fact> => {
  switch (element._tag) {
    case "RecoveredOrder":
      return [{ _tag: "Order", order: element.order, fill: undefined, algoId: undefined }]
    case "RecoveredAlgoOrder":
      return [{ _tag: "AlgoOrder", algoOrder: element.algoOrder }]
    default:
      return []
  }
}

const fold =
  <Event extends Tagged>(factsOf: (event: Event) => ReadonlyArray<Fact>) =>
  (
    { book, phase }: Known,
    element: Event | StreamNotice | AccountElement
  ): Folded<Event | StreamNotice | AccountElement> => {
    const next = phaseAfter(phase, element)
    if (element._tag === "Snapshot") {
      const { algoOrders, balances, modes, orders, positions } = (element as { readonly state: State }).state
      return { element, fills: [], phase: next, book: { ...book, algoOrders, balances, modes, orders, positions } }
    }
    if (element._tag === "RecoveredFill") {
      return { element, fills: [(element as { readonly fill: Fill }).fill], phase: next, book }
    }
    const facts = [...factsOf(element as Event), ...factsOfRecovered(element as AccountElement)]
    const applied = apply(book, facts, 0)
    return { element, fills: applied.fills, phase: next, book: applied.book }
  }

const unknown: Known = {
  book: Book.empty(0),
  phase: { _tag: "Stale", since: undefined, why: "nobody consumes the account" }
}

/** The members of an account that follow from its elements. */
const derived = <Event extends Tagged>(
  product: Product,
  elements: Stream.Stream<Event | StreamNotice | AccountElement, BinanceError>,
  factsOf: (event: Event) => ReadonlyArray<Fact>
): Effect.Effect<Omit<Account<Event | StreamNotice>, keyof Reads | "refresh">> =>
  Effect.map(Ref.make(stateOf(unknown.book, unknown.phase)), (ref) => {
    type Element = Event | StreamNotice | AccountElement
    const folded = elements.pipe(
      Stream.mapAccum(unknown, (known, element) => {
        const next = fold(factsOf)(known, element)
        return [next, next] as const
      }),
      Stream.tap(({ book, phase }) => Ref.set(ref, stateOf(book, phase)))
    )
    const told: Stream.Stream<Element, BinanceError> = Stream.map(folded, ({ element }) => element)
    return {
      elements: told,
      committable: Stream.mapEffect(folded, ({ book, element, fills }) =>
        Effect.map(Clock.currentTimeMillis, (at) => ({
          element,
          fills,
          checkpoint: () => ({ version: 1, product, account: "mock", at, book }),
          commit: Effect.void
        }))
      ),
      forEach: (handler) =>
        Stream.runForEach(told, (element) => {
          const result = handler(element)
          return Effect.isEffect(result) ? result : Effect.void
        }),
      fills: Stream.mapConcat(folded, ({ fills }) => fills),
      state: Ref.get(ref),
      changes: Stream.concat(
        Stream.fromEffect(Ref.get(ref)),
        Stream.map(folded, ({ book, phase }) => stateOf(book, phase))
      ),
      run: Stream.runDrain(folded)
    }
  })

const orElements = ', or "elements", from which it follows'

const missing = (product: Product): Account<never> => {
  const die = (name: string, or?: string) => notGiven(`${product}Account`, name, or)
  return {
    elements: Stream.unwrap(die("elements")),
    committable: Stream.unwrap(die("committable", orElements)),
    forEach: () => die("forEach", orElements),
    fills: Stream.unwrap(die("fills", orElements)),
    state: die("state", orElements),
    changes: Stream.unwrap(die("changes", orElements)),
    run: die("run", orElements),
    refresh: die("refresh"),
    openOrders: () => die("openOrders"),
    openAlgoOrders: () => die("openAlgoOrders"),
    order: () => die("order"),
    algoOrder: () => die("algoOrder"),
    orders: () => die("orders"),
    trades: () => die("trades"),
    allocations: () => die("allocations"),
    balances: die("balances"),
    positions: die("positions"),
    modes: die("modes")
  }
}

/** An account of which a test gives some members: the others follow from its elements, or die when they are used. */
export const make = <Event extends Tagged>(
  product: Product,
  given: Partial<Account<Event | StreamNotice>>,
  factsOf: (event: Event) => ReadonlyArray<Fact>
): Effect.Effect<Account<Event | StreamNotice>> =>
  Effect.gen(function* () {
    const { elements, ...others } = given
    const follows = elements === undefined ? {} : yield* derived<Event>(product, elements, factsOf)
    return { ...missing(product), ...follows, ...others }
  })
