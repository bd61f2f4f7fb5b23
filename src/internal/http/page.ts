const longestLine = 200

/** How many characters of a body are looked at where only a line of it is shown. */
export const longestBeginning = 65_536

/** Takes off the last run of a text that was cut: it may be part of a secret, too short to be known as one. */
export const withoutTail = (text: string): string => text.replace(/[\w+/=%-]+$/, "")

/** As much of a body as is needed to say what it is. */
export const beginningOf = (text: string): string =>
  text.length > longestBeginning ? withoutTail(text.slice(0, longestBeginning)) : text

const cut = (text: string, longest: number): string => (text.length > longest ? `${text.slice(0, longest)}...` : text)

const line = (text: string): string => text.replace(/\s+/g, " ").trim()

const isHtml = (text: string): boolean => /^\s*<(?:!doctype|html|head|body|\?xml|[a-z][a-z0-9]*[\s>])/i.test(text)

/** All tags but the mark of what was scrubbed. */
const tag = /<(?!redacted>)[^>]*>?/g

/** The title of a page, or its first words. */
const wordsOf = (page: string): string => {
  const title = line(/<title[^>]*>([\s\S]*?)<\/title/i.exec(page)?.[1] ?? "")
  return title === "" ? line(page.replace(/<(script|style|head)\b[\s\S]*?<\/\1\s*>/gi, " ").replace(tag, " ")) : title
}

/** A body that is not Binance's JSON, in one short line. The text has been scrubbed. */
export const summaryOf = (text: string): string => cut(isHtml(text) ? wordsOf(text) : line(text), longestLine)

/**
 * What stands in place of the JSON of a success. Nothing of a text that is no page is shown: it may be JSON that was
 * cut, and hold a short credential.
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
