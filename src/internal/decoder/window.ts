import type { Frame } from "../frame.js"

// The frame that is being scanned. Every frame is copied to the same place: compiled code then knows the address, words
// can be read at any offset, and nothing of the caller's buffer is kept.

const size = 1 << 16

/** Longer frames are not scanned. */
export const longest = size - 8

const buffer = new ArrayBuffer(size)

export const bytes = new Uint8Array(buffer)

/** The same bytes, four at a time. */
export const words = new DataView(buffer)

/** Where a scan has come to. */
export const cursor = new Int32Array(1)

/** 1 where a byte ends the plain part of a string: a quote, a backslash, a control character, or anything not ASCII. */
export const isSpecial = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || byte > 0x7e || byte === 0x22 || byte === 0x5c ? 1 : 0
)

/** What Node adds to typed arrays, undocumented but old: the fastest ways between text and bytes. */
interface NodeBytes {
  readonly utf8Write?: (text: string, offset: number) => number
  readonly latin1Slice?: (start: number, end: number) => string
}

const node: NodeBytes = typeof Buffer === "function" ? (Buffer.from(buffer) as NodeBytes) : {}

const encoder = new TextEncoder()
const decoder = new TextDecoder("latin1")

const write = (text: string): number =>
  node.utf8Write === undefined ? encoder.encodeInto(text, bytes).written : node.utf8Write(text, 0)

/** Puts a frame before the window. Its length in bytes, or -1 if it cannot be scanned. */
export const load = (frame: Frame): number => {
  if (frame.length > longest) {
    return -1
  }
  let length = frame.length
  if (typeof frame !== "string") {
    bytes.set(frame)
  } else if (length > longest / 3) {
    // A character takes up to three bytes.
    return -1
  } else {
    length = write(frame)
  }
  // Ends every scan: no text and no literal goes on through these.
  bytes.fill(0, length, length + 4)
  return length
}

/** What the bytes of U+FFFD are as single characters. */
const replacement = "\u00ef\u00bf\u00bd"

/**
 * The frame before the window as text, one character for each byte; `undefined` if its bytes do not say all of it: half
 * a surrogate pair has none.
 */
export const textOf = (frame: Frame, length: number): string | undefined => {
  if (typeof frame === "string" && frame.length === length) {
    return frame
  }
  const text = node.latin1Slice === undefined ? decoder.decode(bytes.subarray(0, length)) : node.latin1Slice(0, length)
  return typeof frame === "string" && text.includes(replacement) ? undefined : text
}

/** Longer parts of a string V8 makes as views, which keep all of the string. */
const longestCopy = 12

/**
 * A part of a frame's text, put together so that whoever keeps an id does not keep the frame.
 */
export const partOf = (text: string, start: number, end: number): string => {
  if (end - start <= longestCopy) {
    return text.substring(start, end)
  }
  let part = ""
  for (let at = start; at < end; at += longestCopy) {
    part += text.substring(at, Math.min(at + longestCopy, end))
  }
  return part
}
