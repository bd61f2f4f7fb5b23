import { describe, expect, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { flightTime, isComplete, ServerClock, type Signal, step, unproven } from "../../src/internal/session/proof.js"

const until = (signals: ReadonlyArray<Signal>) => signals.reduce(step, unproven).until

const live: Signal = { _tag: "Live", at: 10_000 }
const event = (at: number): Signal => ({ _tag: "Event", at })
const control = (at: number): Signal => ({ _tag: "Control", at })
const answer = (sentAt: number): Signal => ({ _tag: "Answer", sentAt })
const ping = (at: number): Signal => ({ _tag: "Ping", at })
const late: Signal = { _tag: "Late" }
const setBack = (by: number): Signal => ({ _tag: "ClockSetBack", by })
const end: Signal = { _tag: "End" }

describe("up to when has everything arrived", () => {
  const rows: ReadonlyArray<readonly [name: string, signals: ReadonlyArray<Signal>, until: number]> = [
    ["nothing is known before it is live", [], 0],
    ["from the moment it is live", [live], 10_000],
    ["an event proves what was sent before it", [live, event(50_000)], 49_000],
    ["an older event takes nothing back", [live, event(50_000), event(40_000)], 49_000],
    ["a probe that is not answered proves nothing", [live], 10_000],
    ["an answer proves what was sent before the probe", [live, answer(60_000)], 59_000],
    ["an answer after an event", [live, event(50_000), answer(60_000)], 59_000],
    ["an event that was read behind a younger probe's answer", [live, answer(60_000), event(50_000)], 59_000],
    ["a ping, where no probe was ever answered", [live, ping(70_000)], 69_000],
    ["a ping is not trusted once a probe was answered", [live, answer(60_000), ping(70_000)], 59_000],
    ["a ping is not trusted once reading was held up", [live, late, ping(70_000)], 10_000],
    ["an event is trusted by its own time also when it is read late", [live, late, event(50_000)], 49_000],
    ["an answer too, by the time of its probe", [live, late, answer(60_000)], 59_000],
    ["a frame about the connection proves what was sent before it", [live, control(80_000)], 79_000],
    ["a close proves nothing", [live, event(50_000), end], 49_000],
    ["an answer behind the end of the subscription proves nothing", [live, end, answer(60_000)], 10_000],
    ["nor does an event behind it", [live, end, event(60_000)], 10_000],
    ["nor a ping", [live, end, ping(60_000)], 10_000],
    ["an answer before the end on the wire does", [live, answer(60_000), end], 59_000],
    ["a clock that was set back makes all that was proven earlier", [live, event(90_000), setBack(40_000)], 49_000],
    ["and an answer goes on from there", [live, event(90_000), setBack(40_000), answer(55_000)], 54_000]
  ]
  for (const [name, signals, expected] of rows) {
    it(name, () => expect(until(signals)).toBe(expected))
  }

  const signal = fc.oneof(
    fc.nat(100_000).map(event),
    fc.nat(100_000).map(control),
    fc.nat(100_000).map(answer),
    fc.constant(late),
    fc.constant(end)
  )

  it("never exceeds what was sent, and never moves after the end", () =>
    fc.assert(
      fc.property(fc.array(signal), (signals) => {
        const before = signals.slice(0, signals.includes(end) ? signals.indexOf(end) : signals.length)
        const times = before.flatMap((signal) =>
          "at" in signal ? [signal.at] : "sentAt" in signal ? [signal.sentAt] : []
        )
        expect(until([live, ...signals])).toBe(Math.max(10_000, ...times.map((time) => time - flightTime)))
      })
    ))
})

describe("whether a roll-over is complete", () => {
  it.each([
    [true, true, true],
    [false, true, false],
    [true, false, false],
    [false, false, false]
  ])("proven %s, the same credential %s: %s", (isProven, hasSameCredential, expected) =>
    expect(isComplete({ isProven, hasSameCredential })).toBe(expected)
  )
})

describe("the server's clock", () => {
  it("shows how far it is ahead by events that could not have been read so early", () => {
    const clock = new ServerClock()
    expect(clock.toLocal(12_400, 10_000)).toBe(10_000)
    // Read 8 s late: what the first event showed still holds.
    expect(clock.toLocal(14_500, 20_000)).toBe(12_100)
  })

  it("is not doubted where it is behind", () => {
    expect(new ServerClock().toLocal(7_500, 10_000)).toBe(7_500)
  })

  it("is further ahead once the local one was set back, whatever is read late after that", () => {
    const clock = new ServerClock()
    clock.compare({ now: 10_000, elapsed: 0 })
    clock.toLocal(12_500, 10_000)
    clock.compare({ now: 5000, elapsed: 2000 })
    expect(clock.toLocal(15_000, 9000)).toBe(15_000 - 2500 - 7000)
  })

  it("is remembered for the next connection, whose first event may be read late, and not for the one after that", () => {
    const clock = new ServerClock()
    clock.toLocal(12_500, 10_000)
    clock.nextConnection()
    expect(clock.toLocal(22_500, 30_000)).toBe(20_000)
    clock.nextConnection()
    expect(clock.toLocal(32_500, 40_000)).toBe(32_500)
  })
})
