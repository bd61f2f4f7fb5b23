// One way to decode the order events of a product, beside `JSON.parse` of the same frames.
import * as Frames from "../frames.mjs"
import { obey } from "../support/commands.mjs"

let parse

const parsers = {
  Spot: (text) => JSON.parse(text).c,
  other: (text) => JSON.parse(text).o.c
}

const readerOf = (decode) => (frame) => {
  const event = decode(frame)
  switch (event._tag) {
    case "ExecutionReport":
      return event.clientOrderId
    case "OrderTradeUpdate":
      return event.order.clientOrderId
    default:
      throw new Error(`A frame was not decoded: ${event.reason}`)
  }
}

/** Fresh frames as `ws` hands them over, each a part of one buffer, and as flat strings. */
const framesOf = ({ count, product, seed }) => {
  const { texts } = Frames.make(`orders:${product}`, { count, seed }).get(product)
  const bytes = Array.from({ length: count }, (_, index) => texts.at(index))
  const strings = bytes.map((part) => part.toString())
  return { bytes, strings, expected: strings.reduce((sum, text) => sum + parse(text).length, 0) }
}

const pass = (frames, expected, read) => {
  let sum = 0
  const cpu = process.cpuUsage()
  const start = performance.now()
  for (const frame of frames) {
    sum += read(frame).length
  }
  const wall = performance.now() - start
  const { system, user } = process.cpuUsage(cpu)
  if (sum !== expected) {
    throw new Error(`${sum} was read where ${expected} is written`)
  }
  return { wall, cpu: (system + user) / 1000 }
}

let options
let read

const measure = (seed, isFirst) => {
  const frames = framesOf({ ...options, seed })
  const base = () => pass(frames.strings, frames.expected, parse)
  const other = () => pass(options.way === "string" ? frames.strings : frames.bytes, frames.expected, read)
  if (isFirst) {
    const parsed = base()
    return { base: parsed, other: other() }
  }
  const decoded = other()
  return { base: base(), other: decoded }
}

obey({
  load: async (given) => {
    options = given
    const { [`${given.product}Event`]: events, UserDataEvent } = await import(`${given.library}index.js`)
    parse = parsers[given.product] ?? parsers.other
    read =
      given.way === "parseBytes"
        ? (bytes) => parse(bytes.toString())
        : readerOf(UserDataEvent.decoder(events[`${given.product}Event`]))
    for (const isFirst of [true, false, true, false, true, false]) {
      // Code for what comes often is loaded beside.
      await new Promise(setImmediate)
      measure(given.seed, isFirst)
    }
  },
  measure: ({ isFirst, seed }) => measure(seed, isFirst)
})
