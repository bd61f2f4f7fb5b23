// A binary heap of what is due at some time: the first one is the next one.

export interface Due {
  readonly at: number
  /** Of two that are due at the same time the one of the lower order comes first. */
  readonly order: number
}

const isBefore = (a: Due, b: Due) => a.at < b.at || (a.at === b.at && a.order < b.order)

export const push = <A extends Due>(heap: Array<A>, entry: A): void => {
  let index = heap.push(entry) - 1
  while (index > 0) {
    const parent = (index - 1) >> 1
    if (!isBefore(entry, heap[parent]!)) {
      break
    }
    heap[index] = heap[parent]!
    index = parent
  }
  heap[index] = entry
}

/** Takes the first one away. */
export const pop = <A extends Due>(heap: Array<A>): void => {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) {
    return
  }
  let index = 0
  for (;;) {
    let child = 2 * index + 1
    if (child >= heap.length) {
      break
    }
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) {
      child++
    }
    if (!isBefore(heap[child]!, last)) {
      break
    }
    heap[index] = heap[child]!
    index = child
  }
  heap[index] = last
}
