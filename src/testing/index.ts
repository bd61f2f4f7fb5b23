/**
 * @since 0.1.0
 */
export * as Fault from "./Fault.js"

/**
 * @since 0.1.0
 */
export * as MockLayers from "./MockLayers.js"

/**
 * @since 0.1.0
 */
export * as SimulatedBinance from "./SimulatedBinance.js"
