import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import { type BinanceError, TransportError } from "../../BinanceError.js"
import type { Signals } from "../socket/receiver.js"
import * as WebSocket from "../socket/webSocket.js"
import type { Answer } from "./envelope.js"
import type { KnownSecrets } from "./knownSecrets.js"
import type { Options } from "./model.js"
import { WebSocketRouter } from "./router.js"

/** Ignores all signals. */
export const unwatched: Signals = {
  onSignOfLife: () => {},
  onProbeAnswer: () => {},
  onLost: () => {}
}

const defaultEarlyEvents = 1024

/** The code of a close, for an error message. */
const codeOf = (reason: Parameters<Signals["onLost"]>[0]): string =>
  Exit.isSuccess(reason) && reason.value._tag === "SocketClosed" ? ` with ${reason.value.code}` : ""

/** The address, with the options that go into its query, and its name in errors. */
const addressOf = (
  options: Options
): Effect.Effect<{ readonly url: string; readonly operation: string }, BinanceError> =>
  Effect.try({
    try: () => {
      const url = new URL(options.url)
      const operation = `connecting to ${url.protocol}//${url.host}${url.pathname}`
      if (options.timeUnit !== undefined) {
        url.searchParams.set("timeUnit", options.timeUnit)
      }
      if (options.returnRateLimits !== undefined) {
        url.searchParams.set("returnRateLimits", String(options.returnRateLimits))
      }
      return { url: url.href, operation }
    },
    catch: () =>
      new TransportError({ operation: "connecting to the WebSocket API", reason: "its address is not a valid URL" })
  })

/** Opens a socket with a router, until the scope closes or the peer closes the socket. */
export const open = (
  options: Options,
  signals: Signals,
  { onAnswer, secrets }: { readonly onAnswer: (answer: Answer) => void; readonly secrets: KnownSecrets }
) =>
  Effect.gen(function* () {
    const { operation, url } = yield* addressOf(options)
    let connection: WebSocket.Connection | undefined
    const router = new WebSocketRouter({
      send: (text) => connection?.send(text) === true,
      capacity: options.earlyEvents ?? defaultEarlyEvents,
      onAnswer
    })
    connection = yield* WebSocket.connect({
      url: Redacted.make(url),
      operation,
      secrets: secrets.all,
      openTimeout: options.openTimeout,
      handlers: {
        onMessage: (frame) => {
          // Answers count too: a probe that is due is sent after them.
          signals.onSignOfLife()
          router.receive(frame)
        },
        receiver: {
          onSignOfLife: () => signals.onSignOfLife(),
          onProbeAnswer: (id) => signals.onProbeAnswer(id),
          onLost: (reason) => {
            router.close(`the connection was closed${codeOf(reason)}`)
            signals.onLost(reason)
          }
        }
      }
    })
    yield* Effect.addFinalizer(() => Effect.sync(() => router.close("the connection has been closed by its owner")))
    return { router, closed: connection.closed, frames: connection.frames }
  })
