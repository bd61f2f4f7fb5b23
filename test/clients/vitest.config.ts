import { mergeConfig } from "vitest/config"
import library from "../../vitest.config.js"

const config = mergeConfig(library, {
  test: {
    testTimeout: 30_000,
    // The official connectors log every connect otherwise, listen key included.
    env: { LOG_LEVEL: "error" }
  }
})

export default { ...config, test: { ...config.test, projects: undefined, include: ["*.client.ts"] } }
