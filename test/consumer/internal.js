// The internal modules are out of reach.
try {
  await import("effect-binance-user-data/internal/session.js")
  console.log("internal modules can be imported")
} catch (error) {
  console.log(error.code)
}
