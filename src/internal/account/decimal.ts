import * as BigDecimal from "effect/BigDecimal"
import * as Option from "effect/Option"

// Exact arithmetic on decimal text. What is not a number counts as zero: Binance's texts are checked nowhere.

const zero = BigDecimal.make(0n, 0)

const parse = (text: string): BigDecimal.BigDecimal => Option.getOrElse(BigDecimal.fromString(text), () => zero)

/** Without an exponent, which `BigDecimal.format` writes from the 16th decimal on. */
const format = (value: BigDecimal.BigDecimal): string => {
  const { scale, value: digits } = BigDecimal.normalize(value)
  if (scale <= 0) {
    return String(digits * 10n ** BigInt(-scale))
  }
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, "0")
  return `${digits < 0n ? "-" : ""}${text.slice(0, -scale)}.${text.slice(-scale)}`
}

/** Below zero, zero, or above it, as for `sort`. */
export const compare = (a: string, b: string): number => (a === b ? 0 : BigDecimal.Order(parse(a), parse(b)))

export const equals = (a: string, b: string): boolean => a === b || BigDecimal.equals(parse(a), parse(b))

export const isZero = (text: string): boolean => text === "0" || parse(text).value === 0n

export const isPositive = (text: string): boolean => parse(text).value > 0n

export const larger = (a: string, b: string): string => (compare(b, a) > 0 ? b : a)

export const sum = (a: string, b: string): string => format(BigDecimal.sum(parse(a), parse(b)))

export const subtract = (a: string, b: string): string => format(BigDecimal.subtract(parse(a), parse(b)))

export const multiply = (a: string, b: string): string => format(BigDecimal.multiply(parse(a), parse(b)))

/** To 16 significant digits at least; `undefined` if there is none. */
export const divide = (a: string, b: string): string | undefined => {
  const dividend = parse(a)
  const divisor = parse(b)
  if (divisor.value === 0n) {
    return undefined
  }
  const digits = 16 + String(divisor.value).length
  const quotient = BigDecimal.make(
    (dividend.value * 10n ** BigInt(digits)) / divisor.value,
    dividend.scale - divisor.scale + digits
  )
  return format(rounded(quotient))
}

const rounded = (value: BigDecimal.BigDecimal): BigDecimal.BigDecimal => {
  const excess = String(value.value).replace("-", "").length - 16
  return excess <= 0 ? value : BigDecimal.round(value, { scale: value.scale - excess, mode: "half-from-zero" })
}
