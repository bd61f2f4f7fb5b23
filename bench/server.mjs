// As much of Binance as its clients need to connect, made to send prepared frames as fast as they are taken.
import { createServer } from "node:http"
import { Sender, WebSocketServer } from "ws"
import * as Frames from "./frames.mjs"
import { obey } from "./support/commands.mjs"

const listenKeyProducts = {
  "/dapi/v1/listenKey": "CoinFutures",
  "/fapi/v1/listenKey": "UsdFutures",
  "/eapi/v1/listenKey": "EuropeanOptions",
  "/papi/v1/listenKey": "PortfolioMargin",
  "/sapi/v1/margin/listen-key": "MarginRisk"
}

const padding = "x".repeat(64)

/** A key or token says whose it is and for what, so that nothing has to be looked up. */
const keyOf = (product, owner) => `${product}X${owner}X${padding}`.slice(0, 64)

const readKey = (key) => {
  const [product, owner] = key.split("X")
  return { product, owner }
}

const answerTo = (method, path, apiKey) => {
  const product = listenKeyProducts[path]
  if (product !== undefined) {
    const listenKey = keyOf(product, apiKey)
    return method === "DELETE" ? {} : { listenKey, expiration: Date.now() + 3_600_000 }
  }
  if (path === "/sapi/v1/userListenToken") {
    return { token: keyOf("Margin", apiKey), expirationTime: Date.now() + 86_400_000 }
  }
  if (path.endsWith("/time")) {
    return { serverTime: Date.now() }
  }
  return path.endsWith("/ping") ? {} : undefined
}

const http = createServer((request, response) => {
  request.resume()
  const [path] = request.url.split("?")
  const answer = answerTo(request.method, path, request.headers["x-mbx-apikey"])
  const body = JSON.stringify(answer ?? { code: -1, msg: `${request.method} ${path} is not known here` })
  response.writeHead(answer === undefined ? 404 : 200, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body)
  })
  response.end(body)
})

/** Who gets the events of a product, and in what they are wrapped. */
const subscriptions = new Set()

const waiting = new Set()

const isSubscribed = (owner, product) =>
  Array.from(subscriptions).some((one) => one.owner === owner && one.product === product)

const subscribe = (socket, key, { product, prefix = "", suffix = "" } = {}) => {
  const read = readKey(key)
  const subscription = { socket, owner: read.owner, product: product ?? read.product, prefix, suffix }
  subscriptions.add(subscription)
  for (const look of waiting) {
    look()
  }
  socket.on("close", () => subscriptions.delete(subscription))
}

const subscribeCombined = (socket, key) =>
  subscribe(socket, key, { prefix: `{"stream":${JSON.stringify(key)},"data":`, suffix: "}" })

const streamSocket = (webSocket, socket, { path, search }) => {
  const isCombined = path.endsWith("/stream")
  const named = /\/ws\/([^/]+)$/.exec(path)?.[1] ?? search.get("listenKey") ?? search.get("streams")
  if (named !== null) {
    if (isCombined) {
      subscribeCombined(socket, named)
    } else {
      subscribe(socket, named, path.startsWith("/pm-classic") ? { product: "PortfolioMarginPro" } : {})
    }
  }
  webSocket.on("message", (data) => {
    const { id, method, params } = JSON.parse(data.toString())
    webSocket.send(JSON.stringify({ result: method === "LIST_SUBSCRIPTIONS" ? [] : null, id }))
    if (method === "SUBSCRIBE") {
      for (const key of params) {
        if (isCombined) {
          subscribeCombined(socket, key)
        } else {
          subscribe(socket, key)
        }
      }
    }
  })
}

const apiSocket = (webSocket, socket) => {
  let nextId = 0
  const wrapped = (key) => {
    const subscriptionId = nextId++
    subscribe(socket, key, { prefix: `{"subscriptionId":${subscriptionId},"event":`, suffix: "}" })
    return subscriptionId
  }
  const results = {
    "userDataStream.subscribe.signature": ({ apiKey }) => ({ subscriptionId: wrapped(keyOf("Spot", apiKey)) }),
    "userDataStream.subscribe.listenToken": ({ listenToken }) => ({
      subscriptionId: wrapped(listenToken),
      expirationTime: (Date.now() + 86_400_000) * 1000
    }),
    "userDataStream.unsubscribe": () => ({}),
    time: () => ({ serverTime: Date.now() }),
    ping: () => ({})
  }
  webSocket.on("message", (data) => {
    const { id, method, params = {} } = JSON.parse(data.toString())
    const result = results[method]?.(params)
    webSocket.send(
      JSON.stringify(
        result === undefined
          ? { id, status: 400, error: { code: -1020, msg: `${method} is not known here` } }
          : { id, status: 200, result, rateLimits: [] }
      )
    )
  })
}

const webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })

