import { observe } from "../frames.mjs"
import { obey } from "./commands.mjs"

/** What a handler is called for: the clock runs from the first event to the last. */
class Counter {
  constructor() {
    this.expect(Number.POSITIVE_INFINITY)
  }

  expect(events) {
    this.left = events
    this.events = 0
    this.sum = 0
    this.start = undefined
    this.finished = new Promise((resolve) => {
      this.finish = resolve
    })
  }

  order(clientOrderId, eventTime) {
    this.sum = observe(this.sum, clientOrderId ?? "", eventTime)
    this.add(1)
  }

  other(eventTime) {
    this.sum = observe(this.sum, "", eventTime)
    this.add(1)
  }

  add(events) {
    if (this.start === undefined) {
      this.start = { time: performance.now(), cpu: process.cpuUsage() }
    }
    this.events += events
    this.left -= events
    if (this.left <= 0) {
      const { system, user } = process.cpuUsage(this.start.cpu)
      const { events, sum } = this
      this.finish({
        wall: performance.now() - this.start.time,
        cpu: (system + user) / 1000,
        events,
        sum
      })
    }
  }
}

/** How long an event took from its sending until it was handled, in µs. */
class Latencies {
  constructor(events) {
    this.values = new Float64Array(events)
    this.count = 0
  }

  add(clientOrderId) {
    this.values[this.count++] = Number(process.hrtime.bigint() / 1000n) - Number.parseInt(clientOrderId, 10)
  }

  quantiles() {
    const sorted = this.values.subarray(0, this.count).sort()
    const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
    return { p50: at(0.5), p99: at(0.99), p999: at(0.999), most: sorted.at(-1) }
  }
}

/**
 * A client in a process of its own. `connect` opens what it is told and calls the counter with each event; it is done
 * when events may be sent.
 */
export const serve = (connect) => {
  const counter = new Counter()
  let latencies
  const { order } = Counter.prototype
  obey({
    connect: async (options) => {
      await connect({ ...options, counter })
    },
    expect: ({ events, isStamped }) => {
      counter.expect(events)
      latencies = isStamped ? new Latencies(events) : undefined
      // Only where latency is asked for, so that the handler costs nothing more elsewhere.
      counter.order = isStamped
        ? (clientOrderId, eventTime) => {
            latencies.add(clientOrderId)
            order.call(counter, clientOrderId, eventTime)
          }
        : order
    },
    finished: async () => ({ ...(await counter.finished), ...(latencies && { latency: latencies.quantiles() }) })
  })
}

/** Done when an emitter has emitted an event, or failed. */
export const once = (emitter, name) =>
  new Promise((resolve, reject) => {
    emitter.once(name, resolve)
    emitter.once("error", reject)
  })
