import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import type { Duplex } from "node:stream"
import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { BinanceHttp, Environment, SpotEvent, UserDataEvent } from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import * as Unhandled from "../../src/internal/account/engine/unhandled.js"
import { spotFacts } from "../../src/internal/account/facts/spot.js"
import * as Turns from "../../src/internal/http/turns.js"
import { scrub } from "../../src/internal/secrets.js"
import { Handover } from "../../src/internal/session/handover.js"
import * as WebSocket from "../../src/internal/socket/webSocket.js"
import * as RecordingServer from "../http/recordingServer.js"

// Odd and large inputs. What takes the square of their size runs into the timeout.

const decode = UserDataEvent.decoder(SpotEvent.SpotEvent)

/** Blanks a key, as streams do. */
const decodeFor = (key: string) =>
  UserDataEvent.decoder(SpotEvent.SpotEvent, { redact: (text) => scrub(text, [Redacted.make(key)]) })

const live = Effect.flatMap(Layer.build(NodeLayer.layer), (context) => Effect.provide(BinanceHttp.make(), context))

const ping = (baseUrl: string) =>
  ({ method: "GET", baseUrl, path: "/api/v3/ping", response: Schema.Unknown, query: {} }) as const

describe("frames", () => {
  it("have the digits of their numbers, whatever their texts are", () => {
    const texts = ["number ", `${"_".repeat(100_000)}number `, "n1.50", 's"', "\\", "\ud800"]
    for (const text of texts) {
      const frame = JSON.stringify({ e: "news", E: 1, [text]: text, list: [text, "x"] }).replace('"x"', "1.50")
      expect(decode(frame)).toMatchObject({
        _tag: "UnknownEvent",
        raw: { [text]: text, list: [text, { value: "1.50" }] }
      })
    }
  })

  it("of one long text are decoded", () => {
    const text = "x y".repeat(6_000_000)
    expect(decode(`{"e":"news","E":1,"a":"${text}","b":1.50}`)).toMatchObject({ _tag: "UnknownEvent" })
    expect(decode(`{"e":"executionReport","listenKey":"${text}"}`)).toMatchObject({ _tag: "MalformedEvent" })
    const word = `{"e":"executionReport","a":"${"x".repeat(20_000_000)}"}`
    expect(decodeFor("a-listen-key")(word)).toMatchObject({ _tag: "MalformedEvent", value: { a: "<redacted>" } })
  })

  it("have amounts with exponents that no amount has", () => {
    for (const amount of ["1e400000000", "1e-400000000", "1E+9999999", `1${"0".repeat(1_000_000)}`]) {
      const event = decode(
        JSON.stringify({ e: "outboundAccountPosition", E: 1, u: 1, B: [{ a: "BTC", f: amount, l: "1.5" }] })
      )
      expect(event).toMatchObject({ _tag: "OutboundAccountPosition" })
      expect(spotFacts(event as SpotEvent.SpotEvent)).toMatchObject([{ balance: { asset: "BTC", total: "1.5" } }])
    }
  })

  it("that are all the same are held and dropped one by one", () => {
    const count = 60_000
    const handover = new Handover({ elements: count, bytes: Number.POSITIVE_INFINITY })
    for (let i = 0; i < count; i++) {
      handover.receive("{}")
    }
    for (let i = 0; i < count - 1; i++) {
      handover.delivered("{}", 1, 0)
    }
    expect([handover.duplicates, handover.take().length]).toEqual([count - 1, 1])
  })
})

