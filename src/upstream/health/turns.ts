/** Lets a bounded number do something at once; the rest wait, first come, first served. */
export interface Turns {
  /** Calls `begin` as soon as there is room, maybe at once. Whoever began says `leave`, exactly once. */
  ask(begin: () => void): void
  /** Waits no longer. */
  forget(begin: () => void): void
  leave(): void
  /** Nobody begins during `work`, in which many may leave or forget. */
  hold(work: () => void): void
}

export const createTurns = (most: number): Turns => {
  const waiting = new Set<() => void>()
  let busy = 0
  let held = false
  const next = (): void => {
    for (const begin of waiting) {
      if (held || busy >= most) return
      waiting.delete(begin)
      busy++
      begin()
    }
  }
  return {
    ask(begin) {
      waiting.add(begin)
      next()
    },
    forget: begin => void waiting.delete(begin),
    leave() {
      busy--
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
