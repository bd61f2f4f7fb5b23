import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"

export interface Timer {
  readonly cancel: () => void
}

/**
 * Callbacks on Effect's clock, run in the order of their times and, at the same time, of their making.
 */
export interface Timers {
  readonly now: () => number
  readonly after: (millis: number, action: () => void) => Timer
}

interface Entry extends Timer {
  readonly at: number
  readonly order: number
  action: (() => void) | undefined
}

const isBefore = (a: Entry, b: Entry) => a.at < b.at || (a.at === b.at && a.order < b.order)

const push = (heap: Array<Entry>, entry: Entry) => {
  let index = heap.push(entry) - 1
  while (index > 0) {
    const parent = (index - 1) >> 1
    if (!isBefore(entry, heap[parent]!)) {
      break
    }
    heap[index] = heap[parent]!
    index = parent
  }
  heap[index] = entry
}

const pop = (heap: Array<Entry>) => {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) {
    return
  }
  let index = 0
  for (;;) {
    let child = 2 * index + 1
    if (child >= heap.length) {
      break
    }
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) {
      child++
    }
    if (!isBefore(heap[child]!, last)) {
      break
    }
    heap[index] = heap[child]!
    index = child
  }
  heap[index] = last
}

export const make: Effect.Effect<Timers, never, Scope.Scope> = Effect.gen(function* () {
  const clock = yield* Effect.clock
  const fork = yield* FiberSet.makeRuntime<never, void, never>()
  const heap: Array<Entry> = []
  let order = 0
  let isClosed = false
  let wakeUp: { readonly at: number; readonly interrupt: () => void } | undefined

  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      isClosed = true
      heap.length = 0
    })
  )

  const now = () => clock.unsafeCurrentTimeMillis()

  const dropCancelled = () => {
    while (heap.length > 0 && heap[0]!.action === undefined) {
      pop(heap)
    }
  }

  const runDue = () => {
    wakeUp = undefined
    for (;;) {
      dropCancelled()
      const next = heap[0]
      if (next === undefined || next.at > now()) {
        break
      }
      pop(heap)
      const action = next.action!
      next.action = undefined
      action()
    }
    arm()
  }

  // One sleeping fiber for all timers: thousands of sockets would otherwise be thousands of fibers.
  const arm = () => {
    dropCancelled()
    const next = heap[0]
    if (next === undefined || isClosed || (wakeUp !== undefined && wakeUp.at <= next.at)) {
      return
    }
    wakeUp?.interrupt()
    const wait = next.at - now()
    // A clock may be done with a sleep of no time at once, and no action may run before its timer is handed out.
    const sleep = wait > 0 ? clock.sleep(Duration.millis(wait)) : Effect.yieldNow()
    const fiber = fork(Effect.zipRight(sleep, Effect.sync(runDue)))
    wakeUp = { at: next.at, interrupt: () => fiber.unsafeInterruptAsFork(FiberId.none) }
  }

  return {
    now,
    after: (millis, action) => {
      const entry: Entry = {
        at: now() + millis,
        order: order++,
        action,
        cancel: () => {
          entry.action = undefined
        }
      }
      if (!isClosed) {
        push(heap, entry)
        arm()
      }
      return entry
    }
  }
})