http.on("upgrade", (request, socket, head) => {
  const url = new URL(request.url, "http://127.0.0.1")
  webSockets.handleUpgrade(request, socket, head, (webSocket) => {
    webSocket.on("error", () => webSocket.terminate())
    if (url.pathname.includes("/ws-api/")) {
      apiSocket(webSocket, socket)
    } else {
      streamSocket(webSocket, socket, { path: url.pathname, search: url.searchParams })
    }
  })
})

/** The frames of a subscription as they go over the wire. */
const encode = (texts, { prefix, suffix }) => {
  const [before, after] = [Buffer.from(prefix), Buffer.from(suffix)]
  return Array.from({ length: texts.count }, (_, index) => {
    const payload = Buffer.concat([before, texts.at(index), after])
    return Buffer.concat(Sender.frame(payload, { fin: true, mask: false, opcode: 1, readOnly: true, rsv1: false }))
  })
}

const chunkSize = 65_536

/** Parts of that size, each of whole frames, because a pong may come between two of them. */
const chunksOf = (frames) => {
  const chunks = []
  let chunk = []
  let size = 0
  for (const frame of frames) {
    chunk.push(frame)
    size += frame.length
    if (size >= chunkSize) {
      chunks.push(Buffer.concat(chunk))
      chunk = []
      size = 0
    }
  }
  return [...chunks, Buffer.concat(chunk)]
}

const drain = (socket) =>
  new Promise((resolve, reject) => {
    const done = (error) => {
      socket.off("drain", done)
      socket.off("close", closed)
      error === undefined ? resolve() : reject(error)
    }
    const closed = () => done(new Error("The client left while it was sent events"))
    socket.on("drain", done)
    socket.on("close", closed)
  })

const write = async (socket, chunks) => {
  for (const chunk of chunks) {
    if (!socket.write(chunk)) {
      await drain(socket)
    }
  }
}

const subscriptionsOf = (owner, frames) =>
  Array.from(frames.keys(), (product) => {
    const subscription = Array.from(subscriptions).find((one) => one.owner === owner && one.product === product)
    if (subscription === undefined) {
      throw new Error(`${owner} has not subscribed to ${product}`)
    }
    return subscription
  })

let prepared = new Map()

const microseconds = () => process.hrtime.bigint() / 1000n

/** Where the time of sending is written, for the client to read: a client order id of 18 characters. */
const stamp = "000000000000000us."

obey({
  listen: () =>
    new Promise((resolve, reject) => {
      http.once("error", reject)
      http.listen({ port: 0, host: "127.0.0.1", backlog: 8192 }, () => resolve(http.address().port))
    }),

  /** Done once a client has subscribed to all of these products. */
  subscribed: ({ owner, products }) =>
    new Promise((resolve) => {
      const look = () => {
        if (products.every((product) => isSubscribed(owner, product))) {
          waiting.delete(look)
          resolve()
        }
      }
      waiting.add(look)
      look()
    }),

  /** Makes the frames of a round, and tells what a client must have seen after them. */
  prepare: ({ mix, count, isStamped, seed, variation }) => {
    prepared = Frames.make(mix, { variation, count, seed, ...(isStamped && { stamp }) })
    return Frames.total(prepared)
  },

  /** Sends frames to a client as fast as it takes them. */
  blast: async ({ owner }) => {
    const work = subscriptionsOf(owner, prepared).map((subscription) => ({
      socket: subscription.socket,
      chunks: chunksOf(encode(prepared.get(subscription.product).texts, subscription))
    }))
    const cpu = process.cpuUsage()
    const start = performance.now()
    await Promise.all(work.map(({ chunks, socket }) => write(socket, chunks)))
    const { system, user } = process.cpuUsage(cpu)
    return { wall: performance.now() - start, cpu: (user + system) / 1000 }
  },

  /** Sends frames to a client at even distances, each with the time when it is sent in it. */
  pace: ({ owner, rate }) =>
    new Promise((resolve, reject) => {
      const [subscription] = subscriptionsOf(owner, prepared)
      const { socket } = subscription
      const frames = encode(prepared.get(subscription.product).texts, subscription)
      const places = frames.map((frame) => frame.indexOf(stamp))
      const start = microseconds()
      let sent = 0
      const onClose = () => reject(new Error("The client left while it was sent events"))
      socket.once("close", onClose)
      const turn = () => {
        const now = microseconds()
        const due = Math.min(frames.length, Math.floor((Number(now - start) * rate) / 1e6) + 1)
        for (; sent < due; sent++) {
          frames[sent].latin1Write(String(microseconds()).padStart(15, "0"), places[sent])
          socket.write(frames[sent])
        }
        if (sent < frames.length && !socket.destroyed) {
          setImmediate(turn)
        } else {
          socket.off("close", onClose)
          resolve()
        }
      }
      turn()
    })
})
