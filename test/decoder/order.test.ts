import { describe, expect, it, vi } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Json from "../../src/internal/json.js"
import * as UserDataEvent from "../../src/UserDataEvent.js"
import { fixtures, parse, productNames, products } from "../events/products.js"

/** Frames with values that a pattern does not know, with keys in an order of their own, or without keys of today. */
const unusual =
  /EventTime|unknownFields|largeIds|numericBreakEvenPrice|withKey|options.listenKeyExpired.json|spot.*withoutSelfTrade|old|sparse/

describe.each(productNames)("%s", (name) => {
  const decode = UserDataEvent.decoder(products[name].schema)
  const frames = fixtures.filter(({ name: file, product }) => product === name && !unusual.test(file))

  it.each(frames)("$name is decoded without being parsed", ({ text }) => {
    const frame = Either.getOrThrow(Json.stringify(parse(text)))
    decode(frame)
    decode(frame)
    const spy = vi.spyOn(JSON, "parse")
    const event = decode(frame)
    const calls = spy.mock.calls.length
    spy.mockRestore()
    expect(calls, JSON.stringify(event)).toBe(0)
  })
})
