/**
 * What the library needs from Node: an HTTP client, WebSockets, and a file system to read private keys from.
 *
 * @since 0.1.0
 */
import type * as Http from "node:http"
import type * as Https from "node:https"
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Socket from "@effect/platform/Socket"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Undici from "@effect/platform-node/Undici"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { WebSocket } from "ws"
import { InvalidOptions, UnsupportedPlatform } from "../BinanceError.js"

/**
 * WebSockets by `ws`, on every version of Node: the built-in ones hide the pings of the server, and cannot be paused.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWebSocketConstructor: Layer.Layer<Socket.WebSocketConstructor> = Layer.suspend(() => webSockets({}))

const webSockets = (options: { readonly agent?: Http.Agent }): Layer.Layer<Socket.WebSocketConstructor> =>
  Layer.succeed(
    Socket.WebSocketConstructor,
    // Compression costs each connection more memory than everything else, and frames this small gain nothing by it.
    (url, protocols) =>
      new WebSocket(url, protocols, { perMessageDeflate: false, ...options }) as unknown as globalThis.WebSocket
  )

/** So many connections to one host at most: a thousand streams that start at once would otherwise make a thousand. */
const connections = 32

/**
 * An HTTP client by `undici` that reuses a few connections.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerHttpClient: Layer.Layer<HttpClient.HttpClient> = Layer.provide(
  NodeHttpClient.layerUndiciWithoutDispatcher,
  Layer.scoped(
    NodeHttpClient.Dispatcher,
    Effect.acquireRelease(
      Effect.sync(() => new Undici.Agent({ connections })),
      (agent) => Effect.promise(() => agent.destroy())
    )
  )
)

/**
 * All that the library needs from Node: `layerHttpClient`, `layerWebSocketConstructor`, and a file system, from which
 * `Credentials.layerConfig` reads private keys.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<HttpClient.HttpClient | Socket.WebSocketConstructor | FileSystem.FileSystem> =
  Layer.mergeAll(layerHttpClient, layerWebSocketConstructor, NodeFileSystem.layer)

/**
 * As `layer`, with an agent of your own for requests and WebSockets: with a certificate authority of your own, a local
 * address, or a way through a network of your own. It is not destroyed with the layer.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerAgent = (
  agent: Http.Agent
): Layer.Layer<HttpClient.HttpClient | Socket.WebSocketConstructor | FileSystem.FileSystem> =>
  Layer.mergeAll(
    Layer.provide(
      NodeHttpClient.layerWithoutAgent,
      Layer.succeed(NodeHttpClient.HttpAgent, {
        [NodeHttpClient.HttpAgentTypeId]: NodeHttpClient.HttpAgentTypeId,
        http: agent,
        // It has the methods of both, and Node asks for nothing else.
        https: agent as Https.Agent
      })
    ),
    webSockets({ agent }),
    NodeFileSystem.layer
  )

/**
 * As `layer`, with all requests and WebSockets going through a proxy: `http://`, `https://`, `socks5://`, `socks5h://`,
 * `socks4://` or `socks4a://`, with a name and password where the proxy asks for them. `socks5h` and `socks4a` leave it
 * to the proxy to find the address of a host.
 *
 * Needs the package `https-proxy-agent`, for the SOCKS protocols `socks-proxy-agent`. Fails with `InvalidOptions` where
 * the address cannot be meant, and with `UnsupportedPlatform` where the package is missing.
 *
 * @example
 * ```ts
 * import { NodeLayer } from "effect-binance-user-data/node"
 * import * as Config from "effect/Config"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const layer = Layer.unwrapEffect(Effect.map(Config.redacted("HTTPS_PROXY"), NodeLayer.layerProxy))
 * ```
 *
 * @since 0.2.0
 * @category layers
 */
export const layerProxy = (
  url: string | URL | Redacted.Redacted<string>
): Layer.Layer<
  HttpClient.HttpClient | Socket.WebSocketConstructor | FileSystem.FileSystem,
  InvalidOptions | UnsupportedPlatform
> =>
  Layer.unwrapScoped(
    Effect.gen(function* () {
      const proxy = yield* proxyOf(Redacted.isRedacted(url) ? Redacted.value(url) : String(url))
      const agent = yield* Effect.acquireRelease(makeAgent(proxy), (agent) => Effect.sync(() => agent.destroy()))
      return layerAgent(agent)
    })
  )

const httpProtocols = ["http:", "https:"]
const socksProtocols = ["socks:", "socks4:", "socks4a:", "socks5:", "socks5h:"]

/** The address of a proxy. It may have a password: no error shows it. */
const proxyOf = (address: string): Effect.Effect<URL, InvalidOptions> => {
  const url = URL.canParse(address.trim()) ? new URL(address.trim()) : undefined
  return url !== undefined && url.hostname !== "" && [...httpProtocols, ...socksProtocols].includes(url.protocol)
    ? Effect.succeed(url)
    : new InvalidOptions({
        option: "url",
        reason: `of a proxy has to begin with ${[...httpProtocols, ...socksProtocols].map((protocol) => `${protocol}//`).join(", ")} and to name a host. Write it as http://host:port, or http://name:password@host:port`
      })
}

/** What the agents of both packages have. */
interface ProxyAgent extends Http.Agent {
  connect: (request: Http.ClientRequest, options: never) => Promise<unknown>
}

const agentOptions = { keepAlive: true }

/** Tells bundlers that the package may be missing: esbuild would fail without it. */
const rethrow = (error: unknown): never => {
  throw error
}

const makeAgent = (proxy: URL): Effect.Effect<Http.Agent, UnsupportedPlatform> => {
  const name = httpProtocols.includes(proxy.protocol) ? "https-proxy-agent" : "socks-proxy-agent"
  return Effect.tryPromise({
    try: async (): Promise<ProxyAgent> =>
      name === "https-proxy-agent"
        ? new (await import("https-proxy-agent").catch(rethrow)).HttpsProxyAgent(proxy, agentOptions)
        : new (await import("socks-proxy-agent").catch(rethrow)).SocksProxyAgent(proxy, agentOptions),
    catch: () =>
      new UnsupportedPlatform({
        operation: "connecting through a proxy",
        reason: `the package ${name} is not installed`,
        advice: `Install it: npm i ${name}`
      })
  }).pipe(Effect.map((agent) => explained(agent, proxy.host)))
}

/** Says of the errors of an agent that they are those of a proxy; without their causes, which know its password. */
const explained = (agent: ProxyAgent, host: string): Http.Agent => {
  const connect = agent.connect.bind(agent)
  agent.connect = async (request, options) => {
    let refusal: string | undefined
    request.once("proxyConnect", ({ statusCode, statusText }: Connected) => {
      refusal =
        statusCode === 407
          ? "it asks for another name and password (407) than those in its address"
          : statusCode === 200
            ? undefined
            : `it answered ${statusCode} ${statusText}`
    })
    // Of a request that was given up nobody wants to hear.
    request.on("error", () => {})
    try {
      const socket = await connect(request, options)
      if (refusal === undefined) {
        return socket
      }
    } catch (error) {
      refusal = error instanceof Error ? error.message : String(error)
    }
    throw new Error(`the proxy ${host} did not connect: ${refusal}`)
  }
  return agent
}

/** What a proxy answered. */
interface Connected {
  readonly statusCode: number
  readonly statusText: string
}
