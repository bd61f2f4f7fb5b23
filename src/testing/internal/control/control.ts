import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as JSONSchema from "effect/JSONSchema"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { stringify } from "lossless-json"
import type * as Trading from "../../Trading.js"
import { type Answer, json } from "../rest/message.js"
import type { Service as Binance } from "../simulated/service.js"
import { faultMethods } from "./faults.js"
import { Product, Span, Text } from "./fields.js"
import { prefix } from "./prefix.js"
import { tradingFields } from "./trading.js"

interface Method {
  readonly fields: Schema.Schema<any, any>
  readonly run: (binance: Binance, given: any) => Effect.Effect<unknown, Trading.Refused>
}

const method = <A>(fields: Schema.Schema<A, any>, run: (binance: Binance, given: A) => ReturnType<Method["run"]>) => ({
  fields,
  run
})

const nothing = Schema.Struct({})

const trading = Object.entries<Schema.Schema<any, any>>(tradingFields).map(
  ([name, fields]): readonly [string, Method] => [
    name,
    method(fields, (binance, given) => binance[name as keyof Trading.Trading](given))
  ]
)

const faults = Object.entries(faultMethods).map(([name, { fields, make }]): readonly [string, Method] => [
  `faults/${name}`,
  method(fields, (binance, given) => binance.inject(make(given)))
])

/** By the path behind the prefix. */
const methods: ReadonlyMap<string, Method> = new Map<string, Method>([
  ...trading,
  ...faults,
  [
    "account",
    method(
      Schema.Struct({ apiKey: Schema.String, secretKey: Text, publicKey: Text, account: Text }),
      (binance, given) => binance.account(given)
    )
  ],
  [
    "pushRaw",
    method(
      Schema.Struct({
        product: Product,
        account: Text,
        symbol: Text,
        event: Schema.Union(Schema.String, Schema.Object)
      }),
      (binance, { event, ...target }) => binance.pushRaw(target, event)
    )
  ],
  [
    "tradingDay",
    method(
      Schema.Struct({ product: Product, account: Text, symbol: Text, interval: Schema.optional(Span) }),
      (binance, { product, ...options }) => binance.tradingDay(product, options)
    )
  ],
  ["counters", method(nothing, (binance) => binance.counters)],
  [
    "requestCount",
    method(Schema.Struct({ endpoint: Text }), (binance, { endpoint }) => binance.requestCount(endpoint))
  ],
  ["requests", method(nothing, (binance) => binance.requests)],
  ["sockets", method(nothing, (binance) => binance.sockets)],
  ["serverTime", method(nothing, (binance) => binance.serverTime)]
])

const failure = (status: number, error: { readonly _tag: string; readonly message: string }): Answer =>
  json(status, JSON.stringify(error))

const invalid = (message: string) => failure(400, { _tag: "InvalidRequest", message })

const list = () =>
  json(
    200,
    JSON.stringify(
      Object.fromEntries(Array.from(methods, ([name, { fields }]) => [`${prefix}/${name}`, JSONSchema.make(fields)]))
    )
  )

const parsed = (text: string): Either.Either<unknown, string> =>
  Either.try({ try: () => (text.trim() === "" ? {} : JSON.parse(text)), catch: () => "The body is not JSON." }).pipe(
    Either.filterOrLeft(
      (value) => Predicate.isReadonlyRecord(value),
      () => "The body is not a JSON object."
    )
  )

/** A line for each field that is wrong. */
const linesOf = (error: ParseResult.ParseError): string =>
  ParseResult.ArrayFormatter.formatErrorSync(error)
    .map(({ message, path }) => `${path.join(".")}: ${message}`)
    .join("\n")

const givenTo = ({ fields }: Method, body: string): Either.Either<any, string> =>
  Either.flatMap(parsed(body), (value) =>
    Either.mapLeft(Schema.decodeUnknownEither(fields, { errors: "all", onExcessProperty: "error" })(value), linesOf)
  )

const run = (method: Method, binance: Binance, body: string): Effect.Effect<Answer> =>
  Either.match(givenTo(method, body), {
    onLeft: (message) => Effect.succeed(invalid(message)),
    onRight: (given) =>
      Effect.suspend(() => method.run(binance, given)).pipe(
        Effect.map((value) => json(200, stringify(value ?? null) ?? "null")),
        Effect.catchAll(({ code, msg, status }) =>
          Effect.succeed(json(status, JSON.stringify({ _tag: "Refused", status, code, msg })))
        ),
        // What the service dies of is what a test gave it, such as a symbol that is not simulated.
        Effect.catchAllDefect((defect) =>
          Effect.succeed(invalid(defect instanceof Error ? defect.message : String(defect)))
        )
      )
  })

/**
 * Answers a request to the control API: a method of the service by its name, with what it takes as JSON.
 */
export const control = (binance: Binance, path: string, body: string): Effect.Effect<Answer> => {
  const name = path.slice(prefix.length + 1)
  const method = methods.get(name)
  if (name === "") {
    return Effect.sync(list)
  }
  const instead = methods.has(`faults/${name}`) ? `it is ${prefix}/faults/${name}` : `GET ${prefix} lists what there is`
  return method === undefined
    ? Effect.succeed(failure(404, { _tag: "UnknownMethod", message: `There is no ${path}: ${instead}.` }))
    : run(method, binance, body)
}
