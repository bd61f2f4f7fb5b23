import type { Published } from "./consumers.js"

/**
 * What no checkpoint covers yet. Who goes on from the checkpoint while others keep the account begins with it: otherwise
 * its next checkpoint would pass over what nobody has handled.
 */
export interface Backlog<Element> {
  readonly keep: (entries: ReadonlyArray<Published<Element>>) => void
  readonly entries: () => ReadonlyArray<Published<Element>>
  /** Whether more came than is kept. */
  readonly isCut: () => boolean
}

/** `saved`: the number of the last entry that a checkpoint covers; `undefined` where there are no checkpoints. */
export const make = <Element>(capacity: number, saved: () => number | undefined): Backlog<Element> => {
  const batches: Array<ReadonlyArray<Published<Element>>> = []
  let size = 0
  let lastCut = 0
  const drop = (): number => {
    const first = batches.shift()!
    size -= first.length
    return first.at(-1)!.seq
  }
  return {
    keep: (entries) => {
      const covered = saved()
      if (covered === undefined || entries.length === 0) {
        return
      }
      batches.push(entries)
      size += entries.length
      while (batches.length > 0 && batches[0]!.at(-1)!.seq <= covered) {
        drop()
      }
      while (size > capacity) {
        lastCut = drop()
      }
    },
    entries: () => batches.flat().filter(({ seq }) => seq > (saved() ?? 0)),
    isCut: () => lastCut > (saved() ?? 0)
  }
}
