/**
 * The events that USD-M and COIN-M futures have in common, and their parts.
 *
 * `UsdFuturesEvent` and `CoinFuturesEvent` export them as well, beside the events that differ between the two.
 *
 * @since 0.2.0
 */
export {
  AlgoOrder,
  AlgoUpdate,
  Balance,
  Grid,
  GridUpdate,
  type MarginCallFields,
  PositionAtRisk,
  Strategy,
  StrategyUpdate,
  SymbolConfig,
  TradeLite
} from "./internal/event/futuresEvent.js"
