// @ts-check
/**
 * The page: keeps the view that the server sends, and draws it. All text is set as text, never as HTML.
 *
 * @typedef {import("../state.js").View} View
 * @typedef {import("../state.js").Card} Card
 * @typedef {import("../state.js").Entry} Entry
 * @typedef {import("../state.js").Gap} Gap
 * @typedef {{ name: string, group: string, label: string, hint: string, products: string[] }} Fault
 */

/**
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {HTMLElement}
 */
const find = (root, selector) => {
  const element = root.querySelector(selector)
  if (!(element instanceof HTMLElement)) {
    throw new Error(`The page has no ${selector}`)
  }
  return element
}

/** @param {string} id */
const byId = (id) => find(document, `#${id}`)

// -----------------------------------------------------------------------------
// state
// -----------------------------------------------------------------------------

/** How many lines of the log are shown. */
const logLimit = 100

/** How many orders a card shows. */
const orderLimit = 3

/** How far the timelines reach back, in ms. */
const timelineSpan = 5 * 60_000

/** @type {View | undefined} */
let view

/** What the server's clock is ahead of this one, in ms. */
let ahead = 0

let isConnected = false

/**
 * When the display was paused, in epoch ms, and how many events there were then.
 *
 * @type {{ at: number, events: number } | undefined}
 */
let paused

const now = () => Date.now() + ahead

// -----------------------------------------------------------------------------
// text
// -----------------------------------------------------------------------------

/** @param {number} at */
const timeOfDay = (at) => new Date(at).toISOString().slice(11, 19)

/** @param {number} at */
const exactTimeOfDay = (at) => new Date(at).toISOString().slice(11, 23)

/** @param {number} millis */
const duration = (millis) => {
  const seconds = Math.max(0, Math.round(millis / 1000))
  if (seconds < 60) {
    return `${seconds} s`
  }
  const minutes = Math.floor(seconds / 60)
  if (minutes < 10) {
    return `${minutes} min ${String(seconds % 60).padStart(2, "0")} s`
  }
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`
}

/** @param {number | undefined} at */
const ago = (at) => (at === undefined ? "–" : `${duration(now() - at)} ago`)

/** @param {number | undefined} at */
const since = (at) => (at === undefined ? "–" : duration(now() - at))

/** @param {number | undefined} at */
const until = (at) => (at === undefined ? "–" : `in ${duration(at - now())}`)

/** @param {string} name */
const words = (name) => {
  const text = name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase()
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** @param {Gap} gap */
const describeGap = ({ cause, from, to }) =>
  to === undefined
    ? `since ${exactTimeOfDay(from)}, not over yet: ${cause}`
    : `${exactTimeOfDay(from)} to ${exactTimeOfDay(to)} (${((to - from) / 1000).toFixed(1)} s): ${cause}`

// -----------------------------------------------------------------------------
// elements
// -----------------------------------------------------------------------------

/**
 * @param {Element} element
 * @param {string} text
 */
const setText = (element, text) => {
  if (element.textContent !== text) {
    element.textContent = text
  }
}

/**
 * @param {string} name
 * @param {string} [text]
 * @param {string} [className]
 */
const make = (name, text = "", className = "") => {
  const element = document.createElement(name)
  element.textContent = text
  element.className = className
  return element
}

/**
 * Makes the children of an element those of a list: a child whose key is there already stays as it is.
 *
 * @template Item
 * @param {Element} parent
 * @param {ReadonlyArray<Item>} items
 * @param {(item: Item) => string} keyOf
 * @param {(item: Item) => HTMLElement} build
 */
const setRows = (parent, items, keyOf, build) => {
  /** @type {Map<string | undefined, HTMLElement>} */
  const known = new Map()
  for (const child of parent.children) {
    if (child instanceof HTMLElement) {
      known.set(child.dataset.key, child)
    }
  }
  const rows = items.map((item) => {
    const key = keyOf(item)
    const row = known.get(key) ?? build(item)
    row.dataset.key = key
    known.delete(key)
    return row
  })
  for (const child of known.values()) {
    child.remove()
  }
  rows.forEach((row, index) => {
    if (parent.children[index] !== row) {
      parent.insertBefore(row, parent.children[index] ?? null)
    }
  })
}

/**
 * A row of lines that are cut where they do not fit: the title has all of it.
 *
 * @param {Array<string | Array<string | HTMLElement>>} cells
 */
const tableRow = (cells) => {
  const row = document.createElement("tr")
  cells.forEach((content, index) => {
    const cell = document.createElement(index === 0 ? "th" : "td")
    if (index === 0) {
      cell.setAttribute("scope", "row")
    }
    cell.append(...[content].flat())
    cell.title = cell.textContent ?? ""
    row.append(cell)
  })
  return row
}

/** Keeps the place of a row that is not there. */
const blankRow = () => {
  const row = document.createElement("tr")
  row.className = "blank"
  row.setAttribute("aria-hidden", "true")
  row.append(document.createElement("th"))
  return row
}

// -----------------------------------------------------------------------------
// cards
// -----------------------------------------------------------------------------

/** @type {Map<string, HTMLElement>} */
const cards = new Map()

/** @param {Card} card */
const cardElement = ({ name, product }) => {
  const known = cards.get(product)
  if (known !== undefined) {
    return known
  }
  const template = byId("card-template")
  if (!(template instanceof HTMLTemplateElement)) {
    throw new Error("The page has no template")
  }
  const element = find(/** @type {DocumentFragment} */ (template.content.cloneNode(true)), "article")
  const title = find(element, "h3")
  title.id = `title-${product}`
  setText(title, name)
  element.setAttribute("aria-labelledby", title.id)
  element.id = `card-${product}`
  const dot = document.createElement("li")
  const link = document.createElement("a")
  link.href = `#${element.id}`
  dot.append(link)
  byId("dots").append(dot)
  cards.set(product, element)
  byId("cards").append(element)
  return element
}

