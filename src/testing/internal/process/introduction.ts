import { defaultAccount, defaultApiKey, defaultSecretKey } from "../simulated/options.js"
import type { Simulation } from "./arguments.js"

/** Where it listens, and how to point clients there. Keys that were given are not shown. */
export const introduction = (http: string, webSocket: string, { accounts }: Simulation): string => {
  const given = accounts.map(
    ({ account, secretKey }) =>
      `  ${account}: the API key that was given${secretKey === undefined ? ", without a secret: only unsigned calls succeed" : ""}`
  )
  return `The simulated Binance listens at ${http} (REST) and ${webSocket} (streams and WebSocket APIs).

Accounts
  ${defaultAccount}: API key ${defaultApiKey}
    secret ${defaultSecretKey}
${given.map((line) => `${line}\n`).join("")}
Point clients at it
  this library  BINANCE_ENV=${http}, or Environment.layerUrl("${http}")
  curl          curl -X POST -H "X-MBX-APIKEY: ${defaultApiKey}" ${http}/fapi/v1/listenKey
  ccxt          exchange.urls.api: every address there with ${http} (${webSocket} under "ws") for its host
  binance       new USDMClient({ baseUrl: "${http}", ... }), new WebsocketClient({ wsUrl: "${webSocket}", ... })
  @binance/*    configurationRestAPI: { basePath: "${http}", ... },
                configurationWebsocketAPI: { wsURL: "${webSocket}/ws-api/v3", ... } (/ws-fapi/v1, /ws-dapi/v1),
                configurationWebsocketStreams: { wsURL: "${webSocket}", ... }

Streams by listen key, under ${webSocket}
  USD-M and options    /private/ws/<listenKey>, /private/stream?streams=<listenKey>
  COIN-M, margin risk  /ws/<listenKey>, /stream?streams=<listenKey>
  portfolio margin     /pm/ws/<listenKey>; its Pro kind: /pm-classic/ws/<listenKey>

Control it
  curl -d '{"product":"UsdFutures","asset":"USDT","amount":"1000"}' ${http}/control/deposit
  curl ${http}/control lists what there is

Ctrl-C ends it.`
}
