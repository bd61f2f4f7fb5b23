const longestLine = 200

/** How many characters of a body are searched for the line that is shown. */
export const longestBeginning = 65_536

/** The last word of a text. It begins where a word begins: to try each character takes seconds for a long word. */
const tail = /(?<![\w+/=%-])[\w+/=%-]+$/

/** Removes the last word of a text that was cut: it may be the beginning of a secret, too short to be recognised. */
export const withoutTail = (text: string): string => text.replace(tail, "")

/** The beginning of a body, enough to describe it. */
export const beginningOf = (text: string): string =>
  text.length > longestBeginning ? withoutTail(text.slice(0, longestBeginning)) : text

const cut = (text: string, longest: number): string => (text.length > longest ? `${text.slice(0, longest)}...` : text)

const line = (text: string): string => text.replace(/\s+/g, " ").trim()

const isHtml = (text: string): boolean => /^\s*<(?:!doctype|html|head|body|\?xml|[a-z][a-z0-9]*[\s>])/i.test(text)

/** All tags except the mark of a blanked secret. */
const tag = /<(?!redacted>)[^>]*>?/g

/** What a page does not show. It may be cut before its end. */
const hidden = /<(script|style|head)\b[\s\S]*?(?:<\/\1\s*>|(?=<body\b)|$)/gi

/** The title of an HTML page, or its first words. */
const wordsOf = (page: string): string => {
  const title = line(/<title[^<>]*>([^<]*)/i.exec(page)?.[1] ?? "")
  return title === "" ? line(page.replace(hidden, " ").replace(tag, " ")) : title
}

/** Describes a body that is not Binance's JSON in one short line. Its secrets are already blanked. */
export const summaryOf = (text: string): string => cut(isHtml(text) ? wordsOf(text) : line(text), longestLine)

/**
 * Describes the body of a success that is not JSON. Shows only text of HTML pages: any other text may be JSON that was
 * cut, with a credential that is too short to be recognised.
 */
export const insteadOfJson = (text: string, reason: string): string => {
  if (text.trim() === "") {
    return "the body is empty"
  }
  if (!isHtml(text)) {
    return reason
  }
  const words = summaryOf(text)
  return `an HTML page instead of JSON${words === "" ? "" : ` ("${words}")`}`
}