const phases = {
  Idle: "Idle",
  Connecting: "Connecting",
  Live: "Live",
  RollingOver: "Rolling over",
  Interrupted: "Interrupted",
  Failed: "Failed"
}

/** @param {Card} card */
const isLive = ({ failure, health }) =>
  failure === undefined && (health.phase === "Live" || health.phase === "RollingOver")

/** @param {Card} card */
const toneOf = (card) => (isLive(card) ? "good" : card.failure === undefined && card.gaps.length === 0 ? "calm" : "bad")

/** @param {Card} card */
const phaseOf = ({ failure, health }) => (failure === undefined ? phases[health.phase] : "Failed")

/** @param {Card} card */
const accountOf = ({ phase }) => phase?.toLowerCase() ?? "not kept"

/** @param {Card} card */
const drawDot = (card) => {
  const link = find(byId("dots"), `a[href="#card-${card.product}"]`)
  const text = `${card.name}: ${phaseOf(card)}`
  link.dataset.tone = isLive(card) ? "good" : card.failure !== undefined || card.openedAt !== undefined ? "bad" : "calm"
  link.title = text
  link.setAttribute("aria-label", text)
}

/** @param {Card["health"]["reconnects"]} reconnects */
const describeReconnects = (reconnects) => {
  const causes = Object.entries(reconnects).map(([cause, count]) => `${words(cause)} ${count}`)
  return causes.length === 0 ? "none" : causes.join(", ")
}

/**
 * @param {HTMLElement} element
 * @param {Card} card
 */
const drawTimeline = (element, card) => {
  const timeline = find(element, ".timeline")
  const start = now() - timelineSpan
  /** @type {Array<{ kind: string, from: number, to: number }>} */
  const spans = card.gaps.map(({ from, to }) => ({ kind: "gap", from, to: to ?? now() }))
  if (card.openedAt !== undefined) {
    spans.push({ kind: "live", from: card.openedAt, to: now() })
  }
  const shown = spans.filter(({ to }) => to > start)
  setRows(
    timeline,
    shown,
    ({ from, kind }) => `${kind} ${from}`,
    ({ kind }) => make("span", "", kind)
  )
  shown.forEach(({ from, to }, index) => {
    const span = timeline.children[index]
    if (span instanceof HTMLElement) {
      const left = Math.max(0, (from - start) / timelineSpan)
      span.style.left = `${(left * 100).toFixed(2)}%`
      span.style.width = `${(((to - start) / timelineSpan - left) * 100).toFixed(2)}%`
    }
  })
}

