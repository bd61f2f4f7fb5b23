import * as Effect from "effect/Effect"

/** How long after a probe the next one may follow: Binance takes five pings and pongs in a second. */
const interval = "300 millis"

/** Sends probes, one per interval: a probe answers for every id that was asked for before it, because ids grow. */
export const paced = (run: (effect: Effect.Effect<void>) => unknown, send: (id: number) => unknown) => {
  let waiting: number | undefined
  let isSending = false
  const sendAll = Effect.gen(function* () {
    while (waiting !== undefined) {
      send(waiting)
      waiting = undefined
      yield* Effect.sleep(interval)
    }
    isSending = false
  }).pipe(Effect.interruptible)
  return (id: number): void => {
    waiting = id
    if (!isSending) {
      isSending = true
      run(sendAll)
    }
  }
}
