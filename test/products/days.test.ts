import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import { adjust, del, events, notices, post, put, requestCounts, start, tags, virtual } from "./harness.js"
import { listenKeyProducts, margin, type Row, spot } from "./products.js"

const minute = 60_000
const hour = 60 * minute

/** The youngest and the oldest age at which connections are replaced. */
const rolloverAges = [23 * hour * 0.98, 23 * hour] as const

/** Lets hours pass. Every now and then something happens on the account: in each hour of a day, in each sixth of a month. */
const live = (row: Row, hours: number) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    const every = hours > 200 ? 6 : 1
    let pushed = 0
    for (let passed = 0; passed < hours; passed++) {
      pushed += passed % every === 0 ? yield* binance.tradingDay(row.product) : 0
      yield* adjust("1 hour")
    }
    return pushed
  })

const expectRegularRollovers = (connects: ReadonlyArray<number>) => {
  for (let index = 1; index < connects.length; index++) {
    const age = connects[index]! - connects[index - 1]!
    expect(age).toBeGreaterThan(rolloverAges[0])
    expect(age).toBeLessThanOrEqual(rolloverAges[1])
  }
}

const periods = [
  { name: "a day", hours: 24, rollovers: 1, withKeys: listenKeyProducts },
  { name: "a week", hours: 168, rollovers: 7, withKeys: listenKeyProducts },
  // One for each way to listen, which the products share.
  { name: "a month", hours: 720, rollovers: 31, withKeys: listenKeyProducts.slice(0, 1) }
]

for (const { hours, name, rollovers, withKeys } of periods) {
  describe(`${name} without faults`, () => {
    for (const row of withKeys) {
      virtual(
        row.product,
        Effect.gen(function* () {
          const binance = yield* SimulatedBinance.SimulatedBinance
          const session = yield* start(row)
          const pushed = yield* live(row, hours)
          const end = session.service.status
          const { connects, eventsSent, liveKeys, openSockets, violations } = yield* binance.counters

          expect(tags(notices(session.elements))).toEqual(["Opened", ...Array(rollovers).fill("RolledOver")])
          expect(events(session.elements)).toHaveLength(pushed)
          expect(eventsSent).toBe(pushed)
          expect([liveKeys, openSockets]).toEqual([1, 1])
          expect(connects).toHaveLength(1 + rollovers)
          expectRegularRollovers(connects)
          expect(yield* end).toMatchObject({ phase: "Live", rollovers, reconnects: {}, liveSince: connects[0] })

          // Each connection keeps its key alive every 30 minutes, also in the 5 seconds beside its successor.
          const ends = [...connects.slice(1).map((next) => next + 5000), connects[0]! + hours * hour]
          const puts = connects
            .map((openedAt, index) => Math.floor((ends[index]! - openedAt) / (30 * minute)))
            .reduce((sum, count) => sum + count, 0)
          if (hours === 24) {
            expect(puts).toBe(47)
          }
          const posts = connects.length + (row.asksForKey ? puts : 0)
          expect((yield* binance.counters).requests).toEqual({
            [put(row)]: { "200": puts },
            [post(row)]: { "200": posts }
          })
          yield* session.close
          expect(yield* requestCounts).toEqual({
            [put(row)]: puts,
            [post(row)]: posts,
            ...(row.deletes === 0 ? {} : { [del(row)]: row.deletes })
          })
          expect(violations).toEqual([])
        })
      )
    }

    virtual(
      "Spot",
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const session = yield* start(spot)
        const pushed = yield* live(spot, hours)
        const { connects, openSockets, subscriptions, violations } = yield* binance.counters
        expect(tags(notices(session.elements))).toEqual(["Opened", ...Array(rollovers).fill("RolledOver")])
        expect(events(session.elements)).toHaveLength(pushed)
        expect(connects).toHaveLength(1 + rollovers)
        expectRegularRollovers(connects)
        expect([openSockets, subscriptions]).toEqual([1, 1])
        yield* session.close
        expect(yield* requestCounts).toEqual({ "userDataStream.subscribe.signature": 1 + rollovers })
        expect(violations).toEqual([])
      })
    )

    virtual(
      "Margin",
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const session = yield* start(margin)
        const pushed = yield* live(margin, hours)
        const { connects, openSockets, subscriptions, violations } = yield* binance.counters
        expect(tags(notices(session.elements))).toEqual(["Opened", ...Array(rollovers).fill("RolledOver")])
        expect(events(session.elements)).toHaveLength(pushed)
        expect(connects).toHaveLength(1 + rollovers)
        expectRegularRollovers(connects)
        expect([openSockets, subscriptions]).toEqual([1, 1])
        yield* session.close
        // A token lives for 24 hours, and the connection is replaced before it has to be renewed.
        expect(yield* requestCounts).toEqual({
          "POST /sapi/v1/userListenToken": 1 + rollovers,
          "userDataStream.subscribe.listenToken": 1 + rollovers
        })
        expect(violations).toEqual([])
      })
    )
  })
}
