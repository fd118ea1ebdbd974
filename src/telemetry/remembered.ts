/**
 * `make` that remembers what it made: of values that come from the configuration or are few by themselves. Not of what clients
 * send, which would fill it and keep whole request heads alive. Most often the value is that of the last time.
 */
export const remembered = <V>(make: (key: string) => V): ((key: string) => V) => {
  const known = new Map<string, V>()
  let last = ''
  let made = make(last)
  return key => {
    if (key === last) return made
    let found = known.get(key)
    if (found === undefined) {
      if (known.size >= REMEMBERED) known.clear()
      found = make(key)
      known.set(key, found)
    }
    last = key
    made = found
    return found
  }
}

/** More than any configuration has in use at once; reloads may bring new ones. */
const REMEMBERED = 20_000

/** The same for a number that changes now and then and does not come back, such as the time. */
export const lastOf = <V>(make: (key: number) => V): ((key: number) => V) => {
  let last = 0
  let made = make(last)
  return key => {
    if (key !== last) {
      last = key
      made = make(key)
    }
    return made
  }
}

/** The same for statuses of answers. */
export const byStatus = <V>(make: (status: number) => V): ((status: number) => V) => {
  const known: V[] = []
  return status => {
    const found = known[status]
    if (found !== undefined) return found
    const made = make(status)
    if (Number.isInteger(status) && status >= 100 && status < 1000) known[status] = made
    return made
  }
}
