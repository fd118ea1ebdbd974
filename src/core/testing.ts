import type { LimitStore } from './limits.ts'
import type { Provisions } from './serving.ts'

const unlimited: LimitStore = {
  take: asks => ({
    allowed: true,
    verdicts: asks.map(() => ({ allowed: true, remaining: 1, resetMs: 0, retryMs: 0 })),
  }),
  charge() {},
}

/** Of a gateway that counts nothing and knows nobody. */
export const noProvisions = (given: Partial<Provisions> = {}): Provisions => ({
  meter: {
    counter: () => ({ add() {} }),
    gauge: () => ({ add() {}, total: () => 0 }),
    histogram: () => ({ observe() {} }),
  },
  fleet: null,
  limits: unlimited,
  concurrency: { enter: () => 0, leave() {} },
  keySets: { watch: () => () => {}, refresh: async () => {} },
  revocations: { version: () => 0, isRevoked: () => false },
  directory: null,
  typed: () => {
    throw new Error('no code was loaded')
  },
  ...given,
})
