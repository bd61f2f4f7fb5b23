import * as path from "node:path"
import { describe, expect, it } from "vitest"
import * as Pages from "./pages.js"

const { files } = JSON.parse(Pages.read("package.json"))

describe("the links of the pages", () => {
  it.each([...Pages.pages, "CONTRIBUTING.md"])("%s: each leads to a page and a heading that exist", (file) => {
    expect(Pages.deadLinks(file)).toEqual([])
  })

  it.each(Pages.pages)("%s: each leads to a page of the package", (file) => {
    for (const [, target] of Pages.read(file).matchAll(/\]\((?!\w+:)([^)#\s]+)[^)]*\)/g)) {
      const page = path.posix.join(path.posix.dirname(file), target!)
      expect(["README.md", ...files]).toContain(page.split("/")[0])
    }
  })

  it("a dead link is found: no page, no heading of another page, no heading of the page itself", () => {
    const text = "# A\n[a](docs/none.md) [b](docs/errors.md#none) [c](#none) [d](#a) [e](https://example.org)"
    expect(Pages.deadLinks("README.md", text)).toEqual([
      "README.md: there is no docs/none.md",
      "README.md: docs/errors.md has no #none",
      "README.md: README.md has no #none"
    ])
  })

  it("anchors are those of GitHub", () => {
    expect(Array.from(Pages.anchorsOf("# A `b` (c): d-e\n## A\n```\n# no heading\n```\n## A"))).toEqual([
      "a-b-c-d-e",
      "a",
      "a-1"
    ])
  })

  it("every guide is in the table of the README", () => {
    for (const guide of Pages.guides) {
      expect(Pages.read("README.md")).toContain(`](${guide})`)
    }
  })
})

describe("README", () => {
  it("is short enough to be read to its end", () => {
    expect(Pages.read("README.md").trimEnd().split("\n").length).toBeLessThanOrEqual(220)
  })
})
