import * as BigDecimal from "effect/BigDecimal"
import * as Option from "effect/Option"

// Exact arithmetic on decimal text. What is not a number counts as zero: Binance's texts are checked nowhere.
// Most amounts have at most 15 digits, so that numbers hold them exactly; the others go the long way by `BigDecimal`.

/** `digits` is a safe integer: the amount times ten to the power of `scale`. */
interface Small {
  readonly digits: number
  readonly scale: number
}

const mostDigits = 15

const dot = 46

const minus = 45

const powers = Array.from({ length: mostDigits + 1 }, (_, exponent) => 10 ** exponent)

/** Digits with at most one point between them, and a sign; `undefined` for all else. */
const parseSmall = (text: string): Small | undefined => {
  const start = text.charCodeAt(0) === minus ? 1 : 0
  const { length } = text
  let digits = 0
  let point = -1
  for (let index = start; index < length; index++) {
    const code = text.charCodeAt(index)
    if (code >= 48 && code <= 57) {
      digits = digits * 10 + code - 48
    } else if (code === dot && point < 0 && index > start) {
      point = index
    } else {
      return undefined
    }
  }
  const places = length - start - (point < 0 ? 0 : 1)
  return places < 1 || places > mostDigits || point === length - 1
    ? undefined
    : { digits: start === 1 ? -digits : digits, scale: point < 0 ? 0 : length - 1 - point }
}

/** The digits at a larger scale; `undefined` if a number does not hold them exactly. */
const scaled = ({ digits, scale }: Small, to: number): number | undefined => {
  const result = digits * powers[to - scale]!
  return Number.isSafeInteger(result) ? result : undefined
}

/** Both as integers of one scale; `undefined`: ask `BigDecimal`. */
const align = (a: string, b: string) => {
  const left = parseSmall(a)
  const right = left && parseSmall(b)
  if (left === undefined || right === undefined) {
    return undefined
  }
  const scale = Math.max(left.scale, right.scale)
  const x = scaled(left, scale)
  const y = scaled(right, scale)
  return x === undefined || y === undefined ? undefined : { x, y, scale }
}

/** `undefined`: ask `BigDecimal`. */
const compareSmall = (a: string, b: string): number | undefined => {
  const aligned = align(a, b)
  return aligned && Math.sign(aligned.x - aligned.y)
}

/** `a` plus `sign` times `b`; `undefined`: ask `BigDecimal`. */
const addSmall = (a: string, b: string, sign: 1 | -1): string | undefined => {
  const aligned = align(a, b)
  if (aligned === undefined) {
    return undefined
  }
  const digits = aligned.x + sign * aligned.y
  return Number.isSafeInteger(digits) ? formatSmall(digits, aligned.scale) : undefined
}

/** The quotient where it is exact and short, as an average of one price is; `undefined`: ask `BigDecimal`. */
const divideSmall = (a: string, b: string): string | undefined => {
  const left = parseSmall(a)
  const right = left && parseSmall(b)
  if (left === undefined || right === undefined || right.digits === 0) {
    return undefined
  }
  const quotient = parseSmall(String(Number((Number(a) / Number(b)).toPrecision(mostDigits))))
  if (quotient === undefined) {
    return undefined
  }
  const digits = quotient.digits * right.digits
  const product = { digits, scale: quotient.scale + right.scale }
  const scale = Math.max(product.scale, left.scale)
  const isExact = Number.isSafeInteger(digits) && scale <= mostDigits && scaled(product, scale) === scaled(left, scale)
  return isExact && scaled(left, scale) !== undefined ? formatSmall(quotient.digits, quotient.scale) : undefined
}

const formatSmall = (value: number, at: number): string => {
  let digits = Math.abs(value)
  let scale = at
  while (scale > 0 && digits % 10 === 0) {
    digits /= 10
    scale--
  }
  const text = String(digits)
  const sign = value < 0 ? "-" : ""
  if (scale === 0) {
    return sign + text
  }
  const padded = text.padStart(scale + 1, "0")
  return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`
}

const zero = BigDecimal.make(0n, 0)

const longestText = 1_000

/** No amount is as large or as small as these, and to compute with them would take minutes. */
const isBeyond = (text: string): boolean => text.length > longestText || /e[+-]?0*[1-9]\d{3}/i.test(text)

const parse = (text: string): BigDecimal.BigDecimal =>
  isBeyond(text) ? zero : Option.getOrElse(BigDecimal.fromString(text), () => zero)

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
export const compare = (a: string, b: string): number =>
  a === b ? 0 : (compareSmall(a, b) ?? BigDecimal.Order(parse(a), parse(b)))

export const equals = (a: string, b: string): boolean => a === b || compare(a, b) === 0

export const isZero = (text: string): boolean => text === "0" || compare(text, "0") === 0

export const isPositive = (text: string): boolean => compare(text, "0") > 0

export const larger = (a: string, b: string): string => (compare(b, a) > 0 ? b : a)

export const sum = (a: string, b: string): string => addSmall(a, b, 1) ?? format(BigDecimal.sum(parse(a), parse(b)))

export const subtract = (a: string, b: string): string =>
  addSmall(a, b, -1) ?? format(BigDecimal.subtract(parse(a), parse(b)))

export const multiply = (a: string, b: string): string => format(BigDecimal.multiply(parse(a), parse(b)))

/** To 16 significant digits at least; `undefined` if there is none. */
export const divide = (a: string, b: string): string | undefined => divideSmall(a, b) ?? divideBig(a, b)

const divideBig = (a: string, b: string): string | undefined => {
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
