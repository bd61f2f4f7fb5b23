import type { AddressInfo } from "node:net"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { type WebSocket, WebSocketServer } from "ws"

export interface Received {
  readonly id: number
  readonly method: string
  readonly params: { readonly [name: string]: unknown }
  readonly socket: WebSocket
  /** Answers with success. */
  readonly succeed: (result: unknown, beside?: object) => void
  /** Answers with an error. */
  readonly fail: (status: number, code: number, msg: string, data?: object) => void
  /** Lets the client read at once all that is sent in the meantime. */
  readonly inOneRead: (send: () => void) => void
}

export interface Server {
  readonly url: string
  /** The next request that no test has looked at. */
  readonly next: Effect.Effect<Received>
  readonly pending: Effect.Effect<number>
  readonly sockets: ReadonlySet<WebSocket>
  /** The addresses that were connected to. */
  readonly addresses: ReadonlyArray<string>
}

/** A WebSocket server that answers only what a test tells it to. */
export const make = (options: { readonly refuseWith?: number } = {}): Effect.Effect<Server, never, Scope.Scope> =>
  Effect.gen(function* () {
    const requests = yield* Queue.unbounded<Received>()
    const sockets = new Set<WebSocket>()
    const addresses: Array<string> = []
    const server = yield* Effect.acquireRelease(
      Effect.async<WebSocketServer>((resume) => {
        const server = new WebSocketServer({
          host: "127.0.0.1",
          port: 0,
          verifyClient: (_info, done) => done(options.refuseWith === undefined, options.refuseWith)
        })
        server.on("listening", () => resume(Effect.succeed(server)))
      }),
      (server) =>
        Effect.async<void>((resume) => {
          for (const socket of server.clients) {
            socket.terminate()
          }
          server.close(() => resume(Effect.void))
        })
    )
    server.on("connection", (socket, request) => {
      sockets.add(socket)
      addresses.push(request.url ?? "")
      socket.on("close", () => sockets.delete(socket))
      socket.on("message", (data) => {
        const { id, method, params = {} } = JSON.parse(String(data))
        Queue.unsafeOffer(requests, {
          id,
          method,
          params,
          socket,
          inOneRead: (send) => {
            request.socket.cork()
            send()
            request.socket.uncork()
          },
          succeed: (result, beside = {}) => socket.send(JSON.stringify({ id, status: 200, result, ...beside })),
          fail: (status, code, msg, data) =>
            socket.send(JSON.stringify({ id, status, error: { code, msg, ...(data === undefined ? {} : { data }) } }))
        })
      })
    })
    return {
      url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws-api/v3`,
      next: Queue.take(requests),
      pending: Queue.size(requests),
      sockets,
      addresses
    }
  })
