import * as Net from "node:net"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** One direction of a connection: what comes in goes out in the same order, later while it stalls. */
class Pipe {
  private readonly waiting: Array<() => void> = []
  private stalls = 0
  private readonly timers = new Set<NodeJS.Timeout>()

  constructor(from: Net.Socket, to: Net.Socket) {
    from.on("data", (bytes) => this.pass(() => to.write(bytes)))
    from.on("end", () => this.pass(() => to.end()))
    from.on("close", () => this.pass(() => to.destroySoon()))
    from.on("error", () => {})
  }

  stall(millis: number) {
    this.stalls++
    const timer = setTimeout(() => {
      this.timers.delete(timer)
      this.release()
    }, millis)
    this.timers.add(timer)
  }

  releaseAll() {
    for (const timer of this.timers) {
      clearTimeout(timer)
    }
    this.timers.clear()
    this.stalls = Math.min(this.stalls, 1)
    this.release()
  }

  private pass(move: () => void) {
    if (this.stalls > 0) {
      this.waiting.push(move)
    } else {
      move()
    }
  }

  private release() {
    this.stalls = Math.max(0, this.stalls - 1)
    if (this.stalls === 0) {
      for (const move of this.waiting.splice(0)) {
        move()
      }
    }
  }
}

/** `up` is from the client to the server. */
export type Direction = "up" | "down"

/** A connection that leads through the proxy. */
export interface Route extends Readonly<Record<Direction, Pipe>> {}

export interface Proxy {
  readonly port: number
  /** Those that are open, the oldest first. */
  readonly routes: () => ReadonlyArray<Route>
  /** Lets each connection that is made from now on wait for so many ms. */
  readonly delayNew: (millis: number) => void
  /** Ends every stall. */
  readonly releaseAll: () => void
}

/** A TCP proxy on loopback before a port, until the scope closes. */
export const make = (target: number): Effect.Effect<Proxy, never, Scope.Scope> =>
  Effect.gen(function* () {
    const routes = new Set<Route>()
    const sockets = new Set<Net.Socket>()
    let delay = 0
    const server = yield* Effect.acquireRelease(
      Effect.sync(() =>
        Net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
          const upstream = Net.connect({ port: target, host: "127.0.0.1", allowHalfOpen: true, noDelay: true })
          const route = { up: new Pipe(client, upstream), down: new Pipe(upstream, client) }
          routes.add(route)
          if (delay > 0) {
            route.up.stall(delay)
          }
          for (const socket of [client, upstream]) {
            sockets.add(socket)
            socket.on("close", () => {
              sockets.delete(socket)
              // What has come from one end may still wait on its way to the other.
              if (!sockets.has(client) && !sockets.has(upstream)) {
                routes.delete(route)
              }
            })
          }
        })
      ),
      (server) =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          for (const { down, up } of routes) {
            up.releaseAll()
            down.releaseAll()
          }
          for (const socket of sockets) {
            socket.destroy()
          }
        })
    )
    yield* Effect.async<void>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.void))
    })
    return {
      port: (server.address() as Net.AddressInfo).port,
      routes: () => Array.from(routes),
      delayNew: (millis) => {
        delay = millis
      },
      releaseAll: () => {
        delay = 0
        for (const { down, up } of routes) {
          up.releaseAll()
          down.releaseAll()
        }
      }
    }
  })
