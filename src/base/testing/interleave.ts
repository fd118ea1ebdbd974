import type { TestContext } from 'node:test'

/** Thrown where a thread is stopped for good. */
class Stopped extends Error {}

export interface Interleaving {
  /** Runs `thread`, and before its `step`-th atomic operation (from 0) all of `intruder`. False: it has fewer steps. */
  run(thread: () => void, step: number, intruder: () => void): boolean
  /** Runs `thread` up to its `step`-th atomic operation. False: it came to its end. */
  stop(thread: () => void, step: number): boolean
}

/**
 * Every way in which a thread can be interrupted between two of its accesses to shared memory, one after the other and
 * not by chance: `Atomics` is replaced for the time of the test. Intruders may be interrupted in turn. `after` is called
 * after each operation, of whichever thread.
 */
export const interleaving = (t: TestContext, after: () => void = () => {}): Interleaving => {
  let before = (): void => {}
  for (const name of ['load', 'store', 'add', 'sub', 'compareExchange', 'exchange'] as const) {
    // Not `t.mock`, which would remember millions of calls.
    const original = Atomics[name]
    Reflect.set(Atomics, name, (...given: unknown[]) => {
      before()
      const result = Reflect.apply(original, Atomics, given)
      after()
      return result
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
