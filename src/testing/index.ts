/**
 * @since 0.1.0
 */
export * as Fault from "./Fault.js"

/**
 * @since 0.1.0
 */
export * as MockLayers from "./MockLayers.js"

/**
 * @since 0.2.0
 */
export * as Sample from "./Sample.js"

/**
 * @since 0.1.0
 */
export * as SimulatedBinance from "./SimulatedBinance.js"

/**
 * @since 0.2.0
 */
export * as Trading from "./Trading.js"
