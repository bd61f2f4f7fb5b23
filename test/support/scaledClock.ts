import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** The clock of this machine, so many times faster: hours of a stream pass in minutes, on real sockets. */
export const make = (factor: number): Clock.Clock => {
  const clock = Clock.make()
  const begun = clock.unsafeCurrentTimeMillis()
  const begunNanos = clock.unsafeCurrentTimeNanos()
  const nanos = () => begunNanos + (clock.unsafeCurrentTimeNanos() - begunNanos) * BigInt(factor)
  const millis = () => begun + Math.floor(Number(nanos() - begunNanos) / 1_000_000)
  return {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: millis,
    unsafeCurrentTimeNanos: nanos,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanos: Effect.sync(nanos),
    sleep: (duration) => clock.sleep(Duration.millis(Duration.toMillis(duration) / factor))
  }
}
