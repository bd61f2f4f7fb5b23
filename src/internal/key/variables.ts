import type * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as HashSet from "effect/HashSet"

const variable = /\bBINANCE_(?:API_KEY|SECRET_KEY|PRIVATE_KEY_\w+)\b/g

/** Adds the prefix to the names of variables in a text. */
export const withPrefix = (text: string, prefix: string | undefined): string =>
  text.replace(variable, `${prefix ?? ""}$&`)

/**
 * The prefix of the variables of a nested configuration: `ALPHA_`. A `Config` does not expose its names, so it is read
 * with an empty provider that records them.
 */
export const prefixOf = (config: Config.Config<unknown>, name: string): Effect.Effect<string> =>
  Effect.configProviderWith(({ flattened }) => {
    const asked: Array<string> = []
    const nothing = ConfigProvider.makeFlat({
      load: (path) => {
        asked.push(path.join("_"))
        return Effect.fail(ConfigError.MissingData([...path], "nothing is set here"))
      },
      enumerateChildren: () => Effect.succeed(HashSet.empty()),
      patch: flattened.patch
    })
    return config.pipe(
      Effect.withConfigProvider(ConfigProvider.fromFlat(nothing)),
      Effect.ignore,
      Effect.map(() => asked.find((path) => path.endsWith(name))?.slice(0, -name.length) ?? "")
    )
  })
