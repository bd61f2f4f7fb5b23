import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as Feed from "../../examples/dashboard/feed.js"
import { serve } from "../../examples/dashboard/http.js"
import * as State from "../../examples/dashboard/state.js"
import { sources } from "../../examples/dashboard/streams.js"
import * as Chromium from "../support/chromium.js"
import * as Layout from "./layout.js"
import * as Trading from "./trading.js"

/** In that time every table has got its rows. */
const warmUp = 90

const seconds = 60

describe.skipIf(Chromium.isMissing("The layout of the dashboard is"))("the layout of the dashboard", () => {
  const scope = Effect.runSync(Scope.make())
  const feed = Effect.runSync(Feed.make(State.empty("simulated", sources), { pause: 0 }))
  let told: ReadonlyArray<ReadonlyArray<State.Happening>> = []
  let browser: Browser
  let address = ""

  beforeAll(async () => {
    told = await Trading.record(warmUp + seconds)
    address = await Effect.runPromise(Scope.extend(serve(feed, Option.none(), 0), scope))
    browser = await Chromium.launch()
    for (const happening of told.slice(0, warmUp).flat()) {
      await Effect.runPromise(feed.report(happening))
    }
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await Effect.runPromise(Scope.close(scope, Exit.void))
  }, 60_000)

  const open = async (width: number, height: number, colorScheme: "light" | "dark" = "light") => {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion: "reduce" })
    const page = await context.newPage()
    page.setDefaultTimeout(60_000)
    await page.goto(address)
    return page
  }

  /** Waits until the page shows what the feed has. */
  const settled = async (page: Page) => {
    const { entries } = await Effect.runPromise(feed.view)
    await page.waitForFunction(
      (id) => document.querySelector("#log li")?.getAttribute("data-key") === id,
      String(entries)
    )
  }

  // Boxes and colours instead of pixels: fonts differ between machines, and with them every pixel of a text.
  it.each([
    [1440, 900, "light"],
    [1440, 900, "dark"],
    [390, 844, "light"],
    [390, 844, "dark"]
  ] as const)(
    "%i pixels wide, %i high, %s: it looks as it did",
    async (width, height, colorScheme) => {
      const page = await open(width, height, colorScheme)
      await settled(page)
      const looks = await page.evaluate(Layout.looks)
      await expect(`${JSON.stringify(looks, null, 1)}\n`).toMatchFileSnapshot(`looks/${width}-${colorScheme}.txt`)
      await page.context().close()
    },
    60_000
  )

  it("in a minute of trading nothing overlaps, jumps, sticks out or breaks inside a word", async () => {
    const sizes = [
      [320, 640],
      [390, 844],
      [820, 1180],
      [1440, 900]
    ] as const
    const pages = await Promise.all(sizes.map(([width, height]) => open(width, height)))
    await Promise.all(pages.map(settled))
    const before = await Promise.all(pages.map((page) => page.evaluate(Layout.boxes)))
    for (const boxes of before) {
      expect(Object.keys(boxes).length).toBeGreaterThan(100)
    }
    const shown: Array<string | null> = []
    for (const happenings of told.slice(warmUp)) {
      for (const happening of happenings) {
        await Effect.runPromise(feed.report(happening))
      }
      await Promise.all(
        pages.map(async (page, index) => {
          const width = sizes[index]![0]
          await settled(page)
          expect(await page.evaluate(Layout.flaws), `${width} pixels wide`).toEqual([])
          expect(Layout.moved(before[index]!, await page.evaluate(Layout.boxes)), `${width} pixels wide`).toEqual([])
        })
      )
      shown.push(await pages[0]!.locator("#events").textContent())
    }
    expect(Number(shown.at(-1))).toBeGreaterThan(Number(shown[0]) + 100)
  }, 240_000)

  it("would find each of these flaws", async () => {
    const page = await open(1440, 900)
    await settled(page)
    const before = await page.evaluate(Layout.boxes)
    expect(await page.evaluate(Layout.flaws)).toEqual([])
    const flawsWith = async (css: string) => {
      await page.evaluate((css) => {
        const sheet = new CSSStyleSheet()
        sheet.replaceSync(css)
        document.adoptedStyleSheets = [sheet]
      }, css)
      const flaws = await page.evaluate(Layout.flaws)
      const moved = Layout.moved(before, await page.evaluate(Layout.boxes))
      return { flaws, moved }
    }
    const broken = await flawsWith(
      '[data-rows="orders"] th { white-space: normal; word-break: break-all; width: 3rem } table { table-layout: auto; width: 9rem !important }'
    )
    expect(broken.flaws).toContainEqual(expect.stringMatching(/^broken: BTC/))
    expect(broken.moved).not.toEqual([])
    const overlapping = await flawsWith(".card .health { margin-top: -2.2rem }")
    expect(overlapping.flaws).toContainEqual(expect.stringMatching(/^overlap: /))
    const wide = await flawsWith(".health dt { white-space: nowrap; letter-spacing: 2rem }")
    expect(wide.flaws).toContainEqual(expect.stringMatching(/^sticks out: /))
  }, 60_000)
})
