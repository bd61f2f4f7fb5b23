import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { products } from "../products/products.js"
import { fuzz } from "./fuzz.js"
import { type Course, type Hands, onRollover, overlap } from "./trouble.js"

const named = (name: string) => products.map(({ product }) => product).find((product) => product === name)!

/** How long the new connection is under way, and the old one has been read late after it was live. */
const opening = 600
const late = 1200

/** Once, when the first roll-over begins. */
const inRollover =
  (run: (hands: Hands) => void): Course =>
  (hands) => {
    hands.delayNew(opening)
    let isDone = false
    return onRollover(hands, () => {
      if (!isDone) {
        isDone = true
        run(hands)
      }
    })
  }

/** Once, after some time in which nothing goes wrong. */
const inPeace =
  (run: (hands: Hands) => void): Course =>
  (hands) => {
    hands.later(1500, () => run(hands))
    return () => {}
  }

interface Scene {
  readonly course: Course
  readonly rolloverAge?: "1 hour" | "3 seconds"
  readonly buffer?: number
}

/** Each loses events, in the sight of a stream that is well. */
const scenes: { readonly [name: string]: Scene } = {
  "the old socket is closed with 1001 before the new one is open, and is read after that": {
    course: inRollover((hands) => {
      hands.stall(hands.routes()[0], "down", opening + late)
      hands.later(50, hands.goodbye)
    })
  },
  "the old socket's proxy has lost its server, and answers no probe": {
    course: inRollover((hands) => {
      hands.stall(hands.routes()[0], "down", opening + late)
      hands.stall(hands.routes()[0], "up", 5000)
      hands.later(50, hands.goodbye)
    })
  },
  "the subscription or the key ends before a probe is answered, in a roll-over": {
    course: inRollover((hands) => {
      hands.stall(hands.routes()[0], "down", opening + overlap)
      hands.later(50, hands.terminate)
    })
  },
  "the subscription or the key ends before a probe is answered, outside of a roll-over": {
    rolloverAge: "1 hour",
    course: inPeace((hands) => {
      hands.stall(hands.routes()[0], "down", 2300)
      hands.later(50, hands.terminate)
    })
  },
  "the consumer is slow, the socket paused, and closed with 1001 meanwhile": {
    rolloverAge: "3 seconds",
    buffer: 512,
    course: (hands, random) => {
      // Full after two seconds; and read again when the new connection has been open for more than one.
      hands.stallConsumer(5500)
      return inRollover(({ goodbye, later }) => later(50, goodbye))(hands, random)
    }
  }
}

describe("over real sockets: what is read late tells what was lost", () => {
  for (const product of [named("Spot"), named("CoinFutures")]) {
    for (const [name, scene] of Object.entries(scenes)) {
      it.live(
        `${product}: ${name}`,
        () =>
          Effect.gen(function* () {
            const reports = yield* Effect.forEach(
              [0, 2500, -2500],
              (skew, seed) => fuzz({ seed, millis: 7000, skew, product, ...scene }),
              { concurrency: "unbounded" }
            )
            expect(reports.flatMap(({ violations }) => violations.map((text) => text.split("\n")[0]))).toEqual([])
            for (const { inGaps } of reports) {
              expect(inGaps).toBeGreaterThan(0)
            }
          }),
        60_000
      )
    }
  }
})

describe("over real sockets: a roll-over succeeds", () => {
  for (const product of [named("Spot"), named("CoinFutures")]) {
    it.live(
      `${product}: where more events come in the overlap than the buffer holds`,
      () =>
        Effect.gen(function* () {
          const { gaps, rollovers, violations } = yield* fuzz({
            seed: 1,
            millis: 8000,
            skew: 0,
            product,
            // More than a hundred come.
            buffer: 50,
            course: () => () => {}
          })
          expect({ gaps, violations }).toEqual({ gaps: 0, violations: [] })
          expect(rollovers).toBeGreaterThan(1)
        }),
      60_000
    )
  }
})
