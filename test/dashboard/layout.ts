/** What is measured in the page. These functions run there, so each has all that it needs. */

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** The boxes that stay where they are, whatever the streams say. */
export const boxes = (): Record<string, Box> => {
  const selectors = [
    ".top",
    "h1",
    "#dots a",
    ".summary > div",
    "#connection",
    "#pause",
    ".card",
    ".card > header",
    ".timeline",
    ".health > div",
    ".more",
    ".card table",
    ".card tbody tr",
    "thead:not(.visually-hidden) th",
    "#log-section",
    "#log"
  ]
  const found: Record<string, Box> = {}
  for (const selector of selectors) {
    const elements = Array.from(document.querySelectorAll(selector)).filter((element) => element.checkVisibility())
    elements.forEach((element, index) => {
      const { height, width, x, y } = element.getBoundingClientRect()
      found[`${selector} ${index}`] = { x, y: y + scrollY, width, height }
    })
  }
  return found
}

/** Which boxes are elsewhere, or of another size, or gone. A pixel is allowed: tables round. */
export const moved = (before: Record<string, Box>, after: Record<string, Box>): ReadonlyArray<string> =>
  Array.from(new Set([...Object.keys(before), ...Object.keys(after)])).flatMap((name) => {
    const [a, b] = [before[name], after[name]]
    if (a === undefined || b === undefined) {
      return [`${name} ${a === undefined ? "is new" : "is gone"}`]
    }
    const sides = ["x", "y", "width", "height"] as const
    return sides
      .filter((side) => Math.abs(a[side] - b[side]) > 1)
      .map((side) => `${name}: ${side} ${a[side]}, ${b[side]}`)
  })

/** Texts that lie on each other, stick out of their box, or break inside a word. */
export const flaws = (): ReadonlyArray<string> => {
  const containers = Array.from(
    document.querySelectorAll(".top, .card, #log-section, #faults, #streams > :not(.cards)")
  )
  const clip = (
    rect: DOMRect,
    element: Element | null
  ): { left: number; right: number; top: number; bottom: number } => {
    let { bottom, left, right, top } = rect
    for (let ancestor = element; ancestor !== null && ancestor !== document.body; ancestor = ancestor.parentElement) {
      if (getComputedStyle(ancestor).overflowX !== "visible") {
        const box = ancestor.getBoundingClientRect()
        left = Math.max(left, box.left)
        right = Math.min(right, box.right)
        top = Math.max(top, box.top)
        bottom = Math.min(bottom, box.bottom)
      }
    }
    return { left, right, top, bottom }
  }
  const found: Array<string> = []
  for (const container of containers) {
    const outer = container.getBoundingClientRect()
    const words: Array<{ text: string; left: number; right: number; top: number; bottom: number }> = []
    const walker = document.createTreeWalker(container, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const parent = node.parentElement
      if (parent === null || !parent.checkVisibility() || parent.closest(".visually-hidden") !== null) {
        continue
      }
      for (const match of node.nodeValue!.matchAll(/\S+/g)) {
        const range = document.createRange()
        range.setStart(node, match.index)
        range.setEnd(node, match.index + match[0].length)
        const rects = Array.from(range.getClientRects()).filter(({ width }) => width > 0)
        if (new Set(rects.map(({ top }) => Math.round(top))).size > 1) {
          found.push(`broken: ${match[0]}`)
        }
        const rect = clip(range.getBoundingClientRect(), parent)
        if (rect.right - rect.left > 1 && rect.bottom - rect.top > 1) {
          words.push({ text: match[0], ...rect })
          if (rect.left < outer.left - 1 || rect.right > outer.right + 1) {
            found.push(`sticks out: ${match[0]}`)
          }
        }
      }
    }
    words.forEach((a, index) => {
      for (const b of words.slice(index + 1)) {
        const width = Math.min(a.right, b.right) - Math.max(a.left, b.left)
        const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
        // What is above a letter and below it is part of its box.
        if (width > 1 && height > 5) {
          found.push(`overlap: ${a.text} and ${b.text}`)
        }
      }
    })
  }
  if (document.documentElement.scrollWidth > innerWidth) {
    found.push("sticks out: the page")
  }
  return found
}

/** Sizes that do not depend on the font of the machine, and colours. */
export const looks = (): Record<string, unknown> => {
  const boxed = [".top", "main", "#streams", ".side", ".cards", "#log-section", ".timeline", "#dots a", "tbody tr"]
  const coloured = [
    "body",
    ".top",
    "h1",
    "#connection",
    "#pause",
    ".card",
    "h3",
    ".card > header > .badge",
    ".health dt",
    ".health dd",
    "thead th",
    "tbody td",
    "td small",
    ".buy",
    ".sell",
    "#log time"
  ]
  const sizes = boxed.map((selector) => {
    const { width, x } = document.querySelector(selector)!.getBoundingClientRect()
    return [selector, { x: Math.round(x), width: Math.round(width) }]
  })
  const colours = coloured.map((selector) => {
    const { backgroundColor, borderTopColor, color } = getComputedStyle(document.querySelector(selector)!)
    return [selector, `${color} on ${backgroundColor}, ${borderTopColor}`]
  })
  const { gridTemplateColumns } = getComputedStyle(document.querySelector(".cards")!)
  return {
    columns: gridTemplateColumns.split(" ").length,
    order: Array.from(document.querySelectorAll(".card h3"), ({ textContent }) => textContent),
    heights: {
      rows: Array.from(document.querySelectorAll('[data-product="Spot"] tr, #card-Spot tbody tr'), (row) =>
        Math.round(row.getBoundingClientRect().height)
      ),
      timeline: document.querySelector(".timeline")!.getBoundingClientRect().height
    },
    sizes: Object.fromEntries(sizes),
    colours: Object.fromEntries(colours)
  }
}