/**
 * What changes by itself as time goes by.
 *
 * @param {HTMLElement} element
 * @param {Card} card
 */
const drawTimes = (element, card) => {
  const { health } = card
  /** @type {Record<string, string>} */
  const texts = {
    liveFor: since(health.liveSince),
    credentialExpires:
      health.credentialExpiresAt !== undefined
        ? `expires ${until(health.credentialExpiresAt)}`
        : isLive(card)
          ? "never expires"
          : "–",
    nextRollover: until(health.nextRolloverAt),
    connectionAge: since(health.connectedAt),
    lastFrame: ago(health.lastFrameAt),
    lastEvent: ago(health.lastEventAt)
  }
  for (const [field, text] of Object.entries(texts)) {
    setText(find(element, `[data-field="${field}"]`), text)
  }
  drawTimeline(element, card)
}

/** @param {Gap} gap */
const gapRow = (gap) => {
  const row = make("li", "", gap.to === undefined ? "open" : "")
  row.append(make("strong", "Gap"), ` ${describeGap(gap)}`)
  return row
}

/** @param {string} text */
const small = (text) => make("small", text)

/** @param {Card["orders"][number]} order */
const orderRow = ({ filled, id, price, quantity, side, status, symbol, type }) => {
  const what = small("")
  what.append(
    make("span", side, side === "BUY" ? "buy" : "sell"),
    ` ${words(status.replaceAll("_", " ")).toLowerCase()}`
  )
  const row = tableRow([
    [symbol, what],
    [filled, small(`of ${quantity}`)],
    [price, small(words(type).toLowerCase())]
  ])
  row.title = `${words(type)} order ${id}`
  row.className = "fresh"
  return row
}

/**
 * A table never becomes shorter: what is below it would jump whenever an order or a position is gone.
 *
 * @template Item
 * @param {HTMLElement} element
 * @param {string} name
 * @param {ReadonlyArray<Item>} items
 * @param {(item: Item) => HTMLElement} build
 */
const drawTable = (element, name, items, build) => {
  const table = find(element, `[data-table="${name}"]`)
  const rows = Math.max(
    items.length,
    Number(table.dataset.rows ?? 0),
    name === "orders" && items.length > 0 ? orderLimit : 0
  )
  table.dataset.rows = String(rows)
  table.hidden = rows === 0
  /** @type {Array<Item | number>} */
  const places = [...items, ...Array.from({ length: rows - items.length }, (_, index) => index)]
  setRows(
    find(element, `tbody[data-rows="${name}"]`),
    places,
    (place) => JSON.stringify(place),
    (place) => (typeof place === "number" ? blankRow() : build(place))
  )
}

/** @param {Card} card */
const drawCard = (card) => {
  const element = cardElement(card)
  drawDot(card)
  const hasLocked = card.balances.some(({ locked }) => locked !== undefined)
  const { balances, credential, failure, figures, gapCount, gaps, health, orders, positions } = card
  element.dataset.tone = toneOf(card)
  /** @type {Record<string, string>} */
  const texts = {
    phase: phaseOf(card),
    account: accountOf(card),
    failure: failure ?? "",
    credential: words(credential),
    events: String(card.events),
    consumers: String(health.consumers),
    rollovers: String(health.rollovers),
    reconnects: describeReconnects(health.reconnects),
    lastError: health.lastError ?? "",
    balanceTitle: card.balances.every(({ locked }) => locked !== undefined) ? "Free" : "Balance",
    gapTitle: gapCount > gaps.length ? `Gaps: ${gapCount}, the last ${gaps.length}` : `Gaps: ${gapCount}`
  }
  for (const [field, text] of Object.entries(texts)) {
    setText(find(element, `[data-field="${field}"]`), text)
  }
  find(element, '[data-field="failure"]').hidden = failure === undefined
  find(element, '[data-part="lastError"]').hidden = health.lastError === undefined
  find(element, '[data-part="nothing"]').hidden =
    orders.length + balances.length + positions.length + figures.length > 0
  find(element, ".gaps").hidden = gaps.length === 0
  setRows(find(element, 'ol[data-rows="gaps"]'), gaps, JSON.stringify, gapRow)
  find(element, '[data-table="balances"]').classList.toggle("plain", !hasLocked)
  drawTable(element, "orders", orders.slice(0, orderLimit), orderRow)
  drawTable(element, "balances", balances, ({ amount, asset, locked = "–" }) => tableRow([asset, amount, locked]))
  drawTable(element, "positions", positions, ({ amount, entryPrice, side, symbol }) =>
    tableRow([[symbol, small(words(side).toLowerCase())], amount, entryPrice])
  )
  drawTable(element, "figures", figures, ({ label, value }) => tableRow([label, value]))
  drawTimes(element, card)
}

