/**
 * Says which key of a map was set first; undefined when it is empty. Whoever gets one must delete it, maybe to set it
 * again. A new iterator each time would walk over all that was deleted and not yet swept: 15 µs with 10,000 keys.
 */
export const oldestFirst = <K>(map: ReadonlyMap<K, unknown>): (() => K | undefined) => {
  let keys = map.keys()
  return () => {
    let next = keys.next()
    if (next.done) {
      keys = map.keys()
      next = keys.next()
    }
    return next.done ? undefined : next.value
  }
}
