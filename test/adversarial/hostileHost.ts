import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import type { Duplex } from "node:stream"
import * as Effect from "effect/Effect"
import { type WebSocket, WebSocketServer } from "ws"

export const statuses = [
  ...[300, 301, 302, 303, 304, 305, 307, 308],
  ...Array.from({ length: 19 }, (_, index) => 400 + index),
  ...[421, 422, 423, 424, 425, 426, 428, 429, 431, 451],
  ...Array.from({ length: 12 }, (_, index) => 500 + index)
]

const json = (text: string) => ({ type: "application/json", text })
const html = (text: string) => ({ type: "text/html", text })

/** What stands in the body of an answer. The secret is one that the call has sent. */
export const bodies: {
  readonly [name: string]: (secret: string) => { readonly type: string; readonly text: string; readonly isCut?: true }
} = {
  "JSON -1000": (secret) => json(JSON.stringify({ code: -1000, msg: `An unknown error with ${secret}.` })),
  "JSON 0": (secret) => json(JSON.stringify({ code: 0, msg: `Success of ${secret}?` })),
  "JSON without code": (secret) => json(JSON.stringify({ message: secret })),
  HTML: (secret) => html(`<!DOCTYPE html>\n<html><title>Blocked ${secret}</title><body>${secret}</body></html>`),
  empty: () => html(""),
  truncated: (secret) => ({ ...json(`{"code":-2015,"msg":"Invalid API-key ${secret}`), isCut: true }),
  huge: (secret) => html(`<html><body>${`<p>${secret}</p>\n`.repeat(30_000)}</body></html>`)
}

export type Moment = "POST" | "PUT" | "DELETE" | "UPGRADE"

export interface Trouble {
  readonly at: Moment
  readonly status: number
  readonly body: string
  /** How many calls get it. */
  left: number
}

const listening = (server: Http.Server) =>
  Effect.async<number>((resume) => {
    server.listen(0, "127.0.0.1", () => resume(Effect.succeed((server.address() as AddressInfo).port)))
  })

/** A host that is good to streams of USD-M futures, until it is told to answer something else; and one beside it. */
export const make = Effect.gen(function* () {
  const seen: Array<Moment> = []
  const elsewhere: Array<string> = []
  const sockets = new Set<Duplex>()
  const webSockets = new Set<WebSocket>()
  const state: { trouble: Trouble | undefined } = { trouble: undefined }
  const upgrades = new WebSocketServer({ noServer: true })

  const other = Http.createServer((request, response) => {
    elsewhere.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`)
    response.end('{"listenKey":"of somebody else"}')
  })
  const otherPort = yield* listening(other)

  /** The whole answer, if this call is to get a bad one. */
  const answerOf = (moment: Moment, request: Http.IncomingMessage) => {
    seen.push(moment)
    const { trouble } = state
    if (trouble === undefined || trouble.at !== moment || trouble.left === 0) {
      return undefined
    }
    trouble.left--
    const secret = moment === "UPGRADE" ? request.url!.split("/").at(-1)! : String(request.headers["x-mbx-apikey"])
    const { isCut, text, type } = bodies[trouble.body]!(secret)
    const head = [
      `HTTP/1.1 ${trouble.status} Trouble`,
      `content-type: ${type}`,
      `content-length: ${Buffer.byteLength(text) + (isCut === true ? 100 : 0)}`,
      "connection: close",
      ...(trouble.status < 400 ? [`location: http://localhost:${otherPort}/?key=${secret}`] : [])
    ]
    return `${head.join("\r\n")}\r\n\r\n${[304].includes(trouble.status) ? "" : text}`
  }

  const server = Http.createServer((request, response) => {
    request.resume()
    const answer = answerOf(request.method as Moment, request)
    if (answer === undefined) {
      response.setHeader("content-type", "application/json")
      response.end('{"listenKey":"theListenKeyOfTheHost"}')
    } else {
      request.socket.end(answer)
    }
  })
  server.on("connection", (socket) => {
    sockets.add(socket)
    socket.on("error", () => {})
  })
  server.on("upgrade", (request, socket, head) => {
    const answer = answerOf("UPGRADE", request)
    if (answer === undefined) {
      upgrades.handleUpgrade(request, socket, head, (webSocket) => webSockets.add(webSocket))
    } else {
      socket.end(answer)
    }
  })
  const port = yield* listening(server)
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      for (const socket of sockets) {
        socket.destroy()
      }
      server.close()
      other.close()
      other.closeAllConnections()
    })
  )
  return {
    rest: `http://127.0.0.1:${port}`,
    stream: `ws://127.0.0.1:${port}`,
    /** What it was asked, in order. */
    seen,
    /** What the host that redirects point to was asked. */
    elsewhere,
    state,
    drop: () => webSockets.forEach((webSocket) => void webSocket.terminate())
  }
})
