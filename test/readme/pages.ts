import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))

export const read = (file: string) => fs.readFileSync(path.join(root, file), "utf8")

export const exists = (file: string) => fs.existsSync(path.join(root, file))

export const filesIn = (folder: string, name: RegExp): ReadonlyArray<string> =>
  fs
    .readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => name.test(file))
    .map((file) => path.posix.join(folder, ...file.split(path.sep)))
    .sort()

export const guides = filesIn("docs", /^[^/]+\.md$/)

/** The pages that a user reads. */
export const pages = ["README.md", ...guides]

const withoutCode = (text: string) => text.replaceAll(/^```[\s\S]*?^```$/gm, "")

/** The anchor that GitHub makes of a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(/\s/g, "-")

/** The anchors of a page; of a heading that occurs again, GitHub counts the occurrences. */
export const anchorsOf = (text: string): ReadonlySet<string> => {
  const anchors = new Set<string>()
  for (const [, heading] of withoutCode(text).matchAll(/^#+ (.+)$/gm)) {
    const anchor = anchorOf(heading!)
    let unique = anchor
    for (let count = 1; anchors.has(unique); count++) {
      unique = `${anchor}-${count}`
    }
    anchors.add(unique)
  }
  return anchors
}

/** Says of each relative link of a page that leads nowhere, where it leads. */
export const deadLinks = (file: string, text = read(file)): ReadonlyArray<string> =>
  Array.from(withoutCode(text).matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)/g)).flatMap(([, target, anchor]) => {
    const page = target === "" ? file : path.posix.join(path.posix.dirname(file), target!)
    if (!exists(page)) {
      return [`${file}: there is no ${target}`]
    }
    const content = page === file ? text : read(page)
    return anchor === undefined || anchorsOf(content).has(anchor) ? [] : [`${file}: ${page} has no #${anchor}`]
  })
