import * as Crypto from "node:crypto"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import { assert } from "vitest"

const rsa = Crypto.generateKeyPairSync("rsa", { modulusLength: 2048 })
const ed25519 = Crypto.generateKeyPairSync("ed25519")

const publicPem = (key: Crypto.KeyObject) => key.export({ type: "spki", format: "pem" }).toString()
const privatePem = (key: Crypto.KeyObject) => key.export({ type: "pkcs8", format: "pem" }).toString()

/** An API key of each kind, all of the default account. */
export const keys = {
  hmac: { apiKey: SimulatedBinance.defaultApiKey, apiSecret: SimulatedBinance.defaultSecretKey },
  rsa: { apiKey: "RsaApiKey", privateKey: privatePem(rsa.privateKey) },
  ed25519: { apiKey: "Ed25519ApiKey", privateKey: privatePem(ed25519.privateKey) }
} as const

const layer = SimulatedBinance.layer({
  accounts: [
    { apiKey: keys.rsa.apiKey, publicKey: publicPem(rsa.publicKey) },
    { apiKey: keys.ed25519.apiKey, publicKey: publicPem(ed25519.publicKey) }
  ]
})

/** Asks the simulated Binance again and again until it has what a client does without telling when. */
export const eventually = <A>(ask: Effect.Effect<A>, is: (value: A) => boolean): Effect.Effect<A> =>
  Effect.flatMap(ask, (value) =>
    is(value) ? Effect.succeed(value) : Effect.zipRight(Effect.sleep("5 millis"), eventually(ask, is))
  )

const nothingLeft = Effect.gen(function* () {
  const binance = yield* SimulatedBinance.SimulatedBinance
  const counters = yield* eventually(binance.counters, ({ openSockets }) => openSockets === 0)
  assert.strictEqual(counters.liveKeys, 0)
  assert.deepStrictEqual(counters.violations, [])
})

/**
 * A test on a simulated Binance of its own, which passes only if the client did nothing that Binance does not like, and
 * left no socket and no listen key behind.
 */
export const client = <E>(
  name: string,
  test: (
    binance: SimulatedBinance.SimulatedBinance.Service
  ) => Effect.Effect<void, E, SimulatedBinance.SimulatedBinance | Scope.Scope>
) =>
  it.live(name, () =>
    Effect.flatMap(SimulatedBinance.SimulatedBinance, test).pipe(
      Effect.scoped,
      Effect.zipRight(nothingLeft),
      Effect.provide(layer)
    )
  )

/** The next value that a callback is called with. */
export const received = <A>(register: (callback: (value: A) => void) => void): Effect.Effect<Effect.Effect<A>> =>
  Effect.map(Queue.unbounded<A>(), (queue) => {
    register((value) => {
      queue.unsafeOffer(value)
    })
    return Queue.take(queue)
  })

export const takeN = <A>(next: Effect.Effect<A>, count: number): Effect.Effect<Array<A>> =>
  Effect.all(Array.from({ length: count }, () => next))

interface Connection {
  readonly on: (event: "message", listener: (...parameters: Array<any>) => void) => void
  readonly disconnect: () => Promise<void>
}

/** A connection of an official connector, disconnected with the scope. */
export const connection = <A extends Connection>(connect: () => Promise<A>): Effect.Effect<A, never, Scope.Scope> =>
  Effect.acquireRelease(Effect.promise(connect), (connection) => Effect.promise(() => connection.disconnect()))

/**
 * The next event of a listen key, from a connection of an official connector that has its subscription confirmed.
 */
export const userData = <Event, A extends Connection>(
  connection: A,
  subscribe: (connection: A) => { readonly on: (event: "message", callback: (event: Event) => void) => void }
): Effect.Effect<Effect.Effect<Event>> =>
  Effect.gen(function* () {
    const frame = yield* received<string>((callback) => connection.on("message", callback))
    const event = yield* received<Event>((callback) => subscribe(connection).on("message", callback))
    const answer = JSON.parse(yield* frame)
    assert.isNull(answer.result)
    return event
  })
