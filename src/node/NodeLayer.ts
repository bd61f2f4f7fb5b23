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
  (url, protocols) => new WebSocket(url, protocols) as unknown as globalThis.WebSocket
)

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<HttpClient.HttpClient | Socket.WebSocketConstructor | FileSystem.FileSystem> =
  Layer.mergeAll(NodeHttpClient.layerUndici, layerWebSocketConstructor, NodeFileSystem.layer)
