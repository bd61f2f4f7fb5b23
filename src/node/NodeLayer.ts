/**
 * What the library needs from Node: an HTTP client, WebSockets, and a file system to read private keys from.
 *
 * @since 0.1.0
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Socket from "@effect/platform/Socket"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Undici from "@effect/platform-node/Undici"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { WebSocket } from "ws"

/**
 * WebSockets by `ws`, on every version of Node: the built-in ones hide the pings of the server, and cannot be paused.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWebSocketConstructor: Layer.Layer<Socket.WebSocketConstructor> = Layer.succeed(
  Socket.WebSocketConstructor,
  // Compression costs each connection more memory than everything else, and frames this small gain nothing by it.
  (url, protocols) => new WebSocket(url, protocols, { perMessageDeflate: false }) as unknown as globalThis.WebSocket
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
