import { assert, describe, it } from "@effect/vitest"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import { fromWords, usage } from "../../src/testing/internal/process/arguments.js"
import { run } from "../../src/testing/internal/process/run.js"

/** Runs a command line, and takes what it prints. */
const printing = (line: string, ...more: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const printed = yield* Queue.unbounded<string>()
    const console = yield* Console.consoleWith(Effect.succeed)
    const fiber = yield* run([...(line === "" ? [] : line.split(" ")), ...more]).pipe(
      Effect.withConsole({ ...console, log: (text) => Queue.offer(printed, String(text)) }),
      Effect.forkScoped
    )
    return { fiber, next: Queue.take(printed) }
  })

describe("the command line", () => {
  it("says what is simulated", () => {
    const words = "simulate --port 0 --account a:key --account b:other:secret --seed 7 --script tradingDay"
    assert.deepStrictEqual(
      fromWords([...words.split(" "), "--interval", "50 millis", "--enforce-limits"]),
      Either.right({
        port: 0,
        accounts: [
          { account: "a", apiKey: "key", secretKey: undefined },
          { account: "b", apiKey: "other", secretKey: "secret" }
        ],
        seed: 7,
        script: "tradingDay",
        interval: Duration.millis(50),
        enforceLimits: true
      } as const)
    )
    assert.deepInclude(Either.getOrThrow(fromWords(["simulate"])), { port: 9099, accounts: [], seed: undefined })
  })

  it.scoped.each([
    ["", 'The command has to be simulate, not "".'],
    ["serve", 'The command has to be simulate, not "serve".'],
    ["simulate --nope", "Unknown option '--nope'."],
    ["simulate --port", "Option '--port <value>' argument missing."],
    ["simulate --port 70000", '--port has to be a whole number up to 65535, not "70000".'],
    ["simulate --seed x", '--seed has to be a whole number up to 2147483647, not "x".'],
    ["simulate --account a", "--account has to be name:apiKey or name:apiKey:secret, each without a colon in it."],
    [
      "simulate --account a:b:c:d",
      "--account has to be name:apiKey or name:apiKey:secret, each without a colon in it."
    ],
    ["simulate --script weekend", '--script has to be tradingDay, not "weekend".'],
    ["simulate --interval soon", '--interval has to be a span such as "1 second" or "50 millis", not "soon".']
  ] as const)("%j is a mistake, and is answered with what to do", ([line, message]) =>
    Effect.gen(function* () {
      const { fiber } = yield* printing(line)
      const mistake = yield* Effect.flip(Fiber.join(fiber))
      assert.strictEqual(mistake.message, `${message} --help shows what there is.`)
    })
  )

  it.scoped("shows its help", () =>
    Effect.gen(function* () {
      const { fiber, next } = yield* printing("simulate --help")
      assert.strictEqual(yield* next, usage)
      yield* Fiber.join(fiber)
    })
  )

  it.scopedLive(
    "simulates, trades in every account, and shows no key that was given",
    () =>
      Effect.gen(function* () {
        const { next } = yield* printing(
          "simulate --port 0 --seed 1 --account desk:ApiKeyOfTheDesk:SecretOfTheDesk --account open:AnotherKey --script tradingDay",
          "--interval",
          "1 millis"
        )
        const text = yield* next
        for (const secret of ["ApiKeyOfTheDesk", "SecretOfTheDesk", "AnotherKey"]) {
          assert.notInclude(text, secret)
        }
        const [address = ""] = /http:\/\/127\.0\.0\.1:\d+/.exec(text) ?? []
        const fills = (product: string) =>
          Effect.promise(async () => {
            const body = JSON.stringify({ product, account: "desk" })
            const response = await fetch(`${address}/control/book`, { method: "POST", body })
            return ((await response.json()) as any).fills.length as number
          })
        for (const product of ["Spot", "UsdFutures", "CoinFutures"]) {
          yield* Effect.repeat(fills(product), { until: (count) => count > 3 })
        }
        const { fiber } = yield* printing(`simulate --port ${new URL(address).port}`)
        const mistake = yield* Effect.flip(Fiber.join(fiber))
        assert.strictEqual(mistake.message, `Port ${new URL(address).port} is taken. --port 0 takes a free one.`)
      }),
    60_000
  )
})
