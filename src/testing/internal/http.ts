import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { firstHalf, type Plan, planOf } from "./faults/interpret.js"
import { type Answer, failure, page, parametersOf, type Request } from "./rest/message.js"
import { handle } from "./rest/rest.js"
import type { World } from "./world.js"

const faultyAnswer = (fault: Extract<Plan["reply"], object>): Answer => {
  const headers: { readonly [name: string]: string } =
    fault.retryAfter === undefined ? {} : { "retry-after": String(fault.retryAfter) }
  return fault.html
    ? page(fault.status, fault.msg === "" ? String(fault.status) : fault.msg, headers)
    : failure(fault.status, fault.code ?? -1000, fault.msg, headers)
}

const outcomeOf = (answer: Answer) =>
  answer.code === undefined ? String(answer.status) : `${answer.status} ${answer.code}`

/**
 * Answers a request over HTTP, or fails with `"reset"`, or never answers.
 */
export const http = (world: World, request: Request): Effect.Effect<Answer, "reset"> =>
  Effect.gen(function* () {
    const endpoint = `${request.method} ${request.path}`
    const record = world.journal.request({
      endpoint,
      method: request.method,
      path: request.path,
      parameters: Array.from(parametersOf(request).keys()).sort(),
      headers: Object.keys(request.headers).sort()
    })
    const { processed, reading, reply, wait } = planOf(world.faults.takeRequest(endpoint, request.path))
    const process = () => {
      const answer = handle(world, request, reading)
      record.outcome = outcomeOf(answer)
      return answer
    }
    const early = processed === "before" ? process() : undefined
    if (wait > 0) {
      yield* Effect.sleep(Duration.millis(wait))
    }
    const answer = processed === "after" ? process() : early
    if (reply === "none" || reply === "reset") {
      record.outcome = reply === "none" ? "never" : "reset"
      return yield* reply === "none" ? Effect.never : Effect.fail("reset" as const)
    }
    if (typeof reply === "object" || answer === undefined) {
      const faulty = typeof reply === "object" ? faultyAnswer(reply) : page(500, "500")
      record.outcome = outcomeOf(faulty)
      return faulty
    }
    switch (reply) {
      case "right":
        return answer
      case "truncated":
        return { ...answer, body: firstHalf(answer.body) }
      case "empty":
        return { ...answer, body: "" }
    }
  })
