import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"

/** An answer with the time of the server, in epoch ms. */
export const ServerTime = Schema.Struct({ serverTime: Schema.Number })

const decode = Schema.decodeUnknownOption(ServerTime)

/** By how many ms the clock of each server is ahead of the local one. */
export interface ClockOffsets {
  readonly offset: (baseUrl: string) => Effect.Effect<number>
  /** Measures the offset from an answer with `serverTime`, taken half-way between request and answer. */
  readonly learn: (
    baseUrl: string,
    body: unknown,
    times: { readonly sentAt: number; readonly now: number }
  ) => Effect.Effect<void>
}

export const make: Effect.Effect<ClockOffsets> = Effect.gen(function* () {
  const offsets = yield* Ref.make<ReadonlyMap<string, number>>(new Map())
  return {
    offset: (baseUrl) => Effect.map(Ref.get(offsets), (known) => known.get(baseUrl) ?? 0),
    learn: (baseUrl, body, { now, sentAt }) =>
      Option.match(decode(body), {
        onNone: () => Effect.void,
        onSome: ({ serverTime }) =>
          Ref.update(offsets, (known) => new Map(known).set(baseUrl, Math.round(serverTime - (sentAt + now) / 2)))
      })
  }
})
