/**
 * The HTTP server of the dashboard: the page, its events, and the faults.
 *
 * It shows an account, so it listens on loopback only, and answers nobody but a page of its own: not under another host
 * name (DNS rebinding), and not to other sites that are open in the same browser.
 */

import { createServer, type Server } from "node:http"
import { fileURLToPath } from "node:url"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServer from "@effect/platform/HttpServer"
import type * as HttpServerError from "@effect/platform/HttpServerError"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { SimulatedBinance } from "effect-binance-user-data/testing"
import type { Feed } from "./feed.js"
import { faultKinds, injectFault } from "./simulation.js"
import type { Message } from "./state.js"
import { sources } from "./streams.js"

const headers = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'"
  ].join("; "),
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store"
}

const refuse = (status: number, text: string) => HttpServerResponse.text(`${text}\n`, { status })

const loopbackNames = new Set(["127.0.0.1", "localhost"])

const isOwn = ({ headers, url }: HttpServerRequest.HttpServerRequest): boolean => {
  const host = headers.host ?? ""
  const site = headers["sec-fetch-site"]
  return (
    loopbackNames.has(host.replace(/:\d+$/, "")) &&
    (headers.origin === undefined || headers.origin === `http://${host}`) &&
    // A link from elsewhere may lead to the page.
    (url === "/" || site === undefined || site === "same-origin" || site === "none")
  )
}

const guard = <E, R>(app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
    isOwn(request) ? app : Effect.succeed(refuse(403, "This dashboard is for pages of its own on loopback"))
  ).pipe(Effect.map(HttpServerResponse.setHeaders(headers)))

const page = (name: string, contentType: string) =>
  HttpServerResponse.file(fileURLToPath(new URL(`page/${name}`, import.meta.url)), {
    headers: { "content-type": contentType }
  })

const encoder = new TextEncoder()

const eventName = { Snapshot: "snapshot", Change: "change" } as const

const encode = (message: Message, now: number): Uint8Array => {
  const { _tag, ...data } = message
  return encoder.encode(`event: ${eventName[_tag]}\ndata: ${JSON.stringify({ now, ...data })}\n\n`)
}

/** So that a browser which has gone without a word is noticed. */
const signsOfLife = Stream.repeat(Stream.make(encoder.encode(":\n\n")), Schedule.spaced("15 seconds"))

const mostBrowsers = 32

const events = (feed: Feed) => {
  let browsers = 0
  const enter = Effect.acquireRelease(
    Effect.sync(() => {
      browsers++
    }),
    () =>
      Effect.sync(() => {
        browsers--
      })
  )
  const messages = Stream.mapEffect(feed.messages, (message) =>
    Effect.map(Clock.currentTimeMillis, (now) => encode(message, now))
  )
  return Effect.sync(() =>
    browsers >= mostBrowsers
      ? refuse(503, "Too many browsers")
      : HttpServerResponse.stream(
          Stream.unwrapScoped(Effect.as(enter, Stream.merge(messages, signsOfLife, { haltStrategy: "left" }))),
          { contentType: "text/event-stream" }
        )
  )
}

type Simulation = Option.Option<SimulatedBinance.SimulatedBinance.Service>

/** The faults that there are, for the page to make buttons of: none with a real account. */
const listFaults = (simulation: Simulation) =>
  HttpServerResponse.json(
    Option.isNone(simulation)
      ? []
      : faultKinds.map(({ faults, group, hint, label, name }) => ({
          name,
          group,
          label,
          hint,
          products: sources.flatMap(({ product }) => (faults(product).length > 0 ? [product] : []))
        }))
  ).pipe(Effect.orDie)

const postFault = (feed: Feed, simulation: Simulation) =>
  Effect.gen(function* () {
    if (Option.isNone(simulation)) {
      return refuse(403, "Faults are for the simulated Binance")
    }
    const { name } = yield* HttpRouter.params
    const { product } = yield* HttpServerRequest.ParsedSearchParams
    const kind = faultKinds.find((kind) => kind.name === name)
    const products = sources.map((source) => source.product).filter((known) => (product ?? known) === known)
    if (kind === undefined || products.length === 0) {
      return refuse(404, kind === undefined ? "There is no such fault" : "There is no such product")
    }
    const hit = yield* injectFault(simulation.value, feed, kind, products)
    return hit.length === 0
      ? refuse(409, `${kind.label}: not of this stream`)
      : HttpServerResponse.text(`${kind.label}: ${hit.length === sources.length ? "all streams" : hit.join(", ")}\n`)
  })

const routes = (feed: Feed, simulation: Simulation) =>
  HttpRouter.empty.pipe(
    HttpRouter.get("/", page("index.html", "text/html; charset=utf-8")),
    HttpRouter.get("/dashboard.css", page("dashboard.css", "text/css; charset=utf-8")),
    HttpRouter.get("/dashboard.js", page("dashboard.js", "text/javascript; charset=utf-8")),
    HttpRouter.get("/icon.svg", page("icon.svg", "image/svg+xml")),
    HttpRouter.get("/events", events(feed)),
    HttpRouter.get("/faults", listFaults(simulation)),
    HttpRouter.post("/faults/:name", postFault(feed, simulation))
  )

const app = (feed: Feed, simulation: Simulation) =>
  routes(feed, simulation).pipe(
    Effect.catchTag("RouteNotFound", () => Effect.succeed(refuse(404, "There is nothing here"))),
    Effect.catchAll((error) =>
      Effect.as(Effect.logError("The dashboard could not answer", error), refuse(500, "Something went wrong"))
    ),
    guard
  )

/**
 * Serves the dashboard on loopback until the scope ends, and tells its address. Port 0 takes a free one.
 */
export const serve = (
  feed: Feed,
  simulation: Simulation,
  port: number,
  server: Server = createServer()
): Effect.Effect<string, HttpServerError.ServeError, Scope.Scope> =>
  Effect.gen(function* () {
    const context = yield* Layer.build(NodeHttpServer.layer(() => server, { host: "127.0.0.1", port }))
    // Browsers do not leave by themselves.
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        server.close()
        server.closeAllConnections()
      })
    )
    yield* Effect.provide(HttpServer.serveEffect(app(feed, simulation)), context)
    return HttpServer.formatAddress(Context.get(context, HttpServer.HttpServer).address)
  })
