import { type ParseArgsConfig, parseArgs } from "node:util"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { AccountOptions } from "../simulated/options.js"

export const usage = `Usage: effect-binance-user-data simulate [options]

Runs a simulated Binance on 127.0.0.1, for clients and tests in any language.

  --port <number>                    where it listens; 0 takes a free port. Default: 9099
  --account <name:apiKey[:secret]>   an API key of an account; may be given more than once.
                                     Without a secret, only unsigned calls succeed. Ed25519 and RSA:
                                     POST /control/account with a publicKey
  --seed <number>                    what chance starts from
  --script tradingDay                trades in every account, day after day
  --interval <span>                  the time between two steps of the script. Default: "1 second"
  --enforce-limits                   refuses too much weight (429, then 418) and too many connects
  --help                             shows this text`

/** What the process does. */
export interface Simulation {
  readonly port: number
  readonly accounts: ReadonlyArray<AccountOptions>
  readonly seed: number | undefined
  readonly script: "tradingDay" | undefined
  readonly interval: Duration.Duration
  readonly enforceLimits: boolean
}

const options = {
  port: { type: "string", default: "9099" },
  account: { type: "string", multiple: true, default: [] },
  seed: { type: "string" },
  script: { type: "string" },
  interval: { type: "string", default: "1 second" },
  "enforce-limits": { type: "boolean", default: false },
  help: { type: "boolean", default: false }
} satisfies ParseArgsConfig["options"]

const integer = (name: string, text: string, most: number): Either.Either<number, string> =>
  /^\d{1,10}$/.test(text) && Number(text) <= most
    ? Either.right(Number(text))
    : Either.left(`--${name} has to be a whole number up to ${most}, not "${text}".`)

const account = (text: string): Either.Either<AccountOptions, string> => {
  const [name, apiKey, secretKey, ...rest] = text.split(":")
  return name && apiKey && secretKey !== "" && rest.length === 0
    ? Either.right({ account: name, apiKey, secretKey })
    : // What was given may hold a secret.
      Either.left("--account has to be name:apiKey or name:apiKey:secret, each without a colon in it.")
}

const span = (text: string): Either.Either<Duration.Duration, string> =>
  Option.match(Duration.decodeUnknown(text), {
    onNone: () => Either.left(`--interval has to be a span such as "1 second" or "50 millis", not "${text}".`),
    onSome: Either.right
  })

const script = (text: string | undefined): Either.Either<"tradingDay" | undefined, string> =>
  text === undefined || text === "tradingDay"
    ? Either.right(text)
    : Either.left(`--script has to be tradingDay, not "${text}".`)

const parsed = (words: ReadonlyArray<string>) =>
  Either.try({
    try: () => parseArgs({ args: Array.from(words), options, allowPositionals: true }),
    // What follows the first sentence is about words that begin with a dash.
    catch: (error) => `${String((error as Error).message).split(".")[0]}.`
  })

/**
 * What the command line asks for: a simulation, or the text of the help. A mistake is a line that says what to do.
 */
export const fromWords = (words: ReadonlyArray<string>): Either.Either<Simulation | "help", string> =>
  Either.gen(function* () {
    const { positionals, values } = yield* parsed(words)
    if (values.help) {
      return "help"
    }
    if (positionals.length !== 1 || positionals[0] !== "simulate") {
      return yield* Either.left(`The command has to be simulate, not "${positionals.join(" ")}".`)
    }
    return {
      port: yield* integer("port", values.port, 65_535),
      accounts: yield* Either.all(values.account.map(account)),
      seed: values.seed === undefined ? undefined : yield* integer("seed", values.seed, 2 ** 31 - 1),
      script: yield* script(values.script),
      interval: yield* span(values.interval),
      enforceLimits: values["enforce-limits"]
    }
  })
