import type { BinanceError } from "../../BinanceError.js"
import type { Cause } from "../../StreamNotice.js"
import { isFromBinance } from "../http/answer.js"

export const describe = (cause: Cause): string => {
  switch (cause._tag) {
    case "SocketClosed":
      return `the socket was closed with ${cause.code}${cause.reason === "" ? "" : ` (${cause.reason})`}`
    case "HalfOpen":
      return `nothing came for ${cause.silence} ms`
    case "KeyExpired":
      return "the listen key expired"
    case "KeyRejected":
      return "the listen key was closed or replaced by another client"
    case "StreamTerminated":
      return "Binance ended the subscription"
    case "ServerShutdown":
      return "the server shuts down"
    case "MaximumAge":
      return `the connection reached the age of ${cause.age} ms`
    case "Overflow":
      return "a buffer was full"
  }
}

/** Whether another attempt, with a fresh credential, may succeed. */
export const mayConnect = (error: BinanceError): boolean =>
  error.isRetryable || error._tag === "InvalidListenKey" || error._tag === "InvalidListenToken"

/** The same for a stream that has been live before: an error that is not from Binance itself may pass as well. */
export const mayReconnect = (error: BinanceError): boolean => mayConnect(error) || !isFromBinance(error)
