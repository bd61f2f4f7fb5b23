import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import * as CoinFuturesEvent from "../../src/CoinFuturesEvent.js"
import * as EuropeanOptionsEvent from "../../src/EuropeanOptionsEvent.js"
import * as Json from "../../src/internal/json.js"
import * as MarginEvent from "../../src/MarginEvent.js"
import * as MarginRiskEvent from "../../src/MarginRiskEvent.js"
import * as PortfolioMarginEvent from "../../src/PortfolioMarginEvent.js"
import * as PortfolioMarginProEvent from "../../src/PortfolioMarginProEvent.js"
import * as SpotEvent from "../../src/SpotEvent.js"
import * as UsdFuturesEvent from "../../src/UsdFuturesEvent.js"

export type AnyEvent = { readonly _tag: string; readonly eventType: string; readonly eventTime: number }

const product = <A extends AnyEvent, I>(schema: Schema.Schema<A, I>) => ({
  schema: schema as unknown as Schema.Schema<AnyEvent, any>,
  members: AST.isUnion(schema.ast) ? schema.ast.types.map((ast) => Schema.make<AnyEvent, any, never>(ast)) : []
})

export const products = {
  spot: product(SpotEvent.SpotEvent),
  margin: product(MarginEvent.MarginEvent),
  "margin-risk": product(MarginRiskEvent.MarginRiskEvent),
  "usd-m": product(UsdFuturesEvent.UsdFuturesEvent),
  "coin-m": product(CoinFuturesEvent.CoinFuturesEvent),
  options: product(EuropeanOptionsEvent.EuropeanOptionsEvent),
  "portfolio-margin": product(PortfolioMarginEvent.PortfolioMarginEvent),
  "portfolio-margin-pro": product(PortfolioMarginProEvent.PortfolioMarginProEvent)
}

export type ProductName = keyof typeof products

export const productNames = Object.keys(products) as ReadonlyArray<ProductName>

export interface Fixture {
  readonly name: string
  readonly product: ProductName
  /** The name of the event on the wire, from the name of the file. */
  readonly eventType: string
  readonly text: string
}

const own = fileURLToPath(new URL("../fixtures/events/", import.meta.url))

/** Further frames, where they lie beside the repository. */
const shared = fileURLToPath(new URL("../../../shared/facts/events/", import.meta.url))

const read = (folder: string, label: string): ReadonlyArray<Fixture> =>
  productNames.flatMap((product) =>
    fs.existsSync(folder + product)
      ? fs.readdirSync(folder + product).map((file) => ({
          name: `${label} ${product}/${file}`,
          product,
          eventType: file.split(".")[0]!,
          text: fs.readFileSync(`${folder + product}/${file}`, "utf8")
        }))
      : []
  )

export const ownFixtures = read(own, "own")

export const fixtures = [...ownFixtures, ...read(shared, "shared")]

export const parse = (text: string): any => Either.getOrThrowWith(Json.parse(text), (reason) => new Error(reason))

/** The event in a frame, without what it is wrapped in. */
export const payload = (text: string): any => {
  const frame = parse(text)
  return frame.e === undefined ? (frame.event ?? frame.data) : frame
}
