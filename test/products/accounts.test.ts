import * as Socket from "@effect/platform/Socket"
import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { BinanceHttp, Credentials } from "effect-binance-user-data"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import { adjust, consume, settle, tags, virtual } from "./harness.js"
import { products } from "./products.js"

describe("a product keeps the account and the services that it was made with, whoever consumes it", () => {
  for (const row of products) {
    virtual(
      row.product,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        yield* binance.account({ apiKey: "other", secretKey: "other", account: "other" })
        const service = yield* row.make({ rolloverAge: "10 minutes" })
        const { elements } = yield* consume(service).pipe(
          Effect.provide(Credentials.layer({ apiKey: "other", secretKey: "other" })),
          Effect.provideService(Socket.WebSocketConstructor, () => {
            throw new Error("the consumer's WebSocket was used")
          }),
          Effect.provideService(BinanceHttp.BinanceHttp, {} as BinanceHttp.BinanceHttp.Service)
        )
        yield* adjust("15 minutes")
        expect(yield* binance.tradingDay(row.product, { account: "other" })).toBe(row.tradingDay.length)
        yield* binance.tradingDay(row.product)
        yield* settle
        expect(tags(elements)).toEqual(["Opened", "RolledOver", ...row.tradingDay])
      })
    )

    virtual(
      `${row.product}: two accounts over one BinanceHttp do not hear each other`,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        yield* binance.account({ apiKey: "other", account: "other", secretKey: SimulatedBinance.defaultSecretKey })
        const { signer } = yield* Credentials.Credentials
        const other = yield* row
          .make()
          .pipe(
            Effect.provide(
              Credentials.layer({ apiKey: "other", signer: signer._tag === "Some" ? signer.value : undefined })
            )
          )
        const ours = yield* consume(yield* row.make())
        const theirs = yield* consume(other)
        yield* binance.tradingDay(row.product, { account: "other" })
        yield* settle
        expect(tags(ours.elements)).toEqual(["Opened"])
        expect(tags(theirs.elements)).toEqual(["Opened", ...row.tradingDay])
        yield* binance.tradingDay(row.product)
        yield* settle
        expect(tags(ours.elements)).toEqual(["Opened", ...row.tradingDay])
        expect(theirs.elements).toHaveLength(1 + row.tradingDay.length)
      })
    )
  }
})
