/**
 * Lets a bounded number do something at once; the rest wait, first come, first served within a group, and groups one
 * after the other: a service whose targets all hang must not keep those of others from being asked.
 */
export interface Turns {
  /** Calls `begin` as soon as there is room, maybe at once. Whoever began says `leave`, exactly once. */
  ask(begin: () => void, group: string): void
  /** Waits no longer. */
  forget(begin: () => void, group: string): void
  leave(group: string): void
  /** Nobody begins during `work`, in which many may leave or forget. */
  hold(work: () => void): void
}

/** `most` at once, of them `mostOfGroup` of one group. */
export const createTurns = (most: number, mostOfGroup = most): Turns => {
  const waiting = new Map<string, Set<() => void>>()
  const busyOf = new Map<string, number>()
  let busy = 0
  let held = false

  /** The group whose turn it is, unless all that wait have as many under way as they may. */
  const nextGroup = (): string | undefined => {
    for (const group of waiting.keys()) if ((busyOf.get(group) ?? 0) < mostOfGroup) return group
    return undefined
  }
  const drop = (begin: () => void, group: string): void => {
    const those = waiting.get(group)
    if (those?.delete(begin) && those.size === 0) waiting.delete(group)
  }
  const count = (group: string, more: number): void => {
    busy += more
    const now = (busyOf.get(group) ?? 0) + more
    if (now > 0) busyOf.set(group, now)
    else busyOf.delete(group)
  }
  const next = (): void => {
    while (!held && busy < most) {
      const group = nextGroup()
      const those = group === undefined ? undefined : waiting.get(group)
      if (group === undefined || those === undefined) return
      const [begin] = those
      // Behind all others.
      waiting.delete(group)
      waiting.set(group, those)
      drop(begin!, group)
      count(group, 1)
      begin!()
    }
  }
  return {
    ask(begin, group) {
      const those = waiting.get(group) ?? new Set()
      waiting.set(group, those.add(begin))
      next()
    },
    forget: drop,
    leave(group) {
      count(group, -1)
      next()
    },
    hold(work) {
      held = true
      try {
        work()
      } finally {
        held = false
        next()
      }
    },
  }
}
