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
