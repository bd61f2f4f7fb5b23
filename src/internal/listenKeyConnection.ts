import type * as Socket from "@effect/platform/Socket"
import * as EffectCause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import type { BinanceError } from "../BinanceError.js"
import type { BinanceHttp } from "../BinanceHttp.js"
import type { ListenKey } from "../ListenKey.js"
import type { Cause } from "../StreamNotice.js"
import { blockedUntil } from "./answer.js"
import type { Connection, Open, Receiver } from "./connection.js"
import { type Frame, hasAt, textOf } from "./frame.js"
import type { Keepalive } from "./keepalive.js"
import * as Timers from "./timers.js"
import * as WebSocket from "./webSocket.js"

/** A share in the account's key: whoever releases the last one closes it. */
export interface Share {
  readonly create: Effect.Effect<ListenKey, BinanceError>
  readonly release: Effect.Effect<void>
}

/** A key that is to be kept alive, and who is told how that goes. */
interface KeptKey {
  readonly key: ListenKey
  readonly onRenewed: (key: ListenKey, sentAt: number) => Effect.Effect<void>
  readonly onEnd: (exit: Exit.Exit<never, BinanceError>) => void
}

export interface Account {
  readonly share: () => Share
  readonly startable: (kept: KeptKey, timers: Timers.Timers, runtime: Runtime.Runtime<never>) => Keepalive
}

export interface Options {
  readonly account: Account
  readonly http: BinanceHttp.Service
  readonly construct: Context.Tag.Service<typeof Socket.WebSocketConstructor>
  /** Where events come for a listen key. */
  readonly addressOf: (key: string) => string
  /** Names the attempts to connect in errors: no key. */
  readonly operation: string
  /** Told each key before it is used. */
  readonly onKey: (key: Redacted.Redacted<string>) => void
}

/** How nearly all frames begin. */
const isEvent = (frame: Frame): boolean => hasAt(frame, 0, '{"e":') || hasAt(frame, 0, '{"stream":')

