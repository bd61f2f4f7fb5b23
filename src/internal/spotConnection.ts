import * as Effect from "effect/Effect"
import type * as WebSocketApi from "../WebSocketApi.js"
import type { Connection, Open } from "./connection.js"
import type { Frame } from "./frame.js"
import * as WebSocketApiConnection from "./webSocketApiConnection.js"

export interface Options extends WebSocketApi.Options {
  readonly authentication: "signature" | "logon"
  readonly extraParams?: WebSocketApi.Parameters | undefined
}

/**
 * Connections of spot sessions, each with a socket and a signature of its own.
 */
export const make = (options: Options) =>
  Effect.map(WebSocketApiConnection.services, (services) =>
    Effect.sync((): Open => {
      let clockOffset = 0
      return (receiver) =>
        Effect.gen(function* () {
          const { api, openedAt, probe } = yield* WebSocketApiConnection.make(
            { ...options, clockOffset },
            {
              onFrame: () => receiver.onSignOfLife(),
              onProbeAnswer: (id) => receiver.onProbeAnswer(id),
              onLost: (reason) => receiver.onLost(reason)
            }
          )
          const onFrame = (frame: Frame) => receiver.onFrame(frame)
          if (options.authentication === "logon") {
            yield* api.session.logon
            yield* api.userDataStream.subscribe(onFrame, { extraParams: options.extraParams })
          } else {
            yield* api.userDataStream.subscribeSignature(onFrame, { extraParams: options.extraParams })
          }
          clockOffset = yield* api.clockOffset
          const connection: Connection = {
            openedAt,
            probe,
            showsPings: api.frames !== undefined,
            flow: api.frames,
            credential: { expiresAt: () => undefined, provenAt: () => undefined, identity: "" }
          }
          return connection
        }).pipe(Effect.provide(services))
    })
  )
