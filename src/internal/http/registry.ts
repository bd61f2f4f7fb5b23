const Key = Symbol.for("effect-binance-user-data/listenKeyOwners")

/**
 * Returns the value that was first stored under an id. A function and not an object, so that the ids, which contain API
 * keys, cannot be rendered.
 */
type Registry = <A>(id: string, initial: A) => A

const make = (): Registry => {
  const known = new Map<string, unknown>()
  return <A>(id: string, initial: A) => {
    const value = known.get(id) ?? initial
    known.set(id, value)
    return value as A
  }
}

/** Adds a registry to a service. Copies of the service share it. */
export const withRegistry = <S extends object>(service: S): S => ({ ...service, [Key]: make() })

export const registryOf = (service: object): Registry => (service as { readonly [Key]?: Registry })[Key] ?? make()
