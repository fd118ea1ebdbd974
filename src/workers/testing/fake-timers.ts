import type { Timers } from '../timers.ts'

/** Timers that fire when the test says how much time has passed. */
export interface FakeTimers extends Timers {
  /** Moves time on, in order of due times; what waits on promises gets its turn after each. */
  advance(ms: number): Promise<void>
}

export const fakeTimers = (): FakeTimers => {
  let now = 0
  const due = new Set<{ at: number; everyMs: number; run: () => void }>()
  const add = (ms: number, everyMs: number, run: () => void) => {
    const entry = { at: now + ms, everyMs, run }
    due.add(entry)
    return () => void due.delete(entry)
  }
  return {
    after: (ms, run) => add(ms, 0, run),
    every: (ms, run) => add(ms, ms, run),
    advance: async ms => {
      const end = now + ms
      for (;;) {
        await settle()
        const next = [...due].filter(entry => entry.at <= end).sort((a, b) => a.at - b.at)[0]
        if (next === undefined) break
        now = next.at
        if (next.everyMs > 0) next.at += next.everyMs
        else due.delete(next)
        next.run()
      }
      now = end
      await settle()
    },
  }
}

/** Lets every promise that can go on do so. */
export const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
