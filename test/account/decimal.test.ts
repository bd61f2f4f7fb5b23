import * as BigDecimal from "effect/BigDecimal"
import * as FastCheck from "effect/FastCheck"
import { describe, expect, it } from "vitest"
import * as Decimal from "../../src/internal/account/book/decimal.js"

// Numbers do the work for most amounts: they have to say what `BigDecimal` says.

const amount = (whole: number, decimals: number) =>
  FastCheck.tuple(
    FastCheck.constantFrom("", "-"),
    FastCheck.array(FastCheck.nat(9), { minLength: 1, maxLength: whole }),
    FastCheck.array(FastCheck.nat(9), { maxLength: decimals })
  ).map(([sign, left, right]) => `${sign}${left.join("")}${right.length === 0 ? "" : `.${right.join("")}`}`)

const texts = FastCheck.oneof(
  amount(3, 2),
  amount(7, 8),
  amount(15, 0),
  amount(16, 1),
  amount(25, 20),
  FastCheck.constantFrom("", "x", ".", "-", "-.", ".5", "5.", "+5", "1e3", "1e-7", "1.2.3", " 1", "0.00", "-0", "-0.0")
)

const big = (text: string) =>
  BigDecimal.fromString(text).pipe((parsed) => (parsed._tag === "Some" ? parsed.value : BigDecimal.make(0n, 0)))

const pairs = FastCheck.tuple(texts, texts)

const property = (holds: (a: string, b: string) => void) => () =>
  FastCheck.assert(
    FastCheck.property(pairs, ([a, b]) => holds(a, b)),
    { numRuns: 2_000 }
  )

describe("decimal text", () => {
  it(
    "compares as BigDecimal does",
    property((a, b) => {
      const order = BigDecimal.Order(big(a), big(b))
      expect(Math.sign(Decimal.compare(a, b)) + 0).toBe(order + 0)
      expect(Decimal.equals(a, b)).toBe(order === 0)
      expect(Decimal.larger(a, b)).toBe(order < 0 ? b : a)
      expect([Decimal.isZero(a), Decimal.isPositive(a)]).toEqual([big(a).value === 0n, big(a).value > 0n])
    })
  )

  it(
    "adds and subtracts as BigDecimal does, without exponents and zeros at the end",
    property((a, b) => {
      for (const [text, exact] of [
        [Decimal.sum(a, b), BigDecimal.sum(big(a), big(b))],
        [Decimal.subtract(a, b), BigDecimal.subtract(big(a), big(b))]
      ] as const) {
        expect(text).toMatch(/^(0|-?(0|[1-9]\d*)(\.\d*[1-9])?)$/)
        expect(BigDecimal.equals(big(text), exact)).toBe(true)
      }
    })
  )

  it(
    "multiplies exactly, and divides to 16 digits",
    property((a, b) => {
      expect(BigDecimal.equals(big(Decimal.multiply(a, b)), BigDecimal.multiply(big(a), big(b)))).toBe(true)
      const quotient = Decimal.divide(a, b)
      expect(quotient === undefined).toBe(big(b).value === 0n)
      if (quotient !== undefined) {
        const rest = BigDecimal.abs(BigDecimal.subtract(BigDecimal.multiply(big(quotient), big(b)), big(a)))
        const bound = BigDecimal.multiply(BigDecimal.abs(big(a)), BigDecimal.make(1n, 14))
        expect(BigDecimal.lessThanOrEqualTo(rest, bound)).toBe(true)
      }
    })
  )

  it(
    "divides a product by one of its factors exactly",
    property((a, b) => {
      const short = big(a).value !== 0n && BigDecimal.normalize(BigDecimal.abs(big(b))).value < 10n ** 12n
      if (short) {
        expect(BigDecimal.equals(big(Decimal.divide(Decimal.multiply(a, b), a)!), big(b))).toBe(true)
      }
    })
  )
})
