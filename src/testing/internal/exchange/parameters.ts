import { missing, refuse } from "../refusal.js"
import { type Decimal, digitsOf, isMultiple, isNegative, isPositive, parse, zero } from "./decimal.js"
import type { Parameters } from "./venue.js"

export const mandatory = (parameters: Parameters, name: string): string => {
  const value = parameters.get(name)
  return value === undefined || value === "" ? missing(name) : value
}

export const oneOf = <A extends string>(
  parameters: Parameters,
  name: string,
  known: ReadonlyArray<A>,
  refused: { readonly code: number; readonly msg: string }
): A | undefined => {
  const value = parameters.get(name)
  if (value === undefined || value === "") {
    return undefined
  }
  return known.find((candidate) => candidate === value) ?? refuse(400, refused.code, refused.msg)
}

export const futuresPreventionModes = ["NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"] as const
export const spotPreventionModes = [...futuresPreventionModes, "DECREMENT"] as const

/** What happens where orders of one account would match each other. */
export const preventionMode = (parameters: Parameters, known: ReadonlyArray<string>): string =>
  oneOf(parameters, "selfTradePreventionMode", known, {
    code: -1130,
    msg: "Data sent for parameter 'selfTradePreventionMode' is not valid."
  }) ?? "EXPIRE_MAKER"

export const flag = (parameters: Parameters, name: string): boolean =>
  (parameters.get(name) ?? "false").toLowerCase() === "true"

const illegal = (name: string): never =>
  refuse(
    400,
    -1100,
    `Illegal characters found in parameter '${name}'; legal range is '^([0-9]{1,20})(\\.[0-9]{1,20})?$'.`
  )

/** A decimal above or equal to zero. */
export const amount = (parameters: Parameters, name: string): Decimal | undefined => {
  const text = parameters.get(name)
  if (text === undefined || text === "") {
    return undefined
  }
  const value = parse(text) ?? illegal(name)
  return isNegative(value) ? illegal(name) : value
}

export const integer = (parameters: Parameters, name: string): bigint | undefined => {
  const text = parameters.get(name)
  if (text === undefined || text === "") {
    return undefined
  }
  return /^\d{1,20}$/.test(text)
    ? BigInt(text)
    : refuse(400, -1100, `Illegal characters found in parameter '${name}'; legal range is '^[0-9]{1,20}$'.`)
}

export const millis = (parameters: Parameters, name: string): number | undefined => {
  const value = integer(parameters, name)
  return value === undefined ? undefined : Number(value)
}

/** Whether a number that was sent has more digits than the instrument allows. */
export const isTooPrecise = (parameters: Parameters, name: string, digits: number): boolean =>
  digitsOf((parameters.get(name) ?? "").replace(/0+$/, "")) > digits

export const isOnGrid = (value: Decimal | undefined, step: Decimal): boolean =>
  value === undefined || (isPositive(value) && isMultiple(value, step))

export const orZero = (value: Decimal | undefined): Decimal => value ?? zero

const clientIdPattern = /^[.A-Z:/a-z0-9_-]{1,36}$/

export const clientOrderId = (parameters: Parameters, name: string): string | undefined => {
  const value = parameters.get(name)
  if (value === undefined || value === "") {
    return undefined
  }
  return clientIdPattern.test(value)
    ? value
    : refuse(
        400,
        -1100,
        `Illegal characters found in parameter '${name}'; legal range is '^[\\.A-Z\\:/a-z0-9_-]{1,36}$'.`
      )
}