/** Answers to requests of ours, in the only shapes that stream sockets send besides events. */
const isAnswer = (text: string): boolean => /^\s*\{\s*"(?:result|id|error|code)"/.test(text)

const answeredId = (frame: Frame): number | undefined => {
  if (isEvent(frame)) {
    return undefined
  }
  const text = textOf(frame)
  const match = isAnswer(text) ? /"id"\s*:\s*(\d+)/.exec(text) : null
  return match === null ? undefined : Number(match[1])
}

const request = (id: number): string => JSON.stringify({ method: "LIST_SUBSCRIPTIONS", id })

/** Keepalives are nobody's children: they go on for as long as the key lives. */
const withoutSpan = (runtime: Runtime.Runtime<never>): Runtime.Runtime<never> =>
  runtime.context.unsafeMap.has(Tracer.ParentSpan.key)
    ? Runtime.updateContext(runtime, Context.omit(Tracer.ParentSpan))
    : runtime

/** The end of a keepalive, as the cause of an interruption or as the error that no new key can mend. */
const causeOf = (error: BinanceError): Exit.Exit<Cause, BinanceError> =>
  error._tag === "InvalidListenKey"
    ? Exit.succeed({ _tag: "KeyRejected" })
    : error.isRetryable
      ? Exit.succeed({ _tag: "KeyExpired" })
      : Exit.fail(error)

const lossOf = (cause: EffectCause.Cause<BinanceError>): Exit.Exit<Cause, BinanceError> => {
  const error = EffectCause.failureOption(cause)
  return Option.isSome(error) ? causeOf(error.value) : Exit.failCause(cause)
}

/**
 * A socket, and the key that it was opened with.
 */
class KeyConnection implements Connection, KeptKey, WebSocket.Handlers {
  openedAt = 0
  private socket: WebSocket.Connection | undefined
  private validUntil: number
  private ended: Exit.Exit<never, BinanceError> | undefined
  private onEnded: ((exit: Exit.Exit<never, BinanceError>) => void) | undefined

  constructor(
    readonly key: ListenKey,
    private sentAt: number,
    private readonly receiver: Receiver
  ) {
    this.validUntil = key.expiresAt
  }

  opened(socket: WebSocket.Connection, at: number) {
    this.onEnded = undefined
    this.socket = socket
    this.openedAt = at
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

  get credential(): Connection["credential"] {
    return this
  }

  get identity(): string {
    return Redacted.value(this.key.key)
  }

  expiresAt(): number {
    return this.validUntil
  }

  provenAt(): number {
    return this.sentAt
  }

  onMessage(frame: Frame) {
    const id = answeredId(frame)
    if (id === undefined) {
      this.receiver.onFrame(frame)
    } else {
      this.receiver.onProbeAnswer(id)
    }
  }

  onPing() {
    this.receiver.onSignOfLife()
  }

  onPong(payload: string) {
    this.receiver.onProbeAnswer(Number(payload))
  }

  onClosed(closed: WebSocket.Closed) {
    this.receiver.onLost(Exit.succeed({ _tag: "SocketClosed", ...closed }))
  }

  onRenewed({ expiresAt }: ListenKey, sentAt: number): Effect.Effect<void> {
    return Effect.sync(() => {
      this.validUntil = expiresAt
      this.sentAt = sentAt
    })
  }

  /** The key is kept alive no more. */
  onEnd(exit: Exit.Exit<never, BinanceError>) {
    this.ended = exit
    this.onEnded?.(exit)
    this.receiver.onLost(Exit.isFailure(exit) ? lossOf(exit.cause) : exit)
  }

  /** Gives an effect up, with the same end, when the keepalive ends. A race that needs one fiber and not two. */
  unlessEnded<A>(effect: Effect.Effect<A, BinanceError, Scope.Scope>): Effect.Effect<A, BinanceError, Scope.Scope> {
    return Effect.flatMap(Effect.fork(effect), (fiber) =>
      Effect.async((resume) => {
        const interrupt = Fiber.interrupt(fiber)
        fiber.addObserver(resume)
        this.onEnded = (exit) => resume(Effect.zipRight(interrupt, exit))
        if (this.ended !== undefined) {
          this.onEnded(this.ended)
        }
        return interrupt
      })
    )
  }
}

/**
 * Connections of one session, each with a key of its own making: key and socket are one value, so that no socket stays
 * on a key that has been replaced.
 */
export const make = (options: Options): Effect.Effect<Open, never, Scope.Scope> =>
  Effect.flatMap(Effect.scope, (scope) => {
    const share = options.account.share()
    const open: Open = (receiver) =>
      Effect.flatMap(Effect.uninterruptible(Effect.runtime<never>()), (runtime) =>
        connect(options, share, receiver, runtime)
      )
    return Effect.as(releaseWith(scope, share), open)
  })

const releaseWith = (scope: Scope.Scope, share: Share) => Scope.addFinalizerExit(scope, () => share.release)

const stopWith = (scope: Scope.Scope, keepalive: Keepalive) => Scope.addFinalizerExit(scope, () => keepalive.stop)

const connect = (
  options: Options,
  share: Share,
  receiver: Receiver,
  runtime: Runtime.Runtime<never>
): Effect.Effect<Connection, BinanceError, Scope.Scope> =>
  Effect.gen(function* () {
    const { account, http } = options
    const scope = yield* Effect.scope
    const timers = Timers.of(yield* Effect.clock)
    const sentAt = timers.now()
    const key = yield* share.create
    options.onKey(key.key)
    const connection = new KeyConnection(key, sentAt, receiver)
    // From the start, because it may take long until a connection is allowed.
    const keepalive = account.startable(connection, timers, withoutSpan(runtime))
    yield* stopWith(scope, keepalive)
    yield* keepalive.start
    const socket = WebSocket.connectBy(options.construct, {
      url: Redacted.make(options.addressOf(Redacted.value(key.key))),
      operation: options.operation,
      secrets: [key.key],
      handlers: connection
    }).pipe(
      Effect.tapError((error) => {
        const until = blockedUntil(error)
        return until === undefined ? Effect.void : http.block(until)
      })
    )
    connection.opened(yield* connection.unlessEnded(Effect.zipRight(http.connectPermit, socket)), timers.now())
    return connection
  })
