import * as EffectCause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import type { BinanceError } from "../../BinanceError.js"
import type { ListenKey } from "../../ListenKey.js"
import type { Cause } from "../../StreamNotice.js"
import { type Clocks, clocks } from "../clock.js"
import { obey } from "../http/ipLimits.js"
import type { Account } from "../listenKey/account.js"
import * as Keepalive from "../listenKey/keepalive.js"
import type * as Owners from "../listenKey/owners.js"
import type { Receiver } from "../socket/receiver.js"
import * as WebSocket from "../socket/webSocket.js"
import type { Connection, Open } from "./connection.js"

export interface Options {
  readonly key: Account
  readonly construct: WebSocket.Construct
  /** The address of the stream for a listen key. */
  readonly addressOf: (key: string) => string
  /** The name of the attempt in errors, without the key. */
  readonly operation: string
  /** Called with each key before it is used. */
  readonly onKey: (key: Redacted.Redacted<string>) => void
}

/** Recognises nearly all events by how they begin. */
const isEvent = (text: string): boolean => text.startsWith('{"e":') || text.startsWith('{"stream":')

/** Answers to our requests are the only frames on a stream socket that are not events. */
const isAnswer = (text: string): boolean => /^\s*\{\s*"(?:result|id|error|code)"/.test(text)

const answeredId = (text: string): number | undefined => {
  if (isEvent(text)) {
    return undefined
  }
  const match = isAnswer(text) ? /"id"\s*:\s*(\d+)/.exec(text) : null
  return match === null ? undefined : Number(match[1])
}

const request = (id: number): string => JSON.stringify({ method: "LIST_SUBSCRIPTIONS", id })

/** What the end of the keepalive means for the connection: a loss, or an error that no new key can fix. */
const lossOf = (cause: EffectCause.Cause<BinanceError>): Exit.Exit<Cause, BinanceError> => {
  const failure = EffectCause.failureOption(cause)
  if (Option.isNone(failure)) {
    return Exit.failCause(cause)
  }
  const error = failure.value
  if (error._tag === "InvalidListenKey") {
    return Exit.succeed({ _tag: "KeyRejected" })
  }
  return Keepalive.isTemporary(error) ? Exit.succeed({ _tag: "KeyExpired" }) : Exit.fail(error)
}

/** A socket, and the listen key that it was opened with. */
class KeyConnection implements Connection, WebSocket.Handlers {
  openedAt = 0
  readonly credential: Connection["credential"]
  private socket: WebSocket.Connection | undefined
  private validUntil: number
  /** When the key was last known to be valid, on both clocks. */
  private proven: { readonly wall: number; readonly monotonic: number }

  constructor(
    key: ListenKey,
    sentAt: number,
    readonly receiver: Receiver,
    private readonly clocks: Clocks
  ) {
    this.validUntil = key.expiresAt
    this.proven = this.provenAt(sentAt)
    this.credential = {
      expiresAt: () => this.validUntil,
      // The earlier one: the local clock may have been set back, and the other one stands still in a suspended machine.
      provenAt: () => Math.min(this.proven.wall, this.clocks.wall() - this.clocks.monotonic() + this.proven.monotonic),
      identity: Redacted.value(key.key)
    }
  }

  opened(socket: WebSocket.Connection, at: number) {
    this.socket = socket
    this.openedAt = at
  }

  renewed({ expiresAt }: ListenKey, sentAt: number) {
    this.validUntil = expiresAt
    this.proven = this.provenAt(sentAt)
  }

  probe(id: number) {
    const frames = this.socket?.frames
    if (frames === undefined) {
      this.socket?.send(request(id))
    } else {
      frames.ping(String(id))
    }
  }

  get showsPings(): boolean {
    return this.socket?.frames !== undefined
  }

  get flow(): Connection["flow"] {
    return this.socket?.frames
  }

  private provenAt(sentAt: number) {
    return { wall: sentAt, monotonic: this.clocks.monotonic() - this.clocks.wall() + sentAt }
  }

  onMessage(text: string) {
    const id = answeredId(text)
    if (id === undefined) {
      this.receiver.onFrame(text)
    } else {
      this.receiver.onProbeAnswer(id)
    }
  }
}

/**
 * Opens the connections of one session. Each creates a listen key of its own, so that no socket stays open on a key that
 * was replaced.
 */
export const make = (options: Options): Effect.Effect<Open, never, Scope.Scope> =>
  Effect.map(options.key.share, (share) => (receiver) => connect(options, share, receiver))

const connect = (
  options: Options,
  share: Owners.Share,
  receiver: Receiver
): Effect.Effect<Connection, BinanceError, Scope.Scope> =>
  Effect.gen(function* () {
    const sentAt = yield* Clock.currentTimeMillis
    const key = yield* share.create
    options.onKey(key.key)
    const connection = new KeyConnection(key, sentAt, receiver, yield* clocks)
    // Before the socket is opened: the connection budget may delay that for long.
    const ended = yield* forkKeepalive(options.key, share, key, connection, receiver)
    yield* Effect.raceFirst(openSocket(options, key, connection), Deferred.await(ended))
    return connection
  })

/** Keeps the key alive until the scope closes. A failure goes to the receiver and into the returned `Deferred`. */
const forkKeepalive = (
  account: Account,
  share: Owners.Share,
  key: ListenKey,
  connection: KeyConnection,
  receiver: Receiver
): Effect.Effect<Deferred.Deferred<never, BinanceError>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const ended = yield* Deferred.make<never, BinanceError>()
    const onRenewed = (key: ListenKey, sentAt: number) => Effect.sync(() => connection.renewed(key, sentAt))
    yield* Keepalive.keepUntilLost(account, { key, onRenewed, verify: share.verify }).pipe(
      Effect.interruptible,
      Effect.catchAllCause((cause) =>
        EffectCause.isInterruptedOnly(cause)
          ? Effect.void
          : Effect.zipRight(
              Deferred.failCause(ended, cause),
              Effect.sync(() => receiver.onLost(lossOf(cause)))
            )
      ),
      Effect.forkScoped,
      // It outlives the span of the opening.
      Effect.mapInputContext((context: Context.Context<Scope.Scope>) => Context.omit(Tracer.ParentSpan)(context))
    )
    return ended
  })

const openSocket = (
  options: Options,
  key: ListenKey,
  connection: KeyConnection
): Effect.Effect<void, BinanceError, Scope.Scope> =>
  Effect.gen(function* () {
    const { construct, key: account, operation } = options
    yield* account.http.connectPermit
    const socket = yield* WebSocket.connectBy(construct, {
      url: Redacted.make(options.addressOf(Redacted.value(key.key))),
      operation,
      secrets: [key.key],
      handlers: connection
    }).pipe(Effect.tapError((error) => obey(account.http, error)))
    connection.opened(socket, yield* Clock.currentTimeMillis)
  })
