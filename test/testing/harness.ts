import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Socket from "@effect/platform/Socket"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import { WebSocket as NodeWebSocket } from "ws"

export type Simulated = SimulatedBinance.SimulatedBinance | HttpClient.HttpClient | Socket.WebSocketConstructor

/** A plain client of the loopback front end: `fetch` and `ws`. */
export const layerLoopback = (options: SimulatedBinance.Options = {}): Layer.Layer<Simulated> =>
  Layer.mergeAll(
    SimulatedBinance.layer(options),
    FetchHttpClient.layer,
    Layer.succeed(Socket.WebSocketConstructor, (url) => new NodeWebSocket(url) as unknown as globalThis.WebSocket)
  )

export const layerMemory = (options: SimulatedBinance.Options = {}): Layer.Layer<Simulated> =>
  SimulatedBinance.layerMemory(options)

export const frontEnds = [
  { name: "loopback", layer: layerLoopback },
  { name: "in memory", layer: layerMemory }
] as const

export interface Answer {
  readonly status: number
  readonly text: string
  readonly json: any
  readonly headers: { readonly [name: string]: string | undefined }
}

const parse = (text: string): any => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const call = (
  method: "GET" | "POST" | "PUT" | "DELETE",
  path: string,
  options: { readonly apiKey?: string | undefined; readonly form?: Record<string, string> } = {}
) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    const client = yield* HttpClient.HttpClient
    const apiKey = "apiKey" in options ? options.apiKey : SimulatedBinance.defaultApiKey
    const request = HttpClientRequest.make(method)(`${binance.httpUrl}${path}`).pipe(
      apiKey === undefined ? (self) => self : HttpClientRequest.setHeader("X-MBX-APIKEY", apiKey),
      options.form === undefined ? (self) => self : HttpClientRequest.bodyUrlParams(options.form)
    )
    const response = yield* client.execute(request)
    const text = yield* response.text
    return { status: response.status, text, json: parse(text), headers: response.headers } satisfies Answer
  })

export interface Client {
  readonly socket: NodeWebSocket
  /** The next text frame. */
  readonly next: Effect.Effect<string>
  readonly nextJson: Effect.Effect<any>
  /** How many text frames wait to be read. */
  readonly waiting: Effect.Effect<number>
  readonly send: (value: unknown) => Effect.Effect<void>
  /** A frame there and back: whatever was sent before has arrived after it. */
  readonly roundTrip: Effect.Effect<void>
  readonly closed: Effect.Effect<{ readonly code: number; readonly reason: string }>
  readonly pings: Array<string>
}

/** Opens a socket, and fails with the message of its error if it is refused. */
export const connect = (
  path: string
): Effect.Effect<Client, string, SimulatedBinance.SimulatedBinance | Socket.WebSocketConstructor | Scope.Scope> =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    const construct = yield* Socket.WebSocketConstructor
    const frames = yield* Queue.unbounded<string>()
    const ends = yield* Queue.unbounded<{ readonly code: number; readonly reason: string }>()
    const pongs = yield* Queue.unbounded<string>()
    const pings: Array<string> = []
    const socket = yield* Effect.acquireRelease(
      Effect.async<NodeWebSocket, string>((resume) => {
        const socket = construct(`${binance.webSocketUrl}${path}`) as unknown as NodeWebSocket
        socket.addEventListener("message", (event) => frames.unsafeOffer(String(event.data)))
        socket.addEventListener("close", ({ code, reason }) => ends.unsafeOffer({ code, reason }))
        socket.on("ping", (payload) => pings.push(String(payload)))
        socket.on("pong", (payload) => pongs.unsafeOffer(String(payload)))
        socket.addEventListener("open", () => resume(Effect.succeed(socket)))
        socket.addEventListener("error", (event) => resume(Effect.fail(event.message)))
      }),
      (socket) => Effect.sync(() => socket.terminate())
    )
    const next = Queue.take(frames)
    return {
      socket,
      next,
      nextJson: Effect.map(next, parse),
      waiting: Queue.size(frames),
      send: (value) => Effect.sync(() => socket.send(typeof value === "string" ? value : JSON.stringify(value))),
      roundTrip: Effect.suspend(() => {
        socket.ping("there and back")
        return Effect.asVoid(Queue.take(pongs))
      }),
      closed: Queue.take(ends),
      pings
    }
  })

export const listenKey = (path: string) =>
  Effect.map(call("POST", path), (answer) => {
    if (typeof answer.json?.listenKey !== "string") {
      throw new Error(`no listen key: ${answer.status} ${answer.text}`)
    }
    return answer.json.listenKey as string
  })

/** One turn of the event loop. */
export const turn = Effect.async<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

/** Asks again, a turn of the event loop later each time, for what no frame announces. */
export const eventually = <A, E, R>(ask: Effect.Effect<A, E, R>, is: (value: A) => boolean): Effect.Effect<A, E, R> =>
  Effect.flatMap(Effect.zipRight(turn, ask), (value) =>
    is(value) ? Effect.succeed(value) : Effect.suspend(() => eventually(ask, is))
  )
