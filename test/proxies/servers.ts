import * as Http from "node:http"
import * as Net from "node:net"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** A host that only the proxies know: what reaches it has gone through one of them. */
export const hiddenHost = "binance.invalid"

export interface Server {
  readonly port: number
  /** Where the proxy was asked to connect to. */
  readonly targets: ReadonlyArray<string>
}

export interface Options {
  /** `name:password` */
  readonly credentials?: string
  /** The status of every answer. */
  readonly refuseWith?: number
}

const listen = (server: Net.Server, targets: ReadonlyArray<string>): Effect.Effect<Server, never, Scope.Scope> => {
  const sockets = new Set<Net.Socket>()
  server.on("connection", (socket: Net.Socket) => {
    sockets.add(socket)
    socket.on("error", () => {}).on("close", () => sockets.delete(socket))
  })
  return Effect.acquireRelease(
    Effect.async<Server>((resume) => {
      server.listen(0, "127.0.0.1", () =>
        resume(Effect.succeed({ port: (server.address() as Net.AddressInfo).port, targets }))
      )
    }),
    () =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        for (const socket of sockets) {
          socket.destroy()
        }
      })
  )
}

/** Joins a client with the hidden host, whose ports are those of loopback. */
const tunnel = (client: Net.Socket, port: number, onOpen: () => void) => {
  const upstream = Net.connect(port, "127.0.0.1", () => {
    onOpen()
    client.pipe(upstream).pipe(client)
  })
  upstream.on("error", () => client.destroy()).on("close", () => client.destroy())
  client.on("close", () => upstream.destroy())
}

/** An HTTP proxy that knows CONNECT alone. */
export const httpProxy = ({ credentials, refuseWith }: Options = {}): Effect.Effect<Server, never, Scope.Scope> =>
  Effect.suspend(() => {
    const targets: Array<string> = []
    const server = Http.createServer((_, response) => response.writeHead(400).end())
    server.on("connect", (request: Http.IncomingMessage, client: Net.Socket) => {
      const authorization = `Basic ${Buffer.from(credentials ?? "").toString("base64")}`
      const isKnown = credentials === undefined || request.headers["proxy-authorization"] === authorization
      const status = isKnown ? refuseWith : 407
      targets.push(request.url ?? "")
      if (status !== undefined) {
        client.end(`HTTP/1.1 ${status} ${Http.STATUS_CODES[status]}\r\nContent-Length: 0\r\n\r\n`)
        return
      }
      const { hostname, port } = new URL(`http://${request.url}`)
      if (hostname !== hiddenHost) {
        client.end("HTTP/1.1 502 Bad Gateway\r\n\r\n")
        return
      }
      tunnel(client, Number(port), () => client.write("HTTP/1.1 200 Connection Established\r\n\r\n"))
    })
    return listen(server, targets)
  })

/** Reads a request of SOCKS 5, which comes in one piece on loopback. */
const read = (client: Net.Socket, handle: (message: Buffer) => void) => client.once("data", handle)

/** A SOCKS 5 proxy, which finds the address of the host itself. */
export const socksProxy = ({ credentials, refuseWith }: Options = {}): Effect.Effect<Server, never, Scope.Scope> =>
  Effect.suspend(() => {
    const targets: Array<string> = []
    const connect = (client: Net.Socket) =>
      read(client, (request) => {
        // Version, CONNECT, reserved, and a host by its name.
        const length = request[4]!
        const host = request.subarray(5, 5 + length).toString()
        const port = request.readUInt16BE(5 + length)
        targets.push(`${host}:${port}`)
        const answer = (code: number) => client.write(Buffer.from([5, code, 0, 1, 127, 0, 0, 1, 0, 0]))
        if (refuseWith !== undefined || host !== hiddenHost) {
          answer(refuseWith ?? 4)
          client.end()
          return
        }
        tunnel(client, port, () => answer(0))
      })
    const server = Net.createServer((client) => {
      read(client, () => {
        if (credentials === undefined) {
          client.write(Buffer.from([5, 0]))
          return connect(client)
        }
        client.write(Buffer.from([5, 2]))
        return read(client, (message) => {
          const nameLength = message[1]!
          const name = message.subarray(2, 2 + nameLength).toString()
          const password = message.subarray(3 + nameLength).toString()
          const isKnown = `${name}:${password}` === credentials
          client.write(Buffer.from([1, isKnown ? 0 : 1]))
          return isKnown ? connect(client) : client.end()
        })
      })
    })
    return listen(server, targets)
  })
