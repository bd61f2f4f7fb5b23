const keyAdvice =
  "Check that the API key belongs to this environment, is allowed to read this product, and may be used from this IP"

const accountAdvice =
  "Check that the account has this product opened, and that the API key belongs to this environment and is allowed to read it"

/** What to check first, by code. */
const byUnauthorizedCode: { readonly [code: number]: string } = {
  [-1022]: "Check that the secret key or private key is the one of this API key",
  [-1099]: accountAdvice,
  [-1109]: accountAdvice,
  [-2008]: "Check that the API key was not deleted, and that it belongs to this environment",
  [-2014]: "Check that the API key is complete and has nothing around it",
  [-2017]: "The API keys of this account are locked: unlock them at Binance",
  [-2028]: "Check that the API key is of a type that may log on: Ed25519",
  [-4109]: accountAdvice
}

export const unauthorized = (code: number | undefined): string => byUnauthorizedCode[code ?? 0] ?? keyAdvice

/** What to check, by status. */
const byStatus: { readonly [status: number]: string } = {
  404: "Check the host and path of the environment",
  407: "A proxy asks for a name and password: give them in its address, or check the proxy settings of this machine",
  451: "Binance, or the network in between, does not serve this location: check where this program runs and how it reaches the internet"
}

export const badRequest = (status: number): string => byStatus[status] ?? "Correct the request before sending it again"

/** What to do about trouble of Binance's own, by code. */
const byServerCode: { readonly [code: number]: string } = {
  [-1008]: "Binance is overloaded: slow down",
  [-1016]: "Binance shut the service down, perhaps for maintenance: see its announcements"
}

export const serverError = (code: number | undefined): string =>
  byServerCode[code ?? 0] ?? "The outcome is unknown; listen-key calls may simply be repeated"

const waitUntil = (epochMillis: number): string => `Wait until ${new Date(epochMillis).toISOString()}`

export const rateLimited = (retryAt: number): string => `${waitUntil(retryAt)}; going on leads to a ban of the IP`

export const banned = (retryAt: number): string =>
  `${waitUntil(retryAt)}; each request before then makes the ban longer`
