#!/usr/bin/env node
import("./main.js").catch((error: NodeJS.ErrnoException) => {
  // The library needs the package only for this: npx does not install it.
  if (error.code !== "ERR_MODULE_NOT_FOUND") {
    throw error
  }
  process.stderr.write(
    `${error.message}\nInstall what is missing: npm install effect @effect/platform @effect/platform-node\n`
  )
  process.exitCode = 1
})
