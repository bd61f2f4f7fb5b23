export interface Mistimed {
  readonly code: number
  readonly msg: string
}

/** Timestamps of 16 digits are in microseconds. */
const toMillis = (timestamp: number) => (timestamp >= 1e14 ? timestamp / 1000 : timestamp)

/**
 * Whether a signed request comes in time. Times in ms.
 */
export const checkTiming = (
  serverTime: number,
  timestamp: string,
  recvWindow: string | undefined
): Mistimed | undefined => {
  if (!/^\d+$/.test(timestamp)) {
    return { code: -1100, msg: "Illegal characters found in parameter 'timestamp'; legal range is '^[0-9]{1,20}$'." }
  }
  if (recvWindow !== undefined && !/^\d+(\.\d{1,3})?$/.test(recvWindow)) {
    return { code: -1100, msg: "Illegal characters found in parameter 'recvWindow'; legal range is '^[0-9]{1,20}$'." }
  }
  const window = Number(recvWindow ?? 5000)
  if (window > 60_000) {
    return { code: -1131, msg: "'recvWindow' must be less than 60000." }
  }
  const sentAt = toMillis(Number(timestamp))
  if (sentAt >= serverTime + 1000) {
    return { code: -1021, msg: "Timestamp for this request was 1000ms ahead of the server's time." }
  }
  return serverTime - sentAt > window
    ? { code: -1021, msg: "Timestamp for this request is outside of the recvWindow." }
    : undefined
}
