import type { TestContext } from 'node:test'

class Stopped extends Error {}

/** Interrupts a thread between two of its accesses to shared memory: at each one in turn, not by chance. */
export interface Interleaving {
  /** Runs `thread`, and before its `step`-th atomic operation (from 0) all of `intruder`. False: it has fewer steps. */
  run(thread: () => void, step: number, intruder: () => void): boolean
  /** Runs `thread` up to its `step`-th atomic operation. False: it came to its end. */
  stop(thread: () => void, step: number): boolean
}

/** Replaces `Atomics` for the time of the test. Intruders may be interrupted in turn. */
export const interleaving = (t: TestContext): Interleaving => {
  let before = (): void => {}
  for (const name of ['load', 'store', 'add', 'sub', 'compareExchange'] as const) {
    // Not `t.mock`, which would remember millions of calls.
    const original = Atomics[name]
    Reflect.set(Atomics, name, (...given: unknown[]) => {
      before()
      return Reflect.apply(original, Atomics, given)
    })
    t.after(() => Reflect.set(Atomics, name, original))
  }
  const during = (hook: () => void, work: () => void): void => {
    const outer = before
    before = hook
    try {
      work()
    } finally {
      before = outer
    }
  }
  const run = (thread: () => void, step: number, intruder: () => void): boolean => {
    let left = step
    during(() => {
      if (left-- === 0) during(() => {}, intruder)
    }, thread)
    return left < 0
  }
  return {
    run,
    stop(thread, step) {
      try {
        run(thread, step, () => {
          throw new Stopped()
        })
        return false
      } catch (error) {
        if (error instanceof Stopped) return true
        throw error
      }
    },
  }
}
