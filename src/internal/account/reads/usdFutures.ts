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

const readModes = ({ get }: Call.Caller): Futures.Product["modes"] =>
  Effect.gen(function* () {
    const mode = yield* get({ path: "/fapi/v1/accountConfig", weight: 5, response: Row.ModeRow })
    const symbols = yield* get({ path: "/fapi/v1/symbolConfig", weight: 5, response: Schema.Array(Row.SymbolRow) })
    return { ...mode, ...Row.settingsOf(symbols) }
  })

/** The reads of a USD-M account. */
export const make: Effect.Effect<AccountReads, UnsupportedEnvironment, BinanceHttp | Credentials | Environment> =
  Effect.map(Call.make({ product: "UsdFutures", pool: "futures", timePath: "/fapi/v1/time" }), (caller) =>
    Futures.make(caller, {
      path: "/fapi/v1",
      balance: { path: "/fapi/v3/balance", weight: 5 },
      positionRisk: { path: "/fapi/v3/positionRisk", weight: 5 },
      mostOrders: 1000,
      income: { weight: 30, longest: 7 * 86_400_000 - 1 },
      modes: readModes(caller)
    })
  )
