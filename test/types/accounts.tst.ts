import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import type {
  Account,
  BinanceError,
  Checkpoint,
  CoinFutures,
  CoinFuturesAccount,
  Spot,
  SpotAccount,
  UsdFutures,
  UsdFuturesAccount
} from "effect-binance-user-data"
import { describe, expect, test } from "tstyche"

type Failure = BinanceError.BinanceError

/** What a stream tells. */
type ElementOf<S extends { readonly events: unknown }> =
  S["events"] extends Stream.Stream<infer A, infer _E, infer _R> ? A : never

const usd = {} as UsdFuturesAccount.UsdFuturesAccount.Service
const coin = {} as CoinFuturesAccount.CoinFuturesAccount.Service
const spot = {} as SpotAccount.SpotAccount.Service

describe("an account", () => {
  test("tells the elements of its stream, and its own", () => {
    expect(usd.elements).type.toBe<
      Stream.Stream<ElementOf<UsdFutures.UsdFutures.Service> | Account.AccountElement, Failure>
    >()
    expect(coin.elements).type.toBe<
      Stream.Stream<ElementOf<CoinFutures.CoinFutures.Service> | Account.AccountElement, Failure>
    >()
    expect(spot.elements).type.toBe<Stream.Stream<ElementOf<Spot.Spot.Service> | Account.AccountElement, Failure>>()
  })

  test("tells fills of one shape for every product", () => {
    expect(usd.fills).type.toBe<Stream.Stream<Account.Fill, Failure>>()
    expect(coin.fills).type.toBe<Stream.Stream<Account.Fill, Failure>>()
    expect(spot.fills).type.toBe<Stream.Stream<Account.Fill, Failure>>()
    expect<Account.Fill["tradeId"]>().type.toBe<string | undefined>()
    expect<Account.Fill["quantity"]>().type.toBe<string>()
    expect<Account.Fill["price"]>().type.toBe<string | undefined>()
    expect<Account.Fill["time"]>().type.toBe<number>()
    expect<Account.Fill["origin"]>().type.toBe<Account.Origin>()
  })

  test("narrows its elements by their tags", () => {
    expect<
      Extract<Stream.Stream.Success<typeof usd.elements>, { _tag: "RecoveredFill" }>["fill"]
    >().type.toBe<Account.Fill>()
    expect<
      Extract<Stream.Stream.Success<typeof usd.elements>, { _tag: "Snapshot" }>["state"]
    >().type.toBe<Account.State>()
  })

  test("forEach adds what its function may fail with and needs, and nothing else", () => {
    expect(usd.forEach(() => undefined)).type.toBe<Effect.Effect<void, Failure>>()
    expect(usd.forEach(() => ({}) as Effect.Effect<number, "failed", "needed">)).type.toBe<
      Effect.Effect<void, Failure | "failed", "needed">
    >()
  })

  test("commits what was handled", () => {
    expect<Stream.Stream.Success<typeof usd.committable>["fills"]>().type.toBe<ReadonlyArray<Account.Fill>>()
    expect<Stream.Stream.Success<typeof usd.committable>["commit"]>().type.toBe<
      Effect.Effect<void, Checkpoint.CheckpointError>
    >()
  })

  test("reads, and fails with the errors of Binance", () => {
    expect(usd.trades({ symbol: "BTCUSDT", fromId: "1" })).type.toBe<
      Effect.Effect<ReadonlyArray<Account.Fill>, Failure>
    >()
    expect(usd.order({ symbol: "BTCUSDT", orderId: "1" })).type.toBe<
      Effect.Effect<Option.Option<Account.Order>, Failure>
    >()
    expect(usd.trades).type.not.toBeCallableWith({ fromId: "1" })
    expect(usd.trades).type.not.toBeCallableWith({ symbol: "BTCUSDT" })
  })

  test("asks where the program says, on spot alone", () => {
    expect({} as typeof SpotAccount.make).type.toBeCallableWith({ readsOver: "rest", symbols: ["BTCUSDT"] })
    expect({} as typeof SpotAccount.layerWith).type.toBeCallableWith({ readsOver: "stream" })
    expect({} as typeof SpotAccount.make).type.not.toBeCallableWith({ readsOver: "REST" })
    expect({} as typeof UsdFuturesAccount.make).type.not.toBeCallableWith({ readsOver: "rest" })
  })
})
