import type { LimitRule } from '../../core/limits.ts'

export const limitRule = (
  algorithm: LimitRule['algorithm'],
  count: number,
  perMs: number,
  burst: number = count,
): LimitRule => ({
  id: `${algorithm} ${count}/${perMs} ${burst}`,
  algorithm,
  count,
  perMs,
  burst,
  onStoreFailure: 'local',
})

export const ALGORITHMS = ['gcra', 'fixed-window', 'sliding-window'] as const
