const longestLine = 200

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
