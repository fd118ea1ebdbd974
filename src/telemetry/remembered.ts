/**
 * `make` that remembers what it made: of values that come from the configuration or are few by themselves. Not of what clients
 * send, which would fill it and keep whole request heads alive.
 */
export const remembered = <K extends string | number>(make: (key: K) => string): ((key: K) => string) => {
  const known = new Map<K, string>()
  return key => {
    let text = known.get(key)
    if (text === undefined) {
      if (known.size >= REMEMBERED) known.clear()
      text = make(key)
      known.set(key, text)
    }
    return text
  }
}

/** More than any configuration has in use at once; reloads may bring new ones. */
const REMEMBERED = 20_000

/** The same for a value that changes now and then and does not come back, such as the time. */
export const lastOf = (make: (key: number) => string): ((key: number) => string) => {
  let last = Number.NaN
  let text = ''
  return key => {
    if (key !== last) {
      last = key
      text = make(key)
    }
    return text
  }
}