// -----------------------------------------------------------------------------
// page
// -----------------------------------------------------------------------------

/**
 * A symbol such as `BTC-261225-70000-C` is not broken at its hyphens.
 *
 * @param {string} text
 */
const unbroken = (text) =>
  text.split(/(\S*-\S*)/).map((part) => (part.includes("-") && part.length < 30 ? make("span", part, "word") : part))

/** @param {Entry} entry */
const logRow = ({ at, kind, name, text }) => {
  const row = make("li", "", kind.toLowerCase())
  const time = make("time", timeOfDay(at))
  time.setAttribute("datetime", new Date(at).toISOString())
  const what = make("span", "", "what")
  if (kind !== "Event") {
    what.append(make("strong", kind), " ")
  }
  what.append(...unbroken(text))
  row.append(time, make("span", name, "who"), what)
  return row
}

/** @param {View} view */
const drawSummary = (view) => {
  const total = (/** @type {(card: Card) => number} */ count) => view.cards.reduce((sum, card) => sum + count(card), 0)
  const live = total((card) => (isLive(card) ? 1 : 0))
  const gaps = total((card) => card.gapCount)
  setText(byId("live"), `${live} of ${view.cards.length}`)
  setText(byId("gaps"), String(gaps))
  setText(byId("events"), String(total((card) => card.events)))
  byId("live").dataset.tone = live === view.cards.length ? "good" : "bad"
  byId("gaps").dataset.tone = gaps === 0 ? "calm" : "bad"
  setText(byId("environment"), view.environment === "simulated" ? "Simulated Binance" : `Binance, ${view.environment}`)
}

const drawConnection = () => {
  const badge = byId("connection")
  setText(badge, isConnected ? "Page connected" : "Page cut off, trying again")
  badge.dataset.tone = isConnected ? "good" : "bad"
  document.body.classList.toggle("stale", !isConnected)
}

const countEvents = () => view?.cards.reduce((sum, { events }) => sum + events, 0) ?? 0

const drawPause = () => {
  const notice = byId("paused")
  notice.hidden = paused === undefined
  document.body.classList.toggle("paused-display", paused !== undefined)
  setText(byId("pause"), paused === undefined ? "Pause display" : "Resume display")
  if (paused !== undefined) {
    setText(notice, `Paused at ${timeOfDay(paused.at)}. ${countEvents() - paused.events} events since`)
  }
}

/** @param {ReadonlyArray<Card>} changed */
const draw = (changed) => {
  if (view === undefined) {
    return
  }
  if (paused !== undefined) {
    drawPause()
    return
  }
  changed.forEach(drawCard)
  drawSummary(view)
  setRows(byId("log"), view.log.slice(0, logLimit), ({ id }) => String(id), logRow)
}

/**
 * Tells those who do not see the page of gaps, without interrupting them.
 *
 * @param {ReadonlyMap<string, Card>} before
 * @param {ReadonlyArray<Card>} changed
 */
const announce = (before, changed) => {
  const latest = (/** @type {Card | undefined} */ card) => JSON.stringify(card?.gaps[0])
  const texts = changed
    .filter((card) => card.gaps.length > 0 && latest(card) !== latest(before.get(card.product)))
    .map(({ gaps, name }) => gaps.slice(0, 1).map((gap) => `${name}: gap ${describeGap(gap)}`))
  if (texts.length > 0 && paused === undefined) {
    setText(byId("announcer"), texts.join(". "))
  }
}

