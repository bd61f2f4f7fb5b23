/** Entries that a consumer has not handled, for one that takes its place. They are numbered without holes. */
export interface Unhandled<Entry> {
  /** Adds entries, and forgets those up to the one that every consumer has handled. */
  readonly add: (entries: ReadonlyArray<Entry>, handled: number) => void
  /** Those after a number, if all of them are remembered. */
  readonly after: (seq: number) => ReadonlyArray<Entry> | undefined
}

/** `last` is the number before that of the first entry. Of more entries than `most` the oldest are forgotten. */
export const make = <Entry>(last: number, most: number): Unhandled<Entry> => {
  let entries: Array<Entry> = []
  /** The number before that of the first in `entries`. */
  let before = last
  return {
    add: (added, handled) => {
      // Not all as arguments: a recovery may have more than a call takes.
      for (const entry of added) {
        entries.push(entry)
      }
      const end = before + entries.length
      const unneeded = Math.max(handled - before, entries.length - most)
      // Only by halves, so that each entry is moved once.
      if (2 * unneeded > entries.length) {
        entries = entries.slice(unneeded)
        before = end - entries.length
      }
    },
    after: (seq) => (seq < before ? undefined : entries.slice(seq - before))
  }
}
