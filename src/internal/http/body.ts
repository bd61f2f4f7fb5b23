import type { ResponseError } from "@effect/platform/HttpClientError"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { longestBeginning, withoutTail } from "./page.js"

export interface Body {
  readonly text: string
  /** Whether the body was larger than the limit. */
  readonly isCut: boolean
}

/** Reads a body up to a number of bytes, and then cancels it. */
const collect = (response: HttpClientResponse, limit: number) => {
  const parts: Array<Uint8Array> = []
  let size = 0
  return {
    done: Stream.runForEachWhile(response.stream, (part) =>
      Effect.sync(() => {
        parts.push(part)
        size += part.length
        return size <= limit
      })
    ).pipe(
      Effect.catchIf(
        ({ reason }) => reason === "EmptyBody",
        () => Effect.void
      )
    ),
    body: (): Body => {
      const decoder = new TextDecoder()
      const texts = parts.map((part) => decoder.decode(part, { stream: true }))
      return { text: texts.join("") + decoder.decode(), isCut: size > limit }
    }
  }
}

/** Reads the body of an answer that is to be decoded. */
export const read = (response: HttpClientResponse, limit: number): Effect.Effect<Body, ResponseError> =>
  Effect.suspend(() => {
    const { body, done } = collect(response, limit)
    return Effect.map(done, body)
  })

/** Reads as much of the body of a refusal as arrives in time: its status and headers may be enough. */
export const readRefusal = (response: HttpClientResponse, patience: Duration.DurationInput): Effect.Effect<string> =>
  Effect.suspend(() => {
    const { body, done } = collect(response, longestBeginning)
    return Effect.exit(Effect.timeoutOption(done, patience)).pipe(
      Effect.map((exit) => {
        const { isCut, text } = body()
        return isCut || Exit.isFailure(exit) || Option.isNone(exit.value) ? withoutTail(text) : text
      })
    )
  })
