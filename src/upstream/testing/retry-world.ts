import { type FakeClock, fakeClock, fakeTimers } from '../../base/testing.ts'
import type { RetrySpec } from '../../spec/spec-resilience.ts'
import type { RetryBudget, RetryWorld } from '../retry/retry-plan.ts'

export const retrySpec = (given: Partial<RetrySpec> = {}): RetrySpec => ({
  attempts: 3,
  on: ['connect', 'reset', 'timeout', 502, 503],
  perTryMs: 0,
  backoffMs: { least: 20, most: 200 },
  budget: 0,
  minRetries: 0,
  maxBodyBytes: 100,
  anyMethod: false,
  maxRetryAfterMs: 5000,
  ...given,
})

export interface FakeRetryWorld extends RetryWorld {
  readonly clock: FakeClock
  /** What was counted. */
  readonly log: string[]
  /** How many timers run. */
  readonly timers: number
  /** Lets time pass, millisecond by millisecond. */
  pass(ms: number): void
}

export const fakeRetryWorld = (given: Partial<Omit<RetryWorld, 'clock'>> = {}): FakeRetryWorld => {
  const clock = fakeClock()
  const timers = fakeTimers(clock)
  const log: string[] = []
  return {
    clock,
    log,
    get timers() {
      return timers.pending
    },
    sharedNow: clock.now,
    random: () => 0.5,
    budget: null,
    hasOther: () => true,
    onRetry: reason => void log.push(reason),
    onBudgetExhausted: () => void log.push('exhausted'),
    after: timers.after,
    pass(ms) {
      for (let passed = 0; passed < ms; passed++) {
        clock.advance(1)
        timers.fire()
      }
    },
    ...given,
  }
}

/** Allows so many retries; writes down what it is asked. */
export const fakeBudget = (retries: number): RetryBudget & { readonly log: string[]; left: number } => {
  const log: string[] = []
  return {
    log,
    left: retries,
    request: () => void log.push('request'),
    tryRetry() {
      log.push('ask')
      if (this.left === 0) return false
      this.left--
      return true
    },
    giveBack() {
      log.push('back')
      this.left++
    },
  }
}
