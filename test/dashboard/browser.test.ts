import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
import * as Feed from "../../examples/dashboard/feed.js"
import { serve } from "../../examples/dashboard/http.js"
import * as State from "../../examples/dashboard/state.js"
import { sources } from "../../examples/dashboard/streams.js"
import * as Chromium from "../support/chromium.js"
import * as Process from "./process.js"

const phone = { width: 360, height: 740 }

const desktop = { width: 1280, height: 800 }

describe.skipIf(Chromium.isMissing("The dashboard is"))("the dashboard in Chromium", { timeout: 60_000 }, () => {
  const dashboard: { process?: ReturnType<typeof Process.run>; address?: string; browser?: Browser } = {}

  beforeAll(async () => {
    dashboard.process = Process.run()
    dashboard.address = await dashboard.process.address
    dashboard.browser = await Chromium.launch()
  }, 60_000)

  afterAll(async () => {
    await dashboard.browser?.close()
    dashboard.process?.interrupt()
    const ended = await dashboard.process?.ended
    expect(ended).toMatchObject({ code: 0, errors: "" })
  }, 60_000)

  /** Opens the page, and fails the test if the browser has anything to complain about. */
  const open = async (
    options: BrowserContextOptions = {},
    address = dashboard.address!,
    isExpected = (_complaint: string) => false
  ) => {
    const context = await dashboard.browser!.newContext({ viewport: desktop, ...options })
    const page = await context.newPage()
    page.setDefaultTimeout(20_000)
    const complaints: Array<string> = []
    page.on("console", (message) => {
      if (message.type() !== "log" && message.type() !== "info") {
        complaints.push(message.text())
      }
    })
    page.on("pageerror", (error) => complaints.push(String(error)))
    page.on("dialog", (dialog) => {
      complaints.push(dialog.message())
      void dialog.dismiss()
    })
    onTestFinished(async () => {
      await context.close()
      expect(complaints.filter((text) => !isExpected(text))).toEqual([])
    })
    await page.goto(address)
    await page.locator("#connection").getByText("Page connected", { exact: true }).waitFor()
    return page
  }

  const card = (page: Page, name: string) => page.getByRole("article", { name, exact: true })

  const allLive = (page: Page) => page.locator("#live").getByText("8 of 8", { exact: true }).waitFor()

  const numberOf = async (locator: Locator) => Number(await locator.textContent())

  /** Waits, with the clock of the page, until a field of a card shows a larger number. */
  const waitForMore = async (page: Page, name: string, field: string, than: number) => {
    const element = await card(page, name).locator(`[data-field="${field}"]`).elementHandle()
    await page.waitForFunction(([element, than]) => Number(element?.textContent) > than, [element, than] as const)
  }

  const widthOf = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth)

  /** The texts that are too faint on their background, for a contrast of at least 4.5. */
  const faintTexts = (page: Page) =>
    page.evaluate(() => {
      const parse = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number)
      const luminance = (color: ReadonlyArray<number>) =>
        color
          .slice(0, 3)
          .map((channel) => channel / 255)
          .map((channel) => (channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4))
          .reduce((sum, channel, index) => sum + channel * [0.2126, 0.7152, 0.0722][index]!, 0)
      const backgroundOf = (element: Element | null): ReadonlyArray<number> => {
        const color = element === null ? [255, 255, 255] : parse(getComputedStyle(element).backgroundColor)
        return color.length === 3 || color[3] === 1 ? color : backgroundOf(element!.parentElement)
      }
      const contrast = (element: Element) => {
        const [a, b] = [luminance(parse(getComputedStyle(element).color)), luminance(backgroundOf(element))]
        return (Math.max(a!, b!) + 0.05) / (Math.min(a!, b!) + 0.05)
      }
      return Array.from(document.querySelectorAll("body *"))
        .filter((element) => element.checkVisibility() && element.getClientRects().length > 0)
        .filter(({ childNodes }) =>
          Array.from(childNodes).some((node) => node.nodeType === 3 && node.nodeValue?.trim())
        )
        .filter((element) => contrast(element) < 4.5)
        .map((element) => `${element.textContent}: ${contrast(element).toFixed(2)}`)
    })

  /** Everything that can be pressed or chosen is at least 24 pixels high and wide. */
  const smallControls = (page: Page) =>
    page.evaluate(() =>
      Array.from(document.querySelectorAll("button, select, summary, .dots a"))
        .filter((element) => element.checkVisibility())
        .filter((element) => element.clientHeight < 24 || element.clientWidth < 24)
        .map((element) => element.textContent)
    )

  /** On a phone the faults are folded until they are asked for. */
  const unfoldFaults = async (page: Page) => {
    const faults = page.locator("#faults")
    if ((await faults.getAttribute("open")) === null) {
      await faults.getByText("Make something go wrong").click()
    }
  }

  const cases = [
    { name: "a phone, light", viewport: phone, colorScheme: "light", target: "COIN-M futures" },
    { name: "a phone, dark", viewport: phone, colorScheme: "dark", target: "Portfolio Margin" },
    { name: "a desktop, light", viewport: desktop, colorScheme: "light", target: "USD-M futures" },
    { name: "a desktop, dark", viewport: desktop, colorScheme: "dark", target: "Spot" }
  ] as const

  for (const { colorScheme, name, target, viewport } of cases) {
    it(`on ${name}: events arrive, a dropped socket makes a gap, and the stream recovers`, async () => {
      const page = await open({ viewport, colorScheme, reducedMotion: "reduce" })
      await allLive(page)
      expect(await page.getByRole("article").count()).toBe(8)

      const stream = card(page, target)
      await stream.getByRole("table", { name: "Last orders" }).getByRole("row").nth(1).waitFor()
      await stream.getByRole("table", { name: "Balances" }).getByRole("row").nth(1).waitFor()
      await page.getByRole("list", { name: "Events, newest first" }).getByText(target).first().waitFor()
      expect(await stream.getByText("Gaps", { exact: false }).filter({ visible: true }).count()).toBe(0)

      expect(await page.locator("#faults").getAttribute("open")).toBe(viewport === phone ? null : "")
      await unfoldFaults(page)
      await page.getByLabel("At which stream").selectOption(target)
      await page.getByRole("button", { name: "Drop socket" }).click()
      await page.getByRole("status").getByText(`Drop socket: ${target}`).waitFor()

      const gap = stream.getByRole("listitem").filter({ hasText: /^Gap .+ to .+: socket closed, code 1006$/ })
      await gap.waitFor()
      const [red, green, blue] = await gap.evaluate((element) =>
        (getComputedStyle(element).borderLeftColor.match(/\d+/g) ?? []).map(Number)
      )
      expect(red).toBeGreaterThan(2 * Math.max(green!, blue!))
      await page
        .locator("#announcer")
        .getByText(new RegExp(`${target}: gap .+ to .+: socket closed`))
        .waitFor({ state: "attached" })
      expect(await page.locator("#announcer").getAttribute("aria-live")).toBe("polite")

      await stream.locator("header").getByText("Live", { exact: true }).waitFor()
      const events = await numberOf(stream.locator('[data-field="events"]'))
      await waitForMore(page, target, "events", events)
      await allLive(page)

      expect(await widthOf(page)).toBe(viewport.width)
      expect(await faintTexts(page)).toEqual([])
      expect(await smallControls(page)).toEqual([])
      const [shade] = await page.evaluate(() =>
        (getComputedStyle(document.body).backgroundColor.match(/\d+/g) ?? []).map(Number)
      )
      expect(shade! < 128).toBe(colorScheme === "dark")
      expect(await page.evaluate(() => document.getAnimations().length)).toBe(0)
    })
  }

  it("with the keyboard alone: a fault at one stream", async () => {
    const page = await open()
    await allLive(page)
    const focused = () =>
      page.evaluate(() => {
        const element = document.activeElement
        const { outlineStyle, outlineWidth } = getComputedStyle(element!)
        return {
          id: element!.id,
          name: element!.textContent,
          isVisible: outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2
        }
      })
    const tabTo = async (isThere: (element: { id: string; name: string | null }) => boolean) => {
      for (let steps = 0; steps < 30; steps++) {
        await page.keyboard.press("Tab")
        const element = await focused()
        expect(element.isVisible, `the focus on ${element.id} ${element.name}`).toBe(true)
        if (isThere(element)) {
          return
        }
      }
      throw new Error("Not to be reached with the Tab key")
    }
    await tabTo(({ name }) => name === "Skip to the streams")
    await tabTo(({ id }) => id === "target")
    await page.keyboard.type("EuropeanOptions")
    expect(await page.getByLabel("At which stream").inputValue()).toBe("EuropeanOptions")
    await tabTo(({ name }) => name === "Expire key")
    await page.keyboard.press("Enter")
    await card(page, "European options")
      .getByText(/^Gap .+ to .+: listen key expired$/)
      .waitFor()
    expect((await focused()).name).toBe("Expire key")
    expect(await page.getByRole("button", { name: "End subscription" }).getAttribute("aria-disabled")).toBe("true")
  })

  it("a late browser sees what was before it came, and a roll-over is no gap", async () => {
    const page = await open()
    await allLive(page)
    await page.getByLabel("At which stream").selectOption("Margin risk")
    await page.getByRole("button", { name: "Half-open socket" }).click()
    const text = /^Gap .+ to .+: half-open socket, silent for .+ s$/
    await card(page, "Margin risk").getByText(text).waitFor()
    await page.getByLabel("At which stream").selectOption("Portfolio Margin Pro")
    await page.getByRole("button", { name: "Server shutdown" }).click()
    await waitForMore(page, "Portfolio Margin Pro", "rollovers", 0)
    const late = await open({ viewport: phone })
    await card(late, "Margin risk").getByText(text).waitFor()
    expect(await card(late, "Portfolio Margin Pro").getByText(/^Gap /).count()).toBe(0)
  })

  it("a malformed frame and an unknown event are lines of the log, and no gap", async () => {
    const page = await open()
    await allLive(page)
    await page.getByLabel("At which stream").selectOption("Cross margin")
    await page.getByRole("button", { name: "Malformed frame" }).click()
    await page.getByRole("button", { name: "Unknown event" }).click()
    const log = page.getByRole("list", { name: "Events, newest first" })
    await log
      .getByText(/malformed frame: /)
      .first()
      .waitFor()
    await log.getByText("unknown event somethingNew").first().waitFor()
    await waitForMore(page, "Cross margin", "events", 2)
    expect(await card(page, "Cross margin").getByText(/^Gap /).count()).toBe(0)
  })

  it("stands still while it is paused", async () => {
    const page = await open()
    await allLive(page)
    await page.getByRole("button", { name: "Pause display" }).click()
    await page.getByText(/^Paused at \d\d:\d\d:\d\d\. \d+ events? since$/).waitFor()
    const events = page.locator("#events")
    const before = await numberOf(events)
    // Another page goes on.
    const other = await open()
    await other.waitForFunction((before) => Number(document.querySelector("#events")?.textContent) > before, before)
    expect(await numberOf(events)).toBe(before)
    // The page is connected still, and tells what it does not show.
    await page.getByText(/^Paused at \d\d:\d\d:\d\d\. [1-9]\d* events? since$/).waitFor()
    expect(await page.locator("#connection").textContent()).toBe("Page connected")
    await page.getByRole("button", { name: "Resume display" }).click()
    expect(await page.locator("#paused").isVisible()).toBe(false)
    expect(await numberOf(events)).toBeGreaterThan(before)
  })

  describe("with a server of its own", () => {
    const start = async (feed: Feed.Feed, port = 0) => {
      const scope = Effect.runSync(Scope.make())
      const stop = () => Effect.runPromise(Scope.close(scope, Exit.void))
      onTestFinished(stop)
      const address = await Effect.runPromise(Scope.extend(serve(feed, Option.none(), port), scope))
      return { address, stop }
    }

    const makeFeed = () => Effect.runSync(Feed.make(State.empty("production", sources), { pause: 0 }))

    it("nothing that Binance sends is taken for HTML", async () => {
      const feed = makeFeed()
      const { address } = await start(feed)
      const hostile = `<img src="x" onerror="alert(1)">`
      const events: ReadonlyArray<State.Happening> = [
        {
          _tag: "Element",
          at: 1_000,
          product: "Spot",
          element: { _tag: "UnknownEvent", eventType: hostile, raw: hostile }
        },
        {
          _tag: "Element",
          at: 1_000,
          product: "Spot",
          element: {
            _tag: "OutboundAccountPosition",
            eventType: "outboundAccountPosition",
            eventTime: 1,
            lastAccountUpdateTime: 1,
            balances: [{ asset: hostile, free: "1", locked: hostile }]
          }
        },
        {
          _tag: "Element",
          at: 1_000,
          product: "Spot",
          element: {
            _tag: "Interrupted",
            at: 1_000,
            cause: { _tag: "SocketClosed", code: 1000, reason: hostile },
            lastFrameAt: 500
          }
        },
        { _tag: "Ended", at: 1_000, product: "Spot", reason: hostile }
      ]
      for (const event of events) {
        await Effect.runPromise(feed.report(event))
      }
      const page = await open({ viewport: phone }, address)
      const spot = card(page, "Spot")
      await spot.locator("header").getByText("Failed").waitFor()
      expect(await spot.getByText(hostile, { exact: false }).count()).toBeGreaterThanOrEqual(3)
      expect(await page.locator("img").count()).toBe(0)
      expect(await widthOf(page)).toBe(phone.width)
    })

    it("there are no fault buttons with a real account", async () => {
      const feed = makeFeed()
      const { address } = await start(feed)
      const page = await open({}, address)
      await page.getByText("Binance, production").waitFor()
      expect(await page.getByRole("heading", { name: "Make something go wrong" }).count()).toBe(0)
    })

    it("says so when the server is gone, and goes on when it is back", async () => {
      const feed = makeFeed()
      const first = await start(feed)
      // The browser itself logs a connection that fails.
      const page = await open({}, first.address, (complaint) => complaint.includes("net::ERR_"))
      await first.stop()
      await page.getByRole("status").getByText("Page cut off, trying again").waitFor()
      await Effect.runPromise(feed.report({ _tag: "Fault", at: 0, name: "Spot", text: "while nobody looked" }))
      await start(feed, Number(new URL(first.address).port))
      await page.getByText("while nobody looked").waitFor()
      await page.getByRole("status").getByText("Page connected", { exact: true }).waitFor()
    })
  })
})
