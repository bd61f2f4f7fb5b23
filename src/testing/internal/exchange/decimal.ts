import * as BigDecimal from "effect/BigDecimal"

export type Decimal = BigDecimal.BigDecimal

export const zero: Decimal = BigDecimal.make(0n, 0)

export const add: (a: Decimal, b: Decimal) => Decimal = BigDecimal.sum
export const subtract: (a: Decimal, b: Decimal) => Decimal = BigDecimal.subtract
export const multiply: (a: Decimal, b: Decimal) => Decimal = BigDecimal.multiply
export const negate: (a: Decimal) => Decimal = BigDecimal.negate
export const absolute: (a: Decimal) => Decimal = BigDecimal.abs
export const least: (a: Decimal, b: Decimal) => Decimal = BigDecimal.min
export const greatest: (a: Decimal, b: Decimal) => Decimal = BigDecimal.max
export const isLess: (a: Decimal, b: Decimal) => boolean = BigDecimal.lessThan

export const sum = (values: Iterable<Decimal>): Decimal => Array.from(values).reduce(add, zero)

export const isZero = (a: Decimal): boolean => a.value === 0n
export const isPositive = (a: Decimal): boolean => a.value > 0n
export const isNegative = (a: Decimal): boolean => a.value < 0n
export const isAtLeast = (a: Decimal, b: Decimal): boolean => !isLess(a, b)

/** Cut off behind so many digits. */
export const truncate = (a: Decimal, digits: number): Decimal => (a.scale <= digits ? a : BigDecimal.scale(a, digits))

/** Cut off behind so many digits. */
export const divide = (a: Decimal, b: Decimal, digits: number): Decimal =>
  BigDecimal.make(BigDecimal.scale(a, digits + b.scale).value / b.value, digits)

/** The nearest to one above zero that has so many digits. */
export const round = (a: Decimal, digits: number): Decimal => truncate(add(a, BigDecimal.make(5n, digits + 1)), digits)

export const isMultiple = (a: Decimal, step: Decimal): boolean => isZero(BigDecimal.unsafeRemainder(a, step))

/** The largest multiple of the step. */
export const floorTo = (a: Decimal, step: Decimal): Decimal => subtract(a, BigDecimal.unsafeRemainder(a, step))

/** A decimal as Binance reads it: digits, and no exponent. */
export const parse = (text: string): Decimal | undefined =>
  /^-?\d+(\.\d+)?$/.test(text) ? BigDecimal.unsafeFromString(text) : undefined

export const decimal = (text: string): Decimal => BigDecimal.unsafeFromString(text)

export const digitsOf = (text: string): number => text.split(".")[1]?.length ?? 0

/** With exactly so many digits behind the point. */
export const fixed = (a: Decimal, digits: number): string => {
  const { value } = BigDecimal.scale(a, digits)
  const sign = value < 0n ? "-" : ""
  const text = String(value < 0n ? -value : value).padStart(digits + 1, "0")
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`
}

/** Without zeros at the end. */
export const plain = (a: Decimal): string =>
  a.scale <= 0 ? String(a.value * 10n ** BigInt(-a.scale)) : fixed(a, a.scale).replace(/\.?0+$/, "")
