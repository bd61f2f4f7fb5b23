import { inspect } from "node:util"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { BinanceHttp, CoinFutures, Credentials } from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { adjust, notices, start, tags, virtual } from "../products/harness.js"
import { listenKeyProducts, products } from "../products/products.js"
import { makeTracer } from "./observer.js"

const durationOf = ({ status }: ReturnType<typeof makeTracer>["spans"][number]) =>
  status._tag === "Ended" ? Number((status.endTime - status.startTime) / 1_000_000n) : Number.NaN

describe("spans", () => {
  for (const row of products) {
    const { product } = row
    const key = listenKeyProducts.find((other) => other.product === product)

    const tracer = makeTracer()
    virtual(
      `${product}: connections, recoveries and roll-overs, with their causes`,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const session = yield* start(row)
        yield* adjust("5 minutes")
        expect(tracer.attributesOf("UserDataStream.connect")).toEqual([{ product }])
        expect(tracer.named("UserDataStream.recover")).toEqual([])

        yield* binance.inject(Fault.dropSockets())
        yield* adjust("5 minutes")
        expect(tracer.attributesOf("UserDataStream.recover")).toEqual([{ product, cause: "SocketClosed" }])
        expect(tracer.attributesOf("UserDataStream.connect")).toEqual([{ product }, { product }])

        yield* binance.inject(Fault.serverShutdown())
        yield* adjust("5 minutes")
        expect(tracer.attributesOf("UserDataStream.rollOver")).toEqual([{ product, cause: "ServerShutdown" }])

        yield* binance.inject(key === undefined ? Fault.eventStreamTerminated() : Fault.expireListenKey({ product }))
        yield* adjust("5 minutes")
        const cause = key === undefined ? "StreamTerminated" : "KeyExpired"
        expect(tracer.attributesOf("UserDataStream.recover")).toEqual([
          { product, cause: "SocketClosed" },
          { product, cause }
        ])
        // Each has a connection of its own: the connection is part of what it was for.
        const [first, ...others] = tracer.named("UserDataStream.connect")
        expect(first!.parent._tag).toBe("None")
        expect(
          others.map(({ parent }) => (parent._tag === "Some" && parent.value._tag === "Span" ? parent.value.name : ""))
        ).toEqual(["UserDataStream.recover", "UserDataStream.rollOver", "UserDataStream.recover"])
        yield* adjust("24 hours")
        expect(tracer.attributesOf("UserDataStream.rollOver").at(-1)).toEqual({ product, cause: "MaximumAge" })
        expect(tags(notices(session.elements))).toEqual([
          "Opened",
          "Interrupted",
          "Resumed",
          "RolledOver",
          "Interrupted",
          "Resumed",
          "RolledOver"
        ])

        if (key === undefined) {
          expect(tracer.named("ListenKey.keepalive")).toEqual([])
        } else {
          expect(tracer.named("ListenKey.keepalive").length).toBeGreaterThan(40)
          for (const attributes of tracer.attributesOf("ListenKey.keepalive")) {
            expect(attributes).toEqual({ product })
          }
          // Keepalives go on long after the connection was made, and are no part of that.
          expect(tracer.named("ListenKey.keepalive").filter(({ parent }) => parent._tag === "Some")).toEqual([])
        }
        yield* session.close
        expect(tracer.spans.filter(({ status }) => status._tag !== "Ended").map(({ name }) => name)).toEqual([])
        const closing = key === undefined ? [] : tracer.named(`BinanceHttp DELETE ${key.path}`)
        expect(closing).toHaveLength(key?.deletes ?? 0)
      }).pipe(Effect.provide(tracer.layer))
    )

    const troubled = makeTracer()
    virtual(
      `${product}: what failed, and how long it took`,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const session = yield* start(row)
        yield* adjust("5 minutes")
        yield* binance.inject(Fault.refuseConnects(503, { for: "20 seconds" }))
        yield* binance.inject(Fault.dropSockets())
        yield* adjust("5 minutes")
        const [recovery, ...others] = troubled.named("UserDataStream.recover")
        expect(others).toEqual([])
        expect(durationOf(recovery!)).toBeGreaterThanOrEqual(20_000)
        expect(durationOf(recovery!)).toBeLessThan(120_000)
        const attempts = troubled.named("UserDataStream.connect").slice(1)
        expect(attempts.length).toBeGreaterThan(2)
        expect(attempts.map(({ status }) => (status._tag === "Ended" ? status.exit._tag : "Started"))).toEqual([
          ...attempts.slice(1).map(() => "Failure"),
          "Success"
        ])

        if (key !== undefined) {
          yield* binance.inject(Fault.rateLimited({ endpoint: `PUT ${key.path}`, retryAfter: 1 }))
          yield* adjust("1 hour")
          const exits = troubled
            .named("ListenKey.keepalive")
            .map(({ status }) => (status._tag === "Ended" ? status.exit : Exit.void))
          expect(exits.slice(0, 2).map(({ _tag }) => _tag)).toEqual(["Failure", "Success"])
        }
        yield* session.close
      }).pipe(Effect.provide(troubled.layer))
    )

    const secretive = makeTracer()
    virtual(
      `${product}: hold no key and no secret`,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const session = yield* start(row)
        yield* adjust("5 minutes")
        const created = yield* Effect.either(session.service.createListenKey)
        yield* binance.inject(Fault.dropSockets())
        yield* adjust("1 hour")
        yield* session.close
        const secrets: Array<string> = [SimulatedBinance.defaultApiKey, SimulatedBinance.defaultSecretKey]
        if (created._tag === "Right") {
          secrets.push(Redacted.value(created.right.key))
        }
        expect(secrets).toHaveLength(key === undefined ? 2 : 3)
        const shown = secretive.spans.map(({ attributes, events, name, status }) =>
          inspect([name, attributes, events, status], { depth: null })
        )
        expect(shown.length).toBeGreaterThan(3)
        for (const secret of secrets) {
          expect(shown.filter((text) => text.includes(secret))).toEqual([])
        }
      }).pipe(Effect.provide(secretive.layer))
    )
  }
})

describe("the simulated Binance on loopback", () => {
  const tracer = makeTracer()
  it.scopedLive("makes no spans, whose headers and addresses would hold keys", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const { createListenKey } = yield* CoinFutures.make()
      yield* createListenKey
      expect((yield* binance.requests).map(({ endpoint }) => endpoint)).toEqual(["POST /dapi/v1/listenKey"])
      expect(tracer.spans.map(({ name }) => name)).toEqual(["BinanceHttp POST /dapi/v1/listenKey"])
    }).pipe(
      Effect.provide(
        Layer.mergeAll(
          BinanceHttp.layer,
          Credentials.layer({ apiKey: SimulatedBinance.defaultApiKey }),
          SimulatedBinance.layer()
        ).pipe(Layer.provideMerge(NodeLayer.layer), Layer.provideMerge(tracer.layer))
      )
    )
  )
})
