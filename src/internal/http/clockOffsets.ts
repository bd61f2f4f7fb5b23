import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"

/** An answer that tells the time of the server, in epoch ms. */
export const ServerTime = Schema.Struct({ serverTime: Schema.Number })

const decode = Schema.decodeUnknownOption(ServerTime)

/** By how many ms the clocks of the servers are ahead of the local one, by address. */
export const make = Effect.gen(function* () {
  const offsets = yield* Ref.make<ReadonlyMap<string, number>>(new Map())
  return {
    offset: (baseUrl: string) => Effect.map(Ref.get(offsets), (known) => known.get(baseUrl) ?? 0),
    /** Takes the offset from an answer that tells `serverTime`: half-way between the request and its answer. */
    learn: (baseUrl: string, body: unknown, { now, sentAt }: { readonly sentAt: number; readonly now: number }) =>
      Option.match(decode(body), {
        onNone: () => Effect.void,
        onSome: ({ serverTime }) =>
          Ref.update(offsets, (known) => new Map(known).set(baseUrl, Math.round(serverTime - (sentAt + now) / 2)))
      })
  }
})
