/**
 * The text of a message, or its UTF-8 bytes. Bytes are faster, and nothing of them is kept: their buffer may be used
 * again as soon as they are decoded.
 *
 * @since 0.1.0
 * @category models
 */
export type Frame = string | Uint8Array

const textDecoder = new TextDecoder()

/** Node decodes its buffers faster than a `TextDecoder` does. */
const isNodeBuffer = (frame: object): frame is Buffer => typeof Buffer === "function" && Buffer.isBuffer(frame)

const byteOrderMark = 0xfeff

/** The text of a frame, which no longer depends on the buffer that it came in. */
export const textOf = (frame: Frame | ArrayBuffer): string => {
  if (typeof frame === "string") {
    return frame
  }
  if (!isNodeBuffer(frame)) {
    return textDecoder.decode(frame)
  }
  const text = frame.toString()
  return text.charCodeAt(0) === byteOrderMark ? text.slice(1) : text
}

/** Whether a frame has this ASCII text at a place. */
export const hasAt = (frame: Frame, start: number, ascii: string): boolean => {
  if (typeof frame === "string") {
    return frame.startsWith(ascii, start)
  }
  for (let i = 0; i < ascii.length; i++) {
    if (frame[start + i] !== ascii.charCodeAt(i)) {
      return false
    }
  }
  return true
}

const zero = 0x30

/** The digits at a place of a frame, as a number, and where they end; `undefined` if there are none, or too many. */
export const digitsAt = (frame: Frame, start: number): { readonly value: number; readonly end: number } | undefined => {
  let value = 0
  let end = start
  for (; end < frame.length; end++) {
    const digit = (typeof frame === "string" ? frame.charCodeAt(end) : frame[end]!) - zero
    if (digit < 0 || digit > 9) {
      break
    }
    value = value * 10 + digit
  }
  return end === start || end - start > 15 ? undefined : { value, end }
}
