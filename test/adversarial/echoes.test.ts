import { describe, expect, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { Margin, Spot } from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { type Evidence, hmac, observe, type Provided, patiently, rest, watch } from "../products/evidence.js"
import { adjust, during } from "../products/harness.js"
import { listenKeyProducts, margin, type Row, type Service, spot } from "../products/products.js"

interface Scene {
  readonly row: Row
  readonly service: Service
  readonly evidence: Evidence
  /**
   * The API key; and the current and the earlier listen key, token or signature, at the moment in which each is looked
   * up.
   */
  readonly secrets: ReadonlyArray<() => string>
}

const makers: ReadonlyArray<readonly [Row, Effect.Effect<Service, unknown, Provided>]> = [
  ...listenKeyProducts.map((row) => [row, row.make({ onClose: "close" })] as const),
  [spot, Spot.make()],
  // Signed, so that there is a signature as well as a token.
  [margin, Margin.make({ signed: true })]
]

const later = Effect.zipRight(adjust("1 minute"), rest)

/** The stream once more, after the old key, token or subscription has gone. */
const renewed = (row: Row) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    yield* binance.inject("path" in row ? Fault.expireListenKey({ product: row.product }) : Fault.dropSockets())
    yield* later
  })

const each = (secrets: Scene["secrets"], use: (secret: string) => Effect.Effect<unknown, unknown, Provided>) =>
  Effect.forEach(secrets, (secret) => Effect.suspend(() => use(secret())), { discard: true })

const listOf = (secrets: Scene["secrets"]) => secrets.map((secret) => secret()).join(", ")

const inject = (fault: Fault.Fault) =>
  Effect.flatMap(SimulatedBinance.SimulatedBinance, (binance) => binance.inject(fault))

const frame = (row: Row, text: string) =>
  Effect.flatMap(SimulatedBinance.SimulatedBinance, (binance) => binance.pushRaw({ product: row.product }, text))

/** Where somebody else's text comes from. */
const echoes: { readonly [name: string]: (scene: Scene) => Effect.Effect<unknown, unknown, Provided> } = {
  "frames that are no JSON": ({ row, secrets }) =>
    each(secrets, (secret) =>
      Effect.all([
        frame(row, `no JSON, but ${secret}`),
        frame(row, `{"e":"ACCOUNT_UPDATE","E":1,"note":"${secret}`),
        frame(row, `<html>${encodeURIComponent(secret)}</html>`)
      ])
    ),
  "events that cannot be read": ({ row, secrets }) =>
    each(secrets, (secret) => frame(row, `{"e":"executionReport","E":"of ${secret}"}`)),
  "reasons of a close": ({ secrets }) =>
    each(secrets, (secret) =>
      Effect.zipRight(inject(Fault.dropSockets({ code: 1008, reason: `no ${secret}` })), later)
    ),
  "errors while it connects": ({ secrets }) =>
    each(secrets, (secret) =>
      Effect.gen(function* () {
        yield* inject(Fault.serverError({ times: 8, msg: `trouble with ${secret}` }))
        yield* inject(Fault.dropSockets())
        yield* later
        yield* inject(Fault.clear)
        yield* later
      })
    ),
  "pages while it connects": ({ secrets }) =>
    each(secrets, (secret) =>
      Effect.gen(function* () {
        yield* inject(Fault.serverError({ times: 8, html: true, msg: `trouble with ${secret}` }))
        yield* inject(Fault.dropSockets())
        yield* later
        yield* inject(Fault.clear)
        yield* later
      })
    ),
  "errors while it is live": ({ secrets }) =>
    each(secrets, (secret) =>
      Effect.gen(function* () {
        yield* inject(Fault.serverError({ for: "20 minutes", msg: `trouble with ${secret}` }))
        for (let minute = 0; minute < 50; minute++) {
          yield* later
        }
        yield* inject(Fault.clear)
      })
    ),
  "errors of a call": ({ evidence, secrets, service }) =>
    each(secrets, (secret) =>
      Effect.gen(function* () {
        for (const status of [400, 401, 403, 503]) {
          yield* inject(Fault.errorAnswer({ status, code: -1000, times: 4, msg: `trouble with ${secret}` }))
          const exit = yield* patiently(Effect.exit(Effect.withSpan(service.createListenKey, "call")))
          evidence.show("error", exit, Exit.isFailure(exit) ? Cause.squash(exit.cause) : exit.value)
          yield* inject(Fault.clear)
        }
      })
    )
}

/** What ends the stream, and can therefore be told only once. */
const lastEchoes: typeof echoes = {
  "an error that ends the stream": ({ secrets }) =>
    Effect.gen(function* () {
      yield* inject(
        Fault.errorAnswer({ status: 401, code: -2015, for: "1 hour", msg: `Invalid API-key for ${listOf(secrets)}` })
      )
      yield* inject(Fault.dropSockets())
      yield* later
    }),
  "an error while it closes": ({ secrets }) =>
    inject(Fault.serverError({ for: "1 hour", msg: `trouble with ${listOf(secrets)}` }))
}

const play = (row: Row, make: (typeof makers)[number][1], echo: (typeof echoes)[string]) =>
  observe(hmac, (evidence) =>
    Effect.gen(function* () {
      const given = new Set(evidence.secrets)
      const scope = yield* Scope.make()
      const service = yield* Scope.extend(make, scope)
      const fibers = yield* watch(evidence, service)
      yield* later
      yield* renewed(row)
      const learned = () => Array.from(evidence.secrets).filter((secret) => !given.has(secret))
      // Margin has a token and a signature for each connection.
      const count = row === margin ? 4 : 2
      expect(learned().length).toBeGreaterThanOrEqual(count)
      const latest = Array.from({ length: count }, (_, index) => () => learned().at(-1 - index)!)
      yield* echo({ row, service, evidence, secrets: [() => hmac.apiKey as string, ...latest] })
      yield* later
      evidence.show("status", yield* service.status)
      evidence.show("exit", fibers.elements.unsafePoll())
      yield* during("30 seconds", Fiber.interruptAll([fibers.elements, fibers.status]))
      yield* during("30 seconds", Scope.close(scope, Exit.void))
      yield* inject(Fault.clear)
    })
  )

describe("nothing shows a secret that somebody else's text quotes, whatever the call carried", () => {
  for (const [row, make] of makers) {
    for (const [name, echo] of Object.entries({ ...echoes, ...lastEchoes })) {
      it.live(
        `${row.product}: ${name}`,
        () =>
          Effect.map(play(row, make, echo), (evidence) => {
            for (const where of ["log", "span", "element", "status"]) {
              expect(evidence.shown.get(where)?.size ?? 0).toBeGreaterThan(1)
            }
            expect(evidence.leaks().slice(0, 3)).toEqual([])
          }),
        30_000
      )
    }
  }
})
