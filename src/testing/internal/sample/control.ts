/** When the samples happen: 2026-11-25T08:00:00Z. */
export const time = 1_795_593_600_000

const listenKey = "SampleListenKeySampleListenKeySampleListenKeySampleListenKey0001"

export const listenKeyExpired = { e: "listenKeyExpired", E: time, listenKey }

export const control = {
  eventStreamTerminated: { e: "eventStreamTerminated", E: time },
  serverShutdown: { e: "serverShutdown", E: time }
}
