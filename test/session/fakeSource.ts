import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { BinanceError } from "../../src/BinanceError.js"
import type { Connection } from "../../src/internal/connection/connection.js"
import { textOf } from "../../src/internal/decoder/frame.js"
import type { Source } from "../../src/internal/session/settings.js"
import type { Receiver } from "../../src/internal/socket/receiver.js"
import type { Cause } from "../../src/StreamNotice.js"

export interface Event {
  readonly _tag: string
  readonly n: number
  readonly eventTime: number
}

/** One connection of a source that a test plays. */
export class FakeConnection {
  isOpen = true
  isPaused = false
  identity = "key-1"
  /** Whether probes are answered at once. */
  answersProbes = true
  /** When the credential was last known to be valid, in epoch ms. */
  provenAt: number | undefined
  readonly probes: Array<number> = []

  constructor(
    readonly receiver: Receiver,
    readonly now: () => number
  ) {}

  send(n: number, tag = "Event"): void {
    this.sendText(JSON.stringify({ _tag: tag, n, eventTime: this.now() }))
  }

  sendText(text: string): void {
    if (this.isOpen) {
      this.receiver.onFrame(text)
    }
  }

  close(cause: Cause = { _tag: "SocketClosed", code: 1006, reason: "" }): void {
    this.receiver.onLost(Exit.succeed(cause))
  }

  fail(error: BinanceError): void {
    this.receiver.onLost(Exit.fail(error))
  }
}

export interface FakeSource {
  readonly source: Source<Event>
  readonly connections: Array<FakeConnection>
  readonly last: () => FakeConnection
  /** What the next attempts fail with. */
  readonly failures: Array<BinanceError>
  /** Prepares each connection before it is handed over. */
  prepare: (connection: FakeConnection) => void
  /** What an attempt waits for. */
  gate: Effect.Effect<void>
  sessions: number
  openSessions: number
  attempts: number
  /** Attempts whose scope is open. */
  openAttempts: number
  /** What closing a connection waits for. */
  closing: Effect.Effect<void>
  canPause: boolean
  showsPings: boolean
}

export const make = Effect.map(Effect.clock, (clock): FakeSource => {
  const now = () => clock.unsafeCurrentTimeMillis()
  const connections: Array<FakeConnection> = []
  const fake: FakeSource = {
    connections,
    last: () => connections.at(-1)!,
    failures: [],
    prepare: () => {},
    gate: Effect.void,
    sessions: 0,
    openSessions: 0,
    attempts: 0,
    openAttempts: 0,
    closing: Effect.void,
    canPause: true,
    showsPings: true,
    source: {
      product: "CoinFutures",
      account: undefined,
      pingInterval: 180_000,
      decode: (frame) => {
        const value = JSON.parse(textOf(frame))
        return value._tag === undefined ? undefined : value
      },
      open: Effect.gen(function* () {
        fake.sessions++
        yield* Effect.acquireRelease(
          Effect.sync(() => fake.openSessions++),
          () => Effect.sync(() => fake.openSessions--)
        )
        return (receiver) =>
          Effect.gen(function* () {
            fake.attempts++
            yield* Effect.acquireRelease(
              Effect.sync(() => fake.openAttempts++),
              () => Effect.sync(() => fake.openAttempts--)
            )
            yield* fake.gate
            const failure = fake.failures.shift()
            if (failure !== undefined) {
              return yield* Effect.fail(failure)
            }
            const connection = new FakeConnection(receiver, now)
            yield* Scope.addFinalizer(
              yield* Effect.scope,
              Effect.suspend(() => {
                connection.isOpen = false
                return fake.closing
              })
            )
            connections.push(connection)
            fake.prepare(connection)
            const made: Connection = {
              openedAt: now(),
              probe: (id) => {
                connection.probes.push(id)
                if (connection.answersProbes && connection.isOpen) {
                  queueMicrotask(() => receiver.onProbeAnswer(id))
                }
              },
              showsPings: fake.showsPings,
              flow: fake.canPause
                ? {
                    pause: () => {
                      connection.isPaused = true
                    },
                    resume: () => {
                      connection.isPaused = false
                    }
                  }
                : undefined,
              credential: {
                expiresAt: () => undefined,
                provenAt: () => connection.provenAt,
                identity: connection.identity
              }
            }
            return made
          })
      })
    }
  }
  return fake
})
