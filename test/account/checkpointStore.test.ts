import { SystemError } from "@effect/platform/Error"
import * as KeyValueStore from "@effect/platform/KeyValueStore"
import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Checkpoint } from "effect-binance-user-data"
import { empty } from "../../src/internal/account/book/book.js"
import { epoch, live, orderIds, otu } from "../support/accountDriver.js"

const book = live(empty(epoch), otu({ i: "1", x: "NEW", X: "NEW", T: 0 })).book
const checkpoint = { version: 1, product: "UsdFutures", account: "a", at: epoch, book } as const

const over = (store: Layer.Layer<KeyValueStore.KeyValueStore>) =>
  Layer.provideMerge(Checkpoint.layerKeyValueStore, store)

it.effect("a checkpoint is kept in a store of keys and values", () =>
  Effect.gen(function* () {
    const store = yield* Checkpoint.CheckpointStore
    expect(yield* store.load("k")).toMatchObject({ _tag: "None" })
    yield* store.save("k", checkpoint)
    const loaded = yield* Effect.flatten(store.load("k"))
    expect([loaded.product, loaded.account, loaded.at, orderIds(loaded.book)]).toEqual([
      "UsdFutures",
      "a",
      epoch,
      ["DOGEUSDT/1 NEW 0"]
    ])
  }).pipe(Effect.provide(over(KeyValueStore.layerMemory)))
)

it.effect("what is no checkpoint is invalid", () =>
  Effect.gen(function* () {
    const values = yield* KeyValueStore.KeyValueStore
    const store = yield* Checkpoint.CheckpointStore
    for (const [text, message] of [
      ["", "it is empty, cut off or something else"],
      ["{}", "it is empty, cut off or something else"],
      [`{"version":1}`, "it is empty, cut off or something else"],
      [`{"version":0}`, "it is no checkpoint of this version (format 0, this one reads 1)"],
      [
        `{"version":2,"book":[]}`,
        "a newer version of this library wrote it (format 2, this one reads 1). Update the library"
      ]
    ] as const) {
      yield* values.set("k.0", text)
      yield* values.set("k.1", text)
      expect(yield* Effect.flip(store.load("k"))).toMatchObject({
        _tag: "CheckpointError",
        kind: "Invalid",
        message: `The checkpoint cannot be read: ${message}. To start without it, set checkpoint: { onInvalid: "startFresh" }`
      })
    }
  }).pipe(Effect.provide(over(KeyValueStore.layerMemory)))
)

it.effect("what a newer version wrote last is not passed over for what is older, until something is saved", () =>
  Effect.gen(function* () {
    const values = yield* KeyValueStore.KeyValueStore
    const store = yield* Checkpoint.CheckpointStore
    for (const slot of ["k.0", "k.1"]) {
      yield* store.save("k", checkpoint)
      yield* values.set(slot, `{"version":2,"revision":9}`)
      expect(yield* Effect.flip(store.load("k"))).toMatchObject({
        kind: "Invalid",
        reason: "a newer version of this library wrote it (format 2, this one reads 1). Update the library"
      })
      yield* store.save("k", checkpoint)
      yield* store.save("k", checkpoint)
      expect(yield* store.load("k")).toMatchObject({ _tag: "Some" })
    }
  }).pipe(Effect.provide(over(KeyValueStore.layerMemory)))
)

it.effect("a store that fails says so", () =>
  Effect.gen(function* () {
    const store = yield* Checkpoint.CheckpointStore
    const errors = [yield* Effect.flip(store.load("k")), yield* Effect.flip(store.save("k", checkpoint))]
    expect(errors).toMatchObject([{ kind: "Store" }, { kind: "Store" }])
  }).pipe(
    Effect.provide(
      over(
        Layer.sync(KeyValueStore.KeyValueStore, () => {
          const full = Effect.fail(
            new SystemError({ reason: "PermissionDenied", module: "KeyValueStore", method: "set", description: "full" })
          )
          return KeyValueStore.makeStringOnly({
            get: () => full,
            set: () => full,
            remove: () => full,
            clear: full,
            size: full
          })
        })
      )
    )
  )
)
