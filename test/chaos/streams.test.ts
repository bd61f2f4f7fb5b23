import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import {
  describeReport,
  describeVirtualReport,
  limit,
  longestRecovery,
  onVirtualClock,
  overSockets
} from "./streams.js"

describe("many streams in one process", () => {
  it.live(
    "over real sockets: all live, all back after a simultaneous disconnect, all closed",
    () =>
      Effect.gen(function* () {
        const streams = 200
        const report = yield* overSockets(streams)
        console.log(describeReport(report))
        const once = { opened: 1, interrupted: 1, resumed: 1, events: 2 }
        expect(report.seen).toEqual(Array.from({ length: streams }, () => once))
        expect(report.reached).toEqual([streams, streams])
        expect(report.live).toMatchObject({ openSockets: streams, liveKeys: streams, connects: streams })
        expect(report.recovered).toMatchObject({ openSockets: streams, liveKeys: streams, connects: 2 * streams })
        expect(report.closed).toMatchObject({ openSockets: 0, liveKeys: 0 })
        expect({ ...report.later, memory: 0 }).toEqual({ ...report.closed, memory: 0 })
      }),
    120_000
  )

  it.live(
    "on the virtual clock: never more than 300 connects in 5 minutes, and every stream is back in bounded time",
    () =>
      Effect.gen(function* () {
        const streams = 700
        const report = yield* onVirtualClock(streams)
        console.log(describeVirtualReport(report))
        expect(report.recovery).toBeLessThanOrEqual(longestRecovery(streams))
        expect(report.mostConnects).toBeLessThanOrEqual(limit)
        expect(report.mostConnects).toBeGreaterThan(limit / 2)
        expect(report).toMatchObject({
          refused: 0,
          laterInterruptions: 0,
          violations: [],
          left: { openSockets: 0, liveKeys: 0 }
        })
      }),
    120_000
  )
})
