import { expect, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Plan from "../../src/internal/decoder/plan.js"
import { Scanner } from "../../src/internal/decoder/scanner.js"
import { field } from "../../src/internal/field.js"

it("keeps no more samples than code is made of, while what makes it is not there", () => {
  const plan = Plan.make(
    Schema.Struct({ eventType: field("e", Schema.Literal("a", "b")), value: field("v", Schema.Number) }).ast
  )
  const scanner = new Scanner("e", () => plan, true, undefined, { samples: 4, every: 1 })
  // It is loaded beside: not before all of these are decoded.
  for (let i = 0; i < 1000; i++) {
    expect(scanner.scan(`{"e":"${i % 2 ? "a" : "b"}","v":${i}}`)).toEqual({ eventType: i % 2 ? "a" : "b", value: i })
  }
  const { members } = scanner as unknown as { members: Map<string, { samples: ReadonlyArray<string> }> }
  expect(Array.from(members.values(), ({ samples }) => samples.length)).toEqual([4, 4])
})