const tick = () => {
  if (view !== undefined && isConnected && paused === undefined) {
    for (const card of view.cards) {
      drawTimes(cardElement(card), card)
    }
  }
}

// -----------------------------------------------------------------------------
// faults
// -----------------------------------------------------------------------------

/** @param {Fault} fault */
const faultButton = ({ hint, label, name, products }) => {
  const button = make("button", label)
  button.setAttribute("type", "button")
  button.title = hint
  button.dataset.products = products.join(" ")
  button.addEventListener("click", async () => {
    const target = targetSelect().value
    const query = target === "" ? "" : `?product=${encodeURIComponent(target)}`
    const answer = byId("answer")
    try {
      const response = await fetch(`/faults/${name}${query}`, { method: "POST" })
      setText(answer, (await response.text()).trim())
    } catch {
      setText(answer, "The server cannot be reached")
    }
  })
  return button
}

const targetSelect = () => /** @type {HTMLSelectElement} */ (byId("target"))

/** A button stays where it is, and can be reached, when the chosen stream has no such fault. */
const markButtons = () => {
  const target = targetSelect().value
  for (const button of document.querySelectorAll("#fault-groups button")) {
    const products = (button instanceof HTMLElement ? (button.dataset.products ?? "") : "").split(" ")
    button.setAttribute("aria-disabled", String(target !== "" && !products.includes(target)))
  }
}

/** @param {View} view */
const drawFaults = async (view) => {
  const response = await fetch("/faults")
  /** @type {Fault[]} */
  const faults = response.ok ? await response.json() : []
  setRows(
    targetSelect(),
    [{ product: "", name: "All streams" }, ...view.cards],
    ({ product }) => product,
    ({ name, product }) => {
      const option = document.createElement("option")
      option.value = product
      option.textContent = name
      return option
    }
  )
  setRows(
    byId("fault-groups"),
    Array.from(new Set(faults.map(({ group }) => group))),
    (group) => group,
    (group) => {
      const element = make("div", "", "group")
      const title = make("h3", group)
      title.id = `group-${group}`
      const buttons = make("div", "", "buttons")
      buttons.append(...faults.filter((fault) => fault.group === group).map(faultButton))
      element.setAttribute("role", "group")
      element.setAttribute("aria-labelledby", title.id)
      element.append(title, buttons)
      return element
    }
  )
  byId("faults").hidden = faults.length === 0
}

// -----------------------------------------------------------------------------
// start
// -----------------------------------------------------------------------------

/** @param {number} serverNow */
const connected = (serverNow) => {
  ahead = serverNow - Date.now()
  isConnected = true
  drawConnection()
}

const source = new EventSource("/events")

source.addEventListener("snapshot", ({ data }) => {
  const message = JSON.parse(data)
  const environment = view?.environment
  view = /** @type {View} */ (message.view)
  connected(message.now)
  draw(view.cards)
  if (environment !== view.environment) {
    void drawFaults(view)
  }
})

source.addEventListener("change", ({ data }) => {
  if (view === undefined) {
    return
  }
  /** @type {{ now: number, cards: Card[], log: Entry[] }} */
  const { cards: changed, log, now } = JSON.parse(data)
  const before = new Map(view.cards.map((card) => [card.product, card]))
  const after = new Map(changed.map((card) => [card.product, card]))
  view = {
    ...view,
    cards: view.cards.map((card) => after.get(card.product) ?? card),
    log: [...log, ...view.log].slice(0, logLimit)
  }
  connected(now)
  draw(changed)
  announce(before, changed)
})

source.addEventListener("error", () => {
  isConnected = false
  drawConnection()
})

targetSelect().addEventListener("change", markButtons)

byId("pause").addEventListener("click", () => {
  paused = paused === undefined ? { at: now(), events: countEvents() } : undefined
  drawPause()
  draw(view?.cards ?? [])
})

// On a small screen the streams come first, and the faults only when they are asked for.
if (matchMedia("(min-width: 68rem)").matches) {
  byId("faults").setAttribute("open", "")
}

setInterval(tick, 1000)