describe("answers", () => {
  it.scopedLive("count a weight only where a header tells one", () =>
    Effect.gen(function* () {
      let asked = 0
      const { url } = yield* RecordingServer.make(() => ({
        body: "{}",
        headers: {
          "x-mbx-used-weight-1m": ["", "abc", "-3", "1e999", "7"][asked++] ?? "9, 9",
          [`x-mbx-used-${asked}-weight`]: "1",
          [`x-mbx-used-weight-${asked}000m`]: "1"
        }
      }))
      const http = yield* live
      const counted: Array<ReadonlyArray<readonly [string, number]>> = []
      for (let i = 0; i < 6; i++) {
        yield* http.request(ping(url))
        counted.push((yield* http.usedWeight).map(({ header, used }) => [header, used]))
      }
      const seven = [["x-mbx-used-weight-1m", 7]]
      expect(counted).toEqual([[], [], [], [], seven, seven])
    })
  )

  it.scopedLive("that are refused are an error although a secret is no text of Unicode", () =>
    Effect.gen(function* () {
      const { url } = yield* RecordingServer.make(() => ({ status: 400, body: '{"code":-1102,"msg":"no"}' }))
      const http = yield* live
      const exit = yield* Effect.exit(http.request({ ...ping(url), query: { listenKey: Redacted.make("\ud800key") } }))
      expect(exit).toMatchObject(Exit.fail({ _tag: "BadRequest", code: -1102 }))
    })
  )
})

describe("refused upgrades", () => {
  it.scopedLive("show no beginning of a secret where their page has been read only in part", () =>
    Effect.gen(function* () {
      const key = "pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1"
      const server = createServer()
      const sockets: Array<Duplex> = []
      server.on("upgrade", (_, socket) => {
        sockets.push(socket)
        const page = `<html><style>${"a{} ".repeat(1_200)}</style><body>Blocked: /ws/${key.slice(0, 30)}`
        // The rest never comes.
        socket.write(`HTTP/1.1 403 Forbidden\r\nContent-Length: 9000\r\n\r\n${page}`)
      })
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          sockets.forEach((socket) => void socket.destroy())
          server.close()
        })
      )
      yield* Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void)))
      const { port } = server.address() as AddressInfo
      const error = yield* WebSocket.connect({
        url: Redacted.make(`ws://127.0.0.1:${port}/ws/${key}`),
        operation: "connect",
        secrets: [Redacted.make(key)],
        handlers: {
          onMessage: () => {},
          receiver: { onSignOfLife: () => {}, onProbeAnswer: () => {}, onLost: () => {} }
        }
      }).pipe(Effect.provide(NodeLayer.layerWebSocketConstructor), Effect.flip)
      expect(error).toMatchObject({ _tag: "Forbidden", msg: "Blocked:" })
    })
  )
})

describe("settings", () => {
  it("have an address with many slashes", () => {
    const address = `http://localhost/${"/".repeat(100_000)}x`
    for (const { rest } of [
      Environment.atUrl(`${address}/`),
      Environment.custom({ table: { Spot: { rest: `${address}//` } } })
    ]) {
      expect(Effect.runSync(rest("Spot"))).toBe(address)
    }
  })
})

describe("calls that wait for their turn", () => {
  it.effect("leave nothing behind when they are given up", () =>
    Effect.gen(function* () {
      const inTurn = yield* Turns.make
      const end = yield* Deferred.make<void>()
      const first = yield* Effect.fork(inTurn(Deferred.await(end)))
      yield* Effect.yieldNow()
      for (let i = 0; i < 12_000; i++) {
        const given = yield* Effect.fork(inTurn(Effect.dieMessage("it was given up")))
        yield* Effect.yieldNow()
        yield* Fiber.interrupt(given)
      }
      const last = yield* Effect.fork(inTurn(Deferred.isDone(end)))
      yield* Deferred.succeed(end, undefined)
      yield* Fiber.join(first)
      expect(yield* Fiber.join(last)).toBe(true)
    })
  )
})

describe("accounts", () => {
  it("publish more elements at once than a call takes", () => {
    const unhandled = Unhandled.make<number>(0, Number.POSITIVE_INFINITY)
    unhandled.add(
      Array.from({ length: 300_000 }, (_, i) => i),
      0
    )
    expect(unhandled.after(299_999)).toEqual([299_999])
  })
})
