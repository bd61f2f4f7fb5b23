import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/** What a field is, told in the list of methods too. */
const text = (pattern: RegExp, description: string) =>
  Schema.String.pipe(
    Schema.pattern(pattern, {
      description,
      message: ({ actual }) => ({
        message: `Expected ${description}, actual ${JSON.stringify(actual)}`,
        override: true
      })
    })
  )

export const Decimal = text(/^-?\d+(\.\d+)?$/, "a decimal number as text")

export const Id = text(/^\d{1,20}$/, "an id as text, in digits")

export const Price = Schema.optional(Decimal)

export const Text = Schema.optional(Schema.String)

export const Flag = Schema.optional(Schema.Boolean)

export const Side = Schema.Literal("BUY", "SELL")

export const PositionSide = Schema.optional(Schema.Literal("BOTH", "LONG", "SHORT"))

/** The products whose accounts are kept. */
export const Kept = Schema.Literal("Spot", "Margin", "UsdFutures", "CoinFutures", "EuropeanOptions", "PortfolioMargin")

/** The products with markets of their own. */
export const Market = Schema.Literal("Spot", "UsdFutures", "CoinFutures", "EuropeanOptions")

export const Futures = Schema.Literal("UsdFutures", "CoinFutures", "PortfolioMargin")

export const Loan = Schema.Literal("Margin", "PortfolioMargin")

/** The part of portfolio margin. */
export const Unit = Schema.optional(Schema.Literal("UM", "CM", "MARGIN"))

export const Product = Schema.Literal(
  "Spot",
  "Margin",
  "MarginRisk",
  "UsdFutures",
  "CoinFutures",
  "EuropeanOptions",
  "PortfolioMargin",
  "PortfolioMarginPro"
)

/** Milliseconds, or a text such as `"5 seconds"`. */
export const Span = Schema.Union(Schema.Number, Schema.String).pipe(
  Schema.filter((value) => Option.isSome(Duration.decodeUnknown(value)), {
    message: () => 'Expected milliseconds, or a text such as "5 seconds"',
    jsonSchema: { description: 'milliseconds, or a text such as "5 seconds"' }
  })
) as Schema.Schema<Duration.DurationInput, number | string>
