import * as Effect from "effect/Effect"

/** The time between probes: Binance allows five pings and pongs in a second. */
const interval = "300 millis"

/** Sends at most one probe per interval, with the latest id: its answer also answers all lower ids. */
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
