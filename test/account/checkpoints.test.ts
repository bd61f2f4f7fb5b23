import * as PlatformError from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as KeyValueStore from "@effect/platform/KeyValueStore"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodeKeyValueStore from "@effect/platform-node/NodeKeyValueStore"
import { describe, expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Checkpoint } from "effect-binance-user-data"

const files = Layer.unwrapScoped(
  Effect.map(
    Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped()),
    (directory) => NodeKeyValueStore.layerFileSystem(directory)
  )
).pipe(Layer.provide(NodeFileSystem.layer))

const [checkpoint, other] = FastCheck.sample(Arbitrary.make(Checkpoint.Checkpoint), { numRuns: 2, seed: 1 }) as [
  Checkpoint.Checkpoint,
  Checkpoint.Checkpoint
]

const encoded = Schema.encodeSync(Schema.parseJson(Checkpoint.Checkpoint))

const key = "UsdFutures-0123456789abcdef"

describe.each([
  ["in memory", KeyValueStore.layerMemory],
  ["in files", files]
] as const)("checkpoints in a key value store %s", (_, values) => {
  const test = <E>(body: Effect.Effect<void, E, Checkpoint.CheckpointStore | KeyValueStore.KeyValueStore>) =>
    body.pipe(Effect.provide(Layer.provideMerge(Checkpoint.layerKeyValueStore, values)), Effect.scoped)

  it.effect("are loaded as they were saved, each under its key", () =>
    test(
      Effect.gen(function* () {
        const store = yield* Checkpoint.CheckpointStore
        expect(yield* store.load(key)).toEqual(Option.none())
        yield* store.save(key, checkpoint)
        yield* store.save("another", other)
        const loaded = Option.getOrThrow(yield* store.load(key))
        expect(encoded(loaded)).toBe(encoded(checkpoint))
        yield* store.save(key, other)
        expect(encoded(Option.getOrThrow(yield* store.load(key)))).toBe(encoded(other))
      })
    )
  )

  it.effect.each([
    { name: "empty", tear: () => "" },
    { name: "cut off", tear: (text: string) => text.slice(0, -20) }
  ])("that the end of the process left $name give way to those before them", ({ tear }) =>
    test(
      Effect.gen(function* () {
        const values = yield* KeyValueStore.KeyValueStore
        const store = yield* Checkpoint.CheckpointStore
        const loaded = Effect.map(store.load(key), Option.map(encoded))
        const saves = [checkpoint, other, checkpoint, other]
        for (const [index, next] of saves.entries()) {
          const slots = yield* Effect.forEach(["0", "1"], (slot) =>
            Effect.map(values.get(`${key}.${slot}`), (value) => [`${key}.${slot}`, value] as const)
          )
          yield* store.save(key, next)
          for (const [slot, before] of slots) {
            const after = Option.getOrThrow(yield* values.get(slot))
            if (after !== Option.getOrUndefined(before)) {
              yield* values.set(slot, tear(after))
              const kept = yield* loaded
              expect([encoded(next), ...(index === 0 ? [] : [encoded(saves[index - 1]!)])]).toContain(
                Option.getOrUndefined(kept)
              )
              yield* values.set(slot, after)
            }
          }
          expect(yield* loaded).toEqual(Option.some(encoded(next)))
        }
      })
    )
  )

  it.effect("of which the very first save was cut off are none", () =>
    test(
      Effect.gen(function* () {
        yield* (yield* KeyValueStore.KeyValueStore).set(`${key}.0`, "")
        const store = yield* Checkpoint.CheckpointStore
        expect(yield* store.load(key)).toEqual(Option.none())
        yield* store.save(key, checkpoint)
        expect(Option.map(yield* store.load(key), encoded)).toEqual(Option.some(encoded(checkpoint)))
      })
    )
  )

  it.effect.each([
    ["no JSON", "{"],
    ["something else", "[]"],
    ["too new", JSON.stringify({ ...JSON.parse(encoded(checkpoint)), version: 2 })],
    ["cut off", encoded(checkpoint).slice(0, -20)]
  ])("that are %s are invalid, and say what to do", ([, text]) =>
    test(
      Effect.gen(function* () {
        const values = yield* KeyValueStore.KeyValueStore
        yield* values.set(`${key}.0`, text!)
        yield* values.set(`${key}.1`, text!)
        const error = yield* Effect.flip((yield* Checkpoint.CheckpointStore).load(key))
        expect(error).toMatchObject({ _tag: "CheckpointError", kind: "Invalid" })
        expect(error.message).toMatch(/^The checkpoint cannot be read: .+ checkpoint: \{ onInvalid: "startFresh" \}/)
      })
    )
  )
})

it.effect("a store that fails is told as such", () =>
  Effect.gen(function* () {
    const fail = () =>
      Effect.fail(new PlatformError.SystemError({ reason: "PermissionDenied", module: "KeyValueStore", method: "get" }))
    const values = KeyValueStore.make({
      get: fail,
      getUint8Array: fail,
      set: fail,
      remove: fail,
      clear: Effect.void,
      size: Effect.succeed(0)
    })
    const store = yield* Checkpoint.CheckpointStore.pipe(
      Effect.provide(Checkpoint.layerKeyValueStore),
      Effect.provideService(KeyValueStore.KeyValueStore, values)
    )
    for (const use of [store.load(key), store.save(key, checkpoint)]) {
      const error = yield* Effect.flip(use as Effect.Effect<unknown, Checkpoint.CheckpointError>)
      expect(error).toMatchObject({ kind: "Store", reason: expect.stringContaining("PermissionDenied") })
    }
  })
)
