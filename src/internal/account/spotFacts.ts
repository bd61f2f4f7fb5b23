import type { SpotEvent } from "../../SpotEvent.js"
import type { Fact } from "./fact.js"

/** What an event of a spot account says. */
export const spotFacts = (_event: SpotEvent): ReadonlyArray<Fact> => []
