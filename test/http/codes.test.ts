import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { type BinanceError, BinanceHttp } from "effect-binance-user-data"

/** What of an error is told apart. */
const classOf = (error: BinanceError.BinanceError) => {
  const { _tag, code, isRetryable, status } = error as BinanceError.BadRequest
  return { _tag, status, code, isRetryable }
}

/** Asks once, of a Binance that gives this answer. */
const ask = (status: number, body: string) =>
  BinanceHttp.make({ retry: Schedule.stop }).pipe(
    Effect.provideService(
      HttpClient.HttpClient,
      HttpClient.make((request) =>
        Effect.sync(() => HttpClientResponse.fromWeb(request, new Response(body, { status })))
      )
    ),
    Effect.flatMap((http) =>
      http.request({ method: "GET", baseUrl: "https://fapi.example", path: "/x", response: Schema.Unknown })
    ),
    Effect.flip
  )

type Row = readonly [code: number, tag: string, isRetryable: boolean, advice: string]

const key = "Check that the API key"
const request = "Correct the request"
const unknown = "The outcome is unknown"

/** Every code that the facts about Binance name. */
const codes: ReadonlyArray<Row> = [
  [-1000, "ServerError", true, unknown],
  [-1001, "ServerError", true, unknown],
  [-1002, "Unauthorized", false, key],
  [-1003, "RateLimited", true, "Wait until"],
  [-1006, "ServerError", true, unknown],
  [-1007, "ServerError", true, unknown],
  [-1008, "ServerError", true, "slow down"],
  [-1015, "RateLimited", true, "Wait until"],
  [-1016, "ServerError", true, "maintenance"],
  [-1020, "BadRequest", false, request],
  [-1021, "ClockSkew", true, "Synchronise the clock"],
  [-1022, "Unauthorized", false, "secret key or private key"],
  [-1034, "RateLimited", true, "Wait until"],
  [-1099, "Unauthorized", false, "product"],
  [-1100, "BadRequest", false, request],
  [-1101, "BadRequest", false, request],
  [-1102, "BadRequest", false, request],
  [-1103, "BadRequest", false, request],
  [-1104, "BadRequest", false, request],
  [-1105, "BadRequest", false, request],
  [-1106, "BadRequest", false, request],
  [-1109, "Unauthorized", false, "product"],
  [-1121, "BadRequest", false, request],
  [-1125, "InvalidListenKey", false, "Create a new listen key"],
  [-1127, "BadRequest", false, request],
  [-1128, "BadRequest", false, request],
  [-1130, "BadRequest", false, request],
  [-1135, "BadRequest", false, request],
  [-1191, "BadRequest", false, request],
  [-1193, "Unauthorized", false, key],
  [-1194, "BadRequest", false, request],
  [-1209, "InvalidListenToken", false, "Create a new listen token"],
  [-2008, "Unauthorized", false, "environment"],
  [-2011, "BadRequest", false, request],
  [-2013, "BadRequest", false, request],
  [-2014, "Unauthorized", false, "complete"],
  [-2015, "Unauthorized", false, "from this IP"],
  [-2017, "Unauthorized", false, "locked"],
  [-2019, "BadRequest", false, request],
  [-2026, "BadRequest", false, request],
  [-2028, "Unauthorized", false, "Ed25519"],
  [-2035, "BadRequest", false, request],
  [-2036, "BadRequest", false, request],
  [-2039, "BadRequest", false, request],
  [-2042, "BadRequest", false, request],
  [-4047, "BadRequest", false, request],
  [-4059, "BadRequest", false, request],
  [-4067, "BadRequest", false, request],
  [-4068, "BadRequest", false, request],
  [-4087, "BadRequest", false, request],
  [-4088, "BadRequest", false, request],
  [-4109, "Unauthorized", false, "product"],
  [-4116, "BadRequest", false, request],
  [-4118, "BadRequest", false, request],
  [-4120, "BadRequest", false, request],
  [-4144, "BadRequest", false, request],
  [-4165, "BadRequest", false, request],
  [-4181, "BadRequest", false, request],
  [-4495, "BadRequest", false, request],
  [-4531, "BadRequest", false, request],
  [-6030, "BadRequest", false, request],
  [-6031, "BadRequest", false, request],
  // Futures answered with this one in a maintenance window.
  [239999, "ServerError", true, unknown]
]

describe("each code of Binance has its class", () => {
  it.effect.each(codes)("400 with %i", ([code, tag, isRetryable, advice]) =>
    Effect.gen(function* () {
      const error = yield* ask(400, JSON.stringify({ code, msg: "why." }))
      expect(classOf(error)).toEqual({ _tag: tag, status: 400, code, isRetryable })
      expect(error.message).toContain(advice)
    })
  )

  it.effect.each(codes.filter(([code]) => code < 0))("200 with %i is the same error", ([code, tag, isRetryable]) =>
    Effect.gen(function* () {
      const error = yield* ask(200, JSON.stringify({ code, msg: "why." }))
      expect(classOf(error)).toEqual({ _tag: tag, status: 200, code, isRetryable })
    })
  )
})

describe("a status without a code of Binance", () => {
  const bodies = ["", '{"code":0,"msg":"oops"}', '{"msg":"oops"}', "<html><title>oops</title></html>"]
  const statuses: ReadonlyArray<readonly [status: number, tag: string, isRetryable: boolean, advice: string]> = [
    [400, "BadRequest", true, request],
    [401, "Unauthorized", false, key],
    [403, "Forbidden", true, "firewall"],
    [404, "BadRequest", false, "host and path"],
    [407, "BadRequest", false, "proxy"],
    [408, "ServerError", true, unknown],
    [410, "EndpointRetired", false, "retired"],
    [418, "IpBanned", true, "Wait until"],
    [429, "RateLimited", true, "Wait until"],
    [451, "BadRequest", false, "location"],
    [502, "ServerError", true, unknown],
    [511, "ServerError", true, unknown]
  ]
  for (const [status, tag, isRetryable, advice] of statuses) {
    it.effect.each(bodies)(`${status} with %j`, (body) =>
      Effect.gen(function* () {
        const error = yield* ask(status, body)
        expect(classOf(error)).toEqual({ _tag: tag, status, code: undefined, isRetryable })
        expect(error.message).toContain(advice)
        expect(error.message).not.toContain("<html>")
      })
    )
  }
})
