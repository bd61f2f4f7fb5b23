import * as Http from "node:http"
import type * as Net from "node:net"
import type { Duplex } from "node:stream"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import { type WebSocket, WebSocketServer } from "ws"
import { connect } from "./connect.js"
import type { Connection } from "./connection.js"
import { isControl } from "./control/prefix.js"
import { http } from "./http.js"
import type { Answer } from "./rest/message.js"
import type { Wire } from "./wire.js"
import type { World } from "./world.js"

const splitUrl = (url: string) => {
  const index = url.indexOf("?")
  return index < 0 ? { path: url, query: "" } : { path: url.slice(0, index), query: url.slice(index + 1) }
}

/** What a test in another process does. */
export type Control = (path: string, body: string) => Effect.Effect<Answer>

/** One HTTP application: the rules are elsewhere. */
const application = (world: World, control: Control | undefined) =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const body = yield* Effect.orElseSucceed(request.text, () => "")
    const { path, query } = splitUrl(request.url)
    const answer =
      control !== undefined && isControl(path)
        ? yield* control(path, body)
        : yield* http(world, { path, query, method: request.method, headers: request.headers, body })
    const { "content-type": contentType, ...headers } = answer.headers
    return HttpServerResponse.text(answer.body, {
      status: answer.status,
      headers,
      ...(contentType === undefined ? {} : { contentType })
    })
  }).pipe(
    Effect.catchAll(() =>
      Effect.map(HttpServerRequest.HttpServerRequest, (request) => {
        reset(NodeHttpServerRequest.toIncomingMessage(request).socket)
        return HttpServerResponse.empty({ status: 500 })
      })
    )
  )

const reset = (socket: Duplex) => {
  const { resetAndDestroy } = socket as Partial<Net.Socket>
  if (resetAndDestroy === undefined) {
    socket.destroy()
  } else {
    resetAndDestroy.call(socket)
  }
}

const refuse = (socket: Duplex, answer: Answer) => {
  const headers = { ...answer.headers, "content-length": Buffer.byteLength(answer.body), connection: "close" }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.end(
    `HTTP/1.1 ${answer.status} ${Http.STATUS_CODES[answer.status] ?? "Refused"}\r\n${lines.join("\r\n")}\r\n\r\n${answer.body}`
  )
}

const attach = (socket: WebSocket, raw: Duplex, accept: (wire: Wire) => Connection) => {
  let isHeld = false
  let isTerminating = false
  const connection: Connection = accept({
    send: (text) => socket.send(text),
    ping: (payload) => socket.ping(payload),
    pong: (payload) => socket.pong(payload),
    close: (code, reason) => socket.close(code, reason),
    terminate: () => {
      if (isHeld) {
        isTerminating = true
        connection.onClosed()
      } else {
        socket.terminate()
      }
    },
    freeze: () => {
      // Bytes are still read, so that the end of the connection is seen, but nobody looks at them.
      raw.removeAllListeners("data")
      raw.on("data", () => undefined)
    },
    hold: () => {
      if (!isHeld) {
        isHeld = true
        raw.cork()
      }
    },
    release: () => {
      isHeld = false
      raw.uncork()
      if (isTerminating) {
        // `terminate` would drop what was held.
        raw.end()
      }
    }
  })
  socket.on("message", (data) => connection.onText(data.toString()))
  socket.on("ping", (payload) => connection.onPing(payload))
  socket.on("pong", (payload) => connection.onPong(payload))
  socket.on("error", () => socket.terminate())
  socket.on("close", () => connection.onClosed())
}

const upgradeHandler = (world: World) =>
  Effect.gen(function* () {
    const fork = yield* FiberSet.makeRuntime<never, void, never>()
    // A close frame that a stall holds must not be lost to the time-out of the closing handshake.
    const options = { noServer: true, autoPong: false, clientTracking: true, closeTimeout: 600_000 }
    const server = new WebSocketServer(options)
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        for (const socket of server.clients) {
          socket.terminate()
        }
        server.close()
      })
    )
    return (request: Http.IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on("error", () => socket.destroy())
      const fiber = fork(
        Effect.matchEffect(connect(world, splitUrl(request.url ?? "/")), {
          onFailure: () => Effect.sync(() => reset(socket)),
          onSuccess: (decision) =>
            Effect.sync(() => {
              if (decision._tag === "Refused") {
                refuse(socket, decision.answer)
              } else {
                server.handleUpgrade(request, socket, head, (webSocket) => attach(webSocket, socket, decision.accept))
              }
            })
        })
      )
      socket.on("close", () => fiber.unsafeInterruptAsFork(FiberId.none))
    }
  })

/**
 * Serves on 127.0.0.1 until the scope closes, and tells the port.
 */
export const serve = (world: World, port: number, control?: Control): Effect.Effect<number, Error, Scope.Scope> =>
  Effect.gen(function* () {
    // The spans of a server record the headers of its requests, and with them the API keys.
    const onRequest = yield* Effect.withTracerEnabled(NodeHttpServer.makeHandler(application(world, control)), false)
    const sockets = new Set<Duplex>()
    const server = yield* Effect.acquireRelease(
      Effect.sync(() => Http.createServer(onRequest)),
      (server) =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          for (const socket of sockets) {
            socket.destroy()
          }
        })
    )
    const onUpgrade = yield* upgradeHandler(world)
    server.on("connection", (socket) => {
      sockets.add(socket)
      socket.on("close", () => sockets.delete(socket))
    })
    server.on("upgrade", onUpgrade)
    yield* Effect.async<void, Error>((resume) => {
      server.once("error", (error) => resume(Effect.fail(error)))
      server.listen(port, "127.0.0.1", () => resume(Effect.void))
    })
    return (server.address() as Net.AddressInfo).port
  })
