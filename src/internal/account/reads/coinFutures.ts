import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { UnsupportedEnvironment } from "../../../BinanceError.js"
import type { BinanceHttp } from "../../../BinanceHttp.js"
import type { Credentials } from "../../../Credentials.js"
import type { Environment } from "../../../Environment.js"
import * as Call from "./call.js"
import * as Futures from "./futures.js"
import * as Row from "./futuresRow.js"
import type { AccountReads } from "./reads.js"

const positionRisk = { path: "/dapi/v1/positionRisk", weight: 1 }

/** The positions, empty ones included, tell how the symbols are set up. */
const readModes = ({ get }: Call.Caller): Futures.Product["modes"] =>
  Effect.gen(function* () {
    const mode = yield* get({ path: "/dapi/v1/positionSide/dual", weight: 30, response: Row.ModeRow })
    const symbols = yield* get({ ...positionRisk, response: Schema.Array(Row.SymbolRow) })
    return { ...mode, ...Row.settingsOf(symbols) }
  })

/** The reads of a COIN-M account. */
export const make: Effect.Effect<AccountReads, UnsupportedEnvironment, BinanceHttp | Credentials | Environment> =
  Effect.map(Call.make({ product: "CoinFutures", pool: "futures", timePath: "/dapi/v1/time" }), (caller) =>
    Futures.make(caller, {
      path: "/dapi/v1",
      balance: { path: "/dapi/v1/balance", weight: 1 },
      positionRisk,
      mostOrders: 100,
      income: { weight: 20, longest: 365 * 86_400_000 - 1 },
      modes: readModes(caller)
    })
  )
