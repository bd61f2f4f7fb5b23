import * as Effect from "effect/Effect"
import * as Api from "../webSocketApi/api.js"
import type { LoggedOn } from "../webSocketApi/loggedOn.js"
import type { Parameters } from "../webSocketApi/model.js"
import type { Connection, Open } from "./connection.js"

export interface Options extends Api.WatchedOptions {
  readonly authentication: "signature" | "logon"
  readonly extraParams?: Parameters | undefined
  /** Told of the connections that are logged on. */
  readonly loggedOn: LoggedOn
}

/** Opens the connections of spot sessions. Each has its own socket and signature. */
export const make = (options: Options) =>
  Effect.map(Api.services, (services) =>
    Effect.sync((): Open => {
      let clockOffset = 0
      return (receiver) =>
        Effect.gen(function* () {
          const api = yield* Api.make({ ...options, clockOffset }, receiver)
          const onFrame = (text: string) => receiver.onFrame(text)
          const isLoggedOn = options.authentication === "logon"
          if (isLoggedOn) {
            yield* api.session.logon
            yield* api.userDataStream.subscribe(onFrame, { extraParams: options.extraParams })
          } else {
            yield* api.userDataStream.subscribeSignature(onFrame, { extraParams: options.extraParams })
          }
          clockOffset = yield* api.clockOffset
          const connection: Connection = {
            openedAt: api.openedAt,
            probe: api.probe,
            showsPings: api.frames !== undefined,
            flow: isLoggedOn ? yield* options.loggedOn.add(api) : api.frames,
            credential: { expiresAt: () => undefined, provenAt: () => undefined, identity: "" }
          }
          return connection
        }).pipe(Effect.provide(services))
    })
  )
