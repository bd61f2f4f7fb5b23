import { toMillis } from "../epoch.js"
import type * as Telemetry from "../telemetry.js"
import type { Broadcast } from "./broadcast.js"
import { type Handover, isControl } from "./handover.js"
import type { Link } from "./link.js"
import { flightTime } from "./proof.js"
import type { Source } from "./settings.js"

/** Event times are epoch ms, or µs on a socket with `timeUnit=MICROSECOND`. */
const eventTimeOf = (event: unknown): number | undefined => {
  const time = (event as { readonly eventTime?: unknown }).eventTime
  return typeof time === "number" ? toMillis(time) : undefined
}

const controlTags = new Map([
  ["listenKeyExpired", "ListenKeyExpired"],
  ["eventStreamTerminated", "EventStreamTerminated"],
  ["serverShutdown", "ServerShutdown"]
])

/** The tag of an event, also of a malformed one that is about its connection. */
const controlTag = (event: unknown): string | undefined => {
  const { _tag, eventType } = event as { readonly _tag?: string; readonly eventType?: string }
  return _tag === "MalformedEvent" ? controlTags.get(eventType ?? "") : _tag
}

/**
 * Delivers the events of the current connection to the consumers, each once. Synchronous: it runs for every frame.
 */
export class Delivery<Event> {
  /** The current connection. */
  link: Link | undefined
  /** The one that is being opened to replace it. */
  beside: Link | undefined
  /** The events that the previous connection has delivered and this one may bring again. */
  private late: Handover | undefined

  constructor(
    private readonly source: Source<Event>,
    private readonly broadcast: Broadcast<Event>,
    private readonly telemetry: Telemetry.Telemetry
  ) {}

  readonly deliver = (link: Link, text: string) => {
    if (this.late === undefined && this.beside === undefined) {
      return this.publish(link, text, false)
    }
    this.beside?.handover.delivered(text, link.evidence.lastFrameAt, this.beside.liveAt)
    const isKnown = this.late?.isLate(text) === true
    if (!isKnown || isControl(text)) {
      this.publish(link, text, isKnown)
    }
  }

  /** Begins an overlap: this connection holds only events that are not delivered here. */
  openBeside(link: Link | undefined) {
    this.beside = link
  }

  /** Delivers from this connection from now on, beginning with the events that it has held. */
  takeOver(link: Link) {
    this.beside = undefined
    this.late = link.handover
    this.link = link
    for (const { isKnown, text } of link.startDelivering()) {
      this.publish(link, text, isKnown)
    }
    link.setPaused(this.broadcast.isFull())
  }

  /** The connection has brought everything that the previous one had delivered. */
  caughtUp(link: Link) {
    if (this.late === link.handover) {
      this.late = undefined
    }
  }

  setPaused(isPaused: boolean) {
    this.link?.setPaused(isPaused)
    this.beside?.setPaused(isPaused)
  }

  private publish(link: Link, text: string, isKnown: boolean) {
    const event = this.source.decode(text)
    if (event === undefined) {
      return
    }
    const time = eventTimeOf(event)
    const at = link.evidence.toLocal(time)
    if (!isKnown) {
      this.telemetry.event(
        (event as { readonly _tag: string })._tag,
        time === undefined ? undefined : link.evidence.lastFrameAt - time
      )
      // It was sent before it was read, and no clock tells how long before.
      const from = at === undefined ? link.completeUntil(false) : at - flightTime
      this.broadcast.publish(event, from, text.length)
    }
    switch (controlTag(event)) {
      case "ListenKeyExpired":
        link.evidence.control(at)
        link.lose({ _tag: "KeyExpired" })
        break
      case "EventStreamTerminated":
        link.evidence.control(at)
        link.lose({ _tag: "StreamTerminated" })
        break
      case "ServerShutdown":
        link.evidence.control(at)
        link.rollOver({ _tag: "ServerShutdown" })
        break
      default:
        link.evidence.event(at)
    }
  }
}
