import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import { assess, distinct } from "./assess.js"
import type { Buffered, Recovery, Start } from "./model.js"
import type { Answered, Question } from "./question.js"

export type { Buffered, Recovered, Recovery, Settled, Span, Start } from "./model.js"
export { settle } from "./settle.js"

export const begin = (start: Start): Recovery => ({ start, round: 0, answers: HashMap.empty() })

/**
 * What is to be asked now. Answers may lead to more questions: ask and answer until there are none, then look at the
 * `verdict`.
 */
export const questions = (recovery: Recovery, buffered: Buffered): ReadonlyArray<Question> => {
  const { again, once } = assess(recovery, buffered).wanted
  return distinct([
    ...once.filter((question) => !HashMap.has(recovery.answers, question)),
    ...again.filter((question) => lastRound(recovery, question) < recovery.round)
  ])
}

const lastRound = (recovery: Recovery, question: Question): number =>
  Option.match(HashMap.get(recovery.answers, question), {
    onNone: () => -1,
    onSome: (answers) => answers.at(-1)!.round
  })

export const answer = (recovery: Recovery, answered: Answered): Recovery => ({
  ...recovery,
  answers: HashMap.modifyAt(recovery.answers, answered.question as Question, (before) =>
    Option.some([...Option.getOrElse(before, () => []), { round: recovery.round, answered }])
  )
})

/** Whether all answers fit together. If not: wait, then `again`. */
export const verdict = (recovery: Recovery, buffered: Buffered): "Agreed" | "AskAgain" =>
  assess(recovery, buffered).wanted.again.length === 0 ? "Agreed" : "AskAgain"

/** The next round: what did not fit is asked again. */
export const again = (recovery: Recovery): Recovery => ({ ...recovery, round: recovery.round + 1 })
