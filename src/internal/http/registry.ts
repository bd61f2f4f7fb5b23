const Key = Symbol.for("effect-binance-user-data/listenKeyOwners")

/** Remembers a value by id, the first one given. A function, so that the ids, which hold API keys, cannot be shown. */
type Registry = <A>(id: string, made: A) => A

const make = (): Registry => {
  const known = new Map<string, unknown>()
  return <A>(id: string, made: A) => {
    const value = known.get(id) ?? made
    known.set(id, value)
    return value as A
  }
}

/** Makes a service know the owners of all listen keys that are used over it. A copy of the service knows the same. */
export const withRegistry = <S extends object>(service: S): S => ({ ...service, [Key]: make() })

export const registryOf = (service: object): Registry => (service as { readonly [Key]?: Registry })[Key] ?? make()
