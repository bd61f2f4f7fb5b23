import * as Socket from "@effect/platform/Socket"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import type { BinanceError } from "../BinanceError.js"
import { BinanceHttp } from "../BinanceHttp.js"
import { Credentials } from "../Credentials.js"
import type { Cause } from "../StreamNotice.js"
import * as WebSocketApi from "../WebSocketApi.js"
import * as Timers from "./timers.js"

/** What goes on at a socket of the WebSocket API, for everybody who listens to it. */
export interface Listener {
  readonly onFrame: () => void
  readonly onProbeAnswer: (id: number) => void
  /** Told of the socket's end, or that the server says that the API key is not valid any more. */
  readonly onLost: (reason: Exit.Exit<Cause, BinanceError>) => void
}

/** A socket of the WebSocket API that can be watched. */
export interface Watched {
  readonly api: WebSocketApi.WebSocketApi.Service
  readonly openedAt: number
  /** Pings where the implementation can, and asks for the session's status elsewhere. */
  readonly probe: (id: number) => void
}

/** How long after a probe the next one may follow, in ms: Binance takes five pings and pongs in a second. */
const probeInterval = 300

/** One probe serves everybody at the socket who has asked before it is sent, because ids grow. */
const pace = (send: (id: number) => void) =>
  Effect.gen(function* () {
    const timers = Timers.of(yield* Effect.clock)
    let nextAt = 0
    let waiting: number | undefined
    let timer: Timers.Timer | undefined
    yield* Effect.addFinalizer(() => Effect.sync(() => timer?.cancel()))
    const sendNow = (id: number) => {
      nextAt = timers.now() + probeInterval
      waiting = undefined
      send(id)
    }
    return (id: number): void => {
      const wait = Math.min(nextAt - timers.now(), probeInterval)
      if (waiting === undefined && wait <= 0) {
        sendNow(id)
      } else {
        if (waiting === undefined) {
          timer = timers.after(wait, () => sendNow(waiting ?? id))
        }
        waiting = id
      }
    }
  })

/** Opens a socket and tells the listener what goes on there. */
export const make = (options: WebSocketApi.Options, listener: Listener) =>
  Effect.gen(function* () {
    const clock = yield* Effect.clock
    const api = yield* WebSocketApi.make({
      ...options,
      onFrame: listener.onFrame,
      onPong: (payload) => listener.onProbeAnswer(Number(payload)),
      onServerError: (error) => {
        if (error._tag === "Unauthorized") {
          listener.onLost(Exit.fail(error))
        }
      },
      onClosed: (closed) => listener.onLost(Exit.succeed({ _tag: "SocketClosed", ...closed }))
    })
    const run = yield* FiberSet.makeRuntime<never>()
    const probe = yield* pace((id) => {
      if (api.frames === undefined) {
        run(Effect.match(api.session.status, { onFailure: () => {}, onSuccess: () => listener.onProbeAnswer(id) }))
      } else {
        api.frames.ping(String(id))
      }
    })
    const watched: Watched = {
      api,
      openedAt: clock.unsafeCurrentTimeMillis(),
      probe
    }
    return watched
  })

/** What a product was made with, which whoever consumes it may have others of: another account's credentials. */
export const services = Effect.map(
  Effect.context<BinanceHttp | Credentials | Socket.WebSocketConstructor>(),
  Context.pick(BinanceHttp, Credentials, Socket.WebSocketConstructor)
)

export type Requirements = Effect.Effect.Context<ReturnType<typeof make>> | Scope.Scope
