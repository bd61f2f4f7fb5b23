// The part of DER that private keys use.
import * as Encoding from "effect/Encoding"

export type Bytes = Uint8Array<ArrayBuffer>

export interface Element {
  readonly tag: number
  readonly content: Bytes
  readonly end: number
}

export const tags = { integer: 0x02, octetString: 0x04, objectIdentifier: 0x06, sequence: 0x30 }

export const readElement = (bytes: Bytes, offset: number): Element | undefined => {
  const tag = bytes[offset]
  let length = bytes[offset + 1]
  if (tag === undefined || length === undefined) {
    return undefined
  }
  let start = offset + 2
  if (length >= 0x80) {
    const width = length - 0x80
    if (width === 0 || width > 4) {
      return undefined
    }
    length = 0
    for (const byte of bytes.subarray(start, start + width)) {
      length = length * 256 + byte
    }
    start += width
  }
  const end = start + length
  return end > bytes.length ? undefined : { tag, content: bytes.subarray(start, end), end }
}

/** The elements within a constructed element, up to the first damaged one. */
const readElements = (bytes: Bytes): ReadonlyArray<Element> => {
  const elements: Array<Element> = []
  let element = readElement(bytes, 0)
  while (element !== undefined) {
    elements.push(element)
    element = readElement(bytes, element.end)
  }
  return elements
}

/** The elements of a document that is a single sequence. */
export const readDocument = (bytes: Bytes): ReadonlyArray<Element> | undefined => {
  const outer = readElement(bytes, 0)
  return outer?.tag === tags.sequence && outer.end === bytes.length ? readElements(outer.content) : undefined
}

export const sequence = (element: Element | undefined): ReadonlyArray<Element> =>
  element?.tag === tags.sequence ? readElements(element.content) : []

export const objectIdentifier = (element: Element | undefined): string | undefined =>
  element?.tag === tags.objectIdentifier ? Encoding.encodeHex(element.content) : undefined

export const octets = (element: Element | undefined): Bytes | undefined =>
  element?.tag === tags.octetString ? element.content : undefined

export const integer = (element: Element | undefined): number | undefined =>
  element?.tag === tags.integer && element.content.length <= 6
    ? element.content.reduce((value, byte) => value * 256 + byte, 0)
    : undefined

export const writeElement = (tag: number, ...contents: ReadonlyArray<Uint8Array>): Bytes => {
  const length = contents.reduce((sum, content) => sum + content.length, 0)
  const lengthBytes: Array<number> = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) {
    lengthBytes.unshift(rest % 256)
  }
  const header = length < 0x80 ? [tag, length] : [tag, 0x80 + lengthBytes.length, ...lengthBytes]
  const bytes = new Uint8Array(header.length + length)
  bytes.set(header)
  let offset = header.length
  for (const content of contents) {
    bytes.set(content, offset)
    offset += content.length
  }
  return bytes
}
