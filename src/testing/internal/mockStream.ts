import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { BinanceError } from "../../BinanceError.js"
import type { Product } from "../../Environment.js"
import { idle } from "../../internal/session/status.js"
import { isStreamNotice, type StreamNotice } from "../../StreamNotice.js"
import type { ListenKeyStream, Status } from "../../UserDataStream.js"

interface Tagged {
  readonly _tag: string
}

type Ref = SubscriptionRef.SubscriptionRef<Status>

const afterNotice = (status: Status, notice: StreamNotice): Status => {
  switch (notice._tag) {
    case "Opened":
      return { ...status, phase: "Live", liveSince: notice.at, connectedAt: notice.at, lastFrameAt: notice.at }
    case "Interrupted":
      return {
        ...status,
        phase: "Interrupted",
        liveSince: undefined,
        connectedAt: undefined,
        lastFrameAt: notice.lastFrameAt,
        reconnects: { ...status.reconnects, [notice.cause._tag]: (status.reconnects[notice.cause._tag] ?? 0) + 1 }
      }
    case "Resumed":
      return { ...status, phase: "Live", liveSince: notice.gap.to, connectedAt: notice.at, lastGap: notice.gap }
    case "RolledOver":
      return { ...status, phase: "Live", connectedAt: notice.at, rollovers: status.rollovers + 1 }
  }
}

/** An event shows that the stream is live, even where the test does not begin with `Opened`. */
const afterEvent = (status: Status, now: number): Status => ({
  ...status,
  ...(status.phase === "Connecting" && { phase: "Live", liveSince: now, connectedAt: now }),
  lastFrameAt: now,
  lastEventAt: now
})

const join = (ref: Ref) =>
  SubscriptionRef.update(
    ref,
    ({ consumers, ...status }): Status =>
      consumers === 0
        ? { ...status, consumers: 1, phase: "Connecting", lastError: undefined }
        : { ...status, consumers: consumers + 1 }
  )

const fail = (ref: Ref) => (lastError: BinanceError) =>
  SubscriptionRef.update(ref, (status): Status => ({ ...status, phase: "Failed", lastError }))

const leave = (ref: Ref) =>
  SubscriptionRef.update(
    ref,
    ({ consumers, phase, ...status }): Status =>
      consumers > 1
        ? { ...status, phase, consumers: consumers - 1 }
        : {
            ...status,
            phase: phase === "Failed" ? phase : "Idle",
            consumers: 0,
            liveSince: undefined,
            connectedAt: undefined
          }
  )

/** The same elements, each of which changes the status before its consumer sees it. */
const followed = <Event extends Tagged>(events: Stream.Stream<Event | StreamNotice, BinanceError>, ref: Ref) =>
  Stream.acquireRelease(join(ref), () => leave(ref)).pipe(
    Stream.flatMap(() => Stream.tapError(events, fail(ref))),
    Stream.tap((element) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        SubscriptionRef.update(ref, (status) =>
          isStreamNotice(element) ? afterNotice(status, element) : afterEvent(status, now)
        )
      )
    )
  )

const sameHealth = (self: Status, that: Status): boolean =>
  self.phase === that.phase && self.rollovers === that.rollovers && self.lastGap === that.lastGap

const derived = <Event extends Tagged>(
  given: Stream.Stream<Event | StreamNotice, BinanceError>,
  ref: Ref
): Pick<ListenKeyStream<Event>, "events" | "forEach" | "status" | "statusChanges"> => {
  const events = followed(given, ref)
  return {
    events,
    forEach: (handler) =>
      Stream.runForEach(events, (element) => {
        const result = handler(element)
        return Effect.isEffect(result) ? result : Effect.void
      }),
    status: SubscriptionRef.get(ref),
    statusChanges: Stream.changesWith(ref.changes, sameHealth)
  }
}

/** The defect of a member that the test did not give and that does not follow from another one. */
export const notGiven = (service: string, name: string, or = ""): Effect.Effect<never> =>
  Effect.dieSync(() => {
    const error = new Error(`The mock layer of ${service} was given no "${name}": give it "${name}"${or}`)
    error.name = "UnimplementedError"
    return error
  })

const orEvents = ', or "events", from which it follows'

type Die = (name: string, or?: string) => Effect.Effect<never>

const missing = (die: Die): ListenKeyStream<never> => ({
  events: Stream.unwrap(die("events")),
  forEach: () => die("forEach", orEvents),
  status: die("status", orEvents),
  statusChanges: Stream.unwrap(die("statusChanges", orEvents)),
  createListenKey: die("createListenKey"),
  keepaliveListenKey: () => die("keepaliveListenKey"),
  closeListenKey: () => die("closeListenKey"),
  listenKey: die("listenKey")
})

/** A stream of which a test gives some members: the others follow from its events, or die when they are used. */
export const make = <Event extends Tagged>(
  product: Product,
  given: Partial<ListenKeyStream<Event>>,
  die: Die = (name, or) => notGiven(product, name, or)
): Effect.Effect<ListenKeyStream<Event>> =>
  Effect.map(SubscriptionRef.make(idle({ product, account: undefined })), (ref) => {
    const { events, ...others } = given
    return { ...missing(die), ...(events && derived(events, ref)), ...others }
  })
