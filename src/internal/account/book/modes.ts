import type { ModesChange } from "./fact.js"
import * as Maps from "./maps.js"
import type { Modes } from "./model.js"

/** The same modes if nothing changed. */
export const apply = (modes: Modes, change: ModesChange): Modes => {
  const { leverage, marginType } = change
  const dualSidePosition = change.dualSidePosition ?? modes.dualSidePosition
  const multiAssetsMargin = change.multiAssetsMargin ?? modes.multiAssetsMargin
  const leverages = leverage === undefined ? modes.leverage : Maps.set(modes.leverage, leverage.symbol, leverage.value)
  const marginTypes =
    marginType === undefined ? modes.marginType : Maps.set(modes.marginType, marginType.symbol, marginType.value)
  return dualSidePosition === modes.dualSidePosition &&
    multiAssetsMargin === modes.multiAssetsMargin &&
    leverages === modes.leverage &&
    marginTypes === modes.marginType
    ? modes
    : { dualSidePosition, multiAssetsMargin, leverage: leverages, marginType: marginTypes }
}
