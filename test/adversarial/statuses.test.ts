import { inspect } from "node:util"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { BinanceError, BinanceHttp } from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import { isFromBinance, refusalOf } from "../../src/internal/http/answer.js"
import { silent } from "../products/harness.js"
import * as HostileHost from "./hostileHost.js"
import { apiKey, type Moment, moments, play } from "./statuses.js"

/** Whether a stream that has been live ends with this error. */
const endsALiveStream = (error: BinanceError.BinanceError) => !error.isRetryable && isFromBinance(error)

const expectHarmless = (error: BinanceError.BinanceError, secret: string) => {
  expect(Schema.is(BinanceError.BinanceError)(error)).toBe(true)
  expect(endsALiveStream(error)).toBe(false)
  expect(error.message).not.toContain("\n")
  expect(error.message.length).toBeLessThan(800)
  expect(`${inspect(error, { depth: null, showHidden: true })}${error.message}`).not.toContain(secret)
}

describe("no status without a code of Binance ends a live stream or shows a secret", { timeout: 60_000 }, () => {
  for (const body of Object.keys(HostileHost.bodies)) {
    it.scopedLive(`of a REST call, with a body that is ${body}`, () =>
      Effect.gen(function* () {
        const host = yield* HostileHost.make
        const http = yield* BinanceHttp.make({ retry: Schedule.stop })
        for (const status of HostileHost.statuses) {
          // One that asks to wait, in a `BinanceHttp` of its own.
          const { request } = [418, 429].includes(status) ? yield* BinanceHttp.make({ retry: Schedule.stop }) : http
          host.state.trouble = { at: "POST", status, body, left: 1 }
          const error = yield* Effect.flip(
            request({
              method: "POST",
              baseUrl: host.rest,
              path: "/fapi/v1/listenKey",
              apiKey: Redacted.make(apiKey),
              response: Schema.Unknown
            })
          )
          expectHarmless(error, apiKey)
          expect(error).toMatchObject({ status })
          expect(error._tag === "Redirected").toBe(status < 400)
        }
        expect(host.seen).toHaveLength(HostileHost.statuses.length)
        expect(host.elsewhere).toEqual([])
      }).pipe(Effect.provide([NodeLayer.layer, silent]))
    )

    it(`of a WebSocket upgrade, with a body that is ${body}`, () => {
      const listenKey = "theListenKeyOfTheUpgrade"
      for (const status of HostileHost.statuses) {
        const { text } = HostileHost.bodies[body]!(listenKey)
        const error = refusalOf({
          operation: "connect wss://fstream.example",
          url: `wss://fstream.example/ws/${listenKey}`,
          status,
          headers: { location: `https://elsewhere.example/${listenKey}`, "retry-after": "17" },
          text,
          now: 1_700_000_000_000,
          successor: undefined,
          secrets: [Redacted.make(listenKey)]
        })
        expectHarmless(error, listenKey)
        if (status < 400) {
          expect(error).toMatchObject({ _tag: "Redirected", host: "fstream.example", target: "elsewhere.example" })
        }
        if (status === 429 || status === 418) {
          expect(error).toMatchObject({ retryAt: 1_700_000_017_000 })
        }
      }
    })
  }
})

const names = Object.keys(HostileHost.bodies)

describe("a live stream goes on after one odd answer", () => {
  for (const moment of Object.keys(moments) as Array<Moment>) {
    // Each status once, with another body each time; `statusTable.ts` plays them all.
    it.live(
      moment,
      () =>
        Effect.gen(function* () {
          const ended: Array<string> = []
          for (const [index, status] of HostileHost.statuses.entries()) {
            const body = names[index % names.length]!
            const outcome = yield* play({ moment, status, body })
            expect(outcome.elsewhere).toEqual([])
            expect(outcome.shown).not.toContain(apiKey)
            if (outcome.did.startsWith("ends") && !moment.startsWith("first")) {
              ended.push(`${status} with ${body} ${outcome.did}`)
            }
          }
          expect(ended).toEqual([])
        }).pipe(Effect.provide(silent)),
      120_000
    )
  }
})
