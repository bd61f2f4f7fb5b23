import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { InvalidCredentials, type InvalidOptions } from "../../BinanceError.js"
import { type Credentials, type Signer, webSocketPayload } from "../../Credentials.js"
import { timestampOf } from "../epoch.js"
import { withPrefix } from "../key/variables.js"
import * as Checked from "../options.js"
import { type Options, type Parameters, type Request, reveal } from "./model.js"

/** Checks the ranges of the options of calls. */
export const checkCalls = ({
  recvWindow = 1,
  requestTimeout = 1
}: Pick<Options, "recvWindow" | "requestTimeout">): Effect.Effect<void, InvalidOptions> =>
  Effect.zipRight(
    Checked.number("recvWindow", recvWindow, [1, 60_000]),
    Effect.asVoid(Checked.millis("requestTimeout", requestTimeout, { least: 1 }))
  )

/** The signer of an account, or an error that names the operation that needs one. */
export const requireSigner = (
  credentials: Credentials.Service,
  operation: string
): Effect.Effect<Signer, InvalidCredentials> =>
  Option.match(credentials.signer, {
    onNone: () =>
      Effect.fail(
        new InvalidCredentials({
          reason: withPrefix(
            `${operation} has to be signed, and only an API key was given: set BINANCE_SECRET_KEY, BINANCE_PRIVATE_KEY_PATH or BINANCE_PRIVATE_KEY_PEM, or give Credentials.make a secretKey or a privateKey`,
            credentials.variablePrefix
          ),
          account: credentials.name
        })
      ),
    onSome: Effect.succeed
  })

/** The Ed25519 signer of an account: `session.logon` accepts no other kind. */
export const requireLogonSigner = (credentials: Credentials.Service): Effect.Effect<Signer, InvalidCredentials> =>
  Effect.filterOrFail(
    requireSigner(credentials, "session.logon"),
    ({ kind }) => kind === "Ed25519",
    ({ kind }) =>
      new InvalidCredentials({
        account: credentials.name,
        reason: `session.logon needs an Ed25519 key, and this is an ${kind} key: sign the subscription instead (authentication: "signature"), which any key can do, or create an Ed25519 key`
      })
  )

/** Adds to the parameters of a request what its security level requires: API key, timestamp and signature. */
export const authorize = (
  { method, params = {}, security = "none" }: Omit<Request<unknown, unknown>, "result">,
  credentials: Credentials.Service,
  { clockOffset, recvWindow }: { readonly clockOffset: number; readonly recvWindow: number | undefined }
): Effect.Effect<Parameters, InvalidCredentials> =>
  Effect.gen(function* () {
    if (security === "none") {
      return params
    }
    const { apiKey } = credentials
    if (security === "apiKey") {
      return { ...params, apiKey }
    }
    const timestamp = timestampOf(yield* Clock.currentTimeMillis, clockOffset)
    if (security === "session") {
      return { ...params, recvWindow, timestamp }
    }
    const signer = yield* requireSigner(credentials, method)
    const signed: Parameters = { ...params, apiKey, recvWindow, timestamp }
    return { ...signed, signature: yield* signer.sign(webSocketPayload(reveal(signed))) }
  })
