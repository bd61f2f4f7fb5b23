import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import { connect } from "./connect.js"
import { http } from "./http.js"
import { MemoryNodeWebSocket } from "./memoryNodeWebSocket.js"
import { MemoryWebSocket, type Network } from "./memoryWebSocket.js"
import type { World } from "./world.js"

const decoder = new TextDecoder()

const bodyOf = (request: HttpClientRequest.HttpClientRequest): string => {
  const { body } = request
  switch (body._tag) {
    case "Uint8Array":
      return decoder.decode(body.body)
    case "Raw":
      return String(body.body)
    default:
      return ""
  }
}

const headersOf = (request: HttpClientRequest.HttpClientRequest): { readonly [name: string]: string } => {
  const { contentType } = request.body
  return contentType === undefined ? request.headers : { "content-type": contentType, ...request.headers }
}

/** The body of a `Response` comes through streams; this one comes in a microtask. */
class MemoryResponse extends Response {
  constructor(
    private readonly content: string,
    init: ResponseInit
  ) {
    super(content, init)
  }

  override text(): Promise<string> {
    return Promise.resolve(this.content)
  }
}

/** A client whose requests never leave the process, whatever host they name. */
export const makeClient = (world: World): HttpClient.HttpClient =>
  HttpClient.make((request, url) =>
    http(world, {
      method: request.method,
      path: url.pathname,
      query: url.search.replace(/^\?/, ""),
      headers: headersOf(request),
      body: bodyOf(request)
    }).pipe(
      Effect.mapError(
        () => new HttpClientError.RequestError({ request, reason: "Transport", cause: new Error("read ECONNRESET") })
      ),
      Effect.map(({ body, headers, status }) =>
        HttpClientResponse.fromWeb(request, new MemoryResponse(body, { status, headers }))
      )
    )
  )

/** Makes sockets whose frames never leave the process, whatever host they name. */
export const makeConstructor = (
  world: World,
  showsPings: boolean
): Effect.Effect<(url: string) => globalThis.WebSocket, never, Scope.Scope> =>
  Effect.gen(function* () {
    const fork = yield* FiberSet.makeRuntime<never, void, never>()
    const sockets = new Set<MemoryWebSocket>()
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        for (const socket of sockets) {
          socket.lose()
        }
      })
    )
    const network: Network = {
      timers: world.timers,
      dial: (url, socket) => {
        sockets.add(socket)
        socket.addEventListener("close", () => sockets.delete(socket))
        const fiber = fork(
          Effect.match(connect(world, { path: url.pathname, query: url.search.replace(/^\?/, "") }), {
            onFailure: () => socket.refused("read ECONNRESET"),
            onSuccess: (decision) =>
              decision._tag === "Accepted"
                ? socket.accepted(decision.accept)
                : socket.refused(`Unexpected server response: ${decision.answer.status}`)
          })
        )
        return () => fiber.unsafeInterruptAsFork(FiberId.none)
      }
    }
    return (url) =>
      (showsPings
        ? new MemoryNodeWebSocket(network, url)
        : new MemoryWebSocket(network, url)) as unknown as globalThis.WebSocket
  })
