import { fileURLToPath } from "node:url"
import { configDefaults, defineConfig } from "vitest/config"

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url))

/** Long on the clock or in other processes: their coverage would tell nothing more, and cost minutes. */
const slow = [
  "test/{browser,chaos,dashboard,examples,fuzz,process,readme,simulation}/**/*.test.ts",
  "test/account/{load,sockets}.test.ts",
  "test/adversarial/proof.test.ts",
  "test/closing/**/*.test.ts",
  "test/products/days.test.ts",
  "test/testing/exchange/{month,sums}.test.ts"
]

/** Metrics are kept by the process: these tests must not see those of others. Projects have processes of their own. */
const telemetry = "test/telemetry/**/*.test.ts"

/** These look at all metrics of their process, so that those of other tests of telemetry would count as well. */
const metrics = ["metrics", "otlp"].map((name) => ({ name, file: `test/telemetry/${name}.test.ts` }))

export default defineConfig({
  resolve: {
    alias: [
      { find: /^effect-binance-user-data$/, replacement: source("index.ts") },
      { find: /^effect-binance-user-data\/(node|testing)$/, replacement: source("$1/index.ts") }
    ]
  },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "quick",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...slow, telemetry]
        }
      },
      {
        extends: true,
        test: {
          name: "telemetry",
          include: [telemetry],
          exclude: [...configDefaults.exclude, ...metrics.map(({ file }) => file)]
        }
      },
      ...metrics.map(({ file, name }) => ({ extends: true as const, test: { name, include: [file] } })),
      { extends: true, test: { name: "slow", include: slow } }
    ],
    silent: "passed-only",
    // Modules keep no state that tests could share; loading them for each file took as long as the tests.
    isolate: false,
    // Days on the virtual clock leave much garbage that is young: with more room for it they take a fifth less.
    poolOptions: { forks: { execArgv: ["--max-semi-space-size=64"] } },
    coverage: {
      provider: "v8",
      include: ["src/**"],
      reporter: ["text-summary", "html"],
      thresholds: { statements: 97, branches: 95, functions: 96, lines: 97 }
    }
  }
})
