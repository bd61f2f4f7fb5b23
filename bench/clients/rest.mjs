// The call that creates a listen key, by the library, by the official connector and by `undici` alone.
import { DerivativesTradingCoinFutures } from "@binance/derivatives-trading-coin-futures"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import { request } from "undici"
import { obey } from "../support/commands.mjs"
import * as Library from "../support/library.mjs"

const apiKey = "account"

const check = (listenKey) => {
  if (typeof listenKey !== "string" || listenKey.length !== 64) {
    throw new Error("No listen key came back")
  }
}

/** So many promises one after the other, in so many rows side by side. */
const promised = (call) => (calls, concurrency) =>
  Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let left = calls / concurrency; left > 0; left--) {
        check(await call())
      }
    })
  )

const makers = {
  official: ({ httpUrl }) => {
    const { restAPI } = new DerivativesTradingCoinFutures({
      configurationRestAPI: { apiKey, apiSecret: "any", basePath: httpUrl }
    })
    return promised(async () => (await (await restAPI.startUserDataStream()).data()).listenKey)
  },
  undici: ({ httpUrl }) =>
    promised(async () => {
      const { body } = await request(`${httpUrl}/dapi/v1/listenKey`, {
        method: "POST",
        headers: { "X-MBX-APIKEY": apiKey }
      })
      return (await body.json()).listenKey
    }),
  library: async ({ httpUrl, library }) => {
    const modules = await Library.load(library)
    const { CoinFutures, Credentials } = modules
    const runtime = ManagedRuntime.make(
      CoinFutures.layer.pipe(
        Layer.provide(Credentials.layer({ apiKey })),
        Layer.provide(Library.shared(modules, { httpUrl, webSocketUrl: httpUrl.replace("http", "ws") }))
      )
    )
    const { createListenKey } = await runtime.runPromise(CoinFutures.CoinFutures)
    const call = Effect.map(createListenKey, ({ key }) => check(Redacted.value(key)))
    return (calls, concurrency) =>
      runtime.runPromise(
        Effect.all(
          Array.from({ length: concurrency }, () => Effect.repeatN(call, calls / concurrency - 1)),
          { concurrency, discard: true }
        )
      )
  }
}

let run

obey({
  prepare: async ({ name, ...options }) => {
    run = await makers[name](options)
    await run(500, 1)
    await run(500, 10)
  },
  call: async ({ calls, concurrency }) => {
    const cpu = process.cpuUsage()
    const start = performance.now()
    await run(calls, concurrency)
    const wall = performance.now() - start
    const { system, user } = process.cpuUsage(cpu)
    return { wall, cpu: (system + user) / 1000 }
  }
})
