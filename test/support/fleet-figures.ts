import type { Asked } from './fleet-load.ts'

/** Sent from `from` on and before `to`, ms of `performance.now()`. */
export const sentWithin = (asked: readonly Asked[], from: number, to = Number.POSITIVE_INFINITY): readonly Asked[] =>
  asked.filter(({ at }) => at >= from && at < to)

export const failed = (asked: readonly Asked[]): readonly Asked[] => asked.filter(({ status }) => status !== 200)

/** Share of those that were not answered with 200. */
export const failedShare = (asked: readonly Asked[]): number => failed(asked).length / asked.length

/** The time that this share of the requests took at most, ms. */
export const quantileMs = (asked: readonly Asked[], share: number): number => {
  const times = asked.map(({ at, endedAt }) => endedAt - at).sort((a, b) => a - b)
  return times[Math.max(0, Math.ceil(times.length * share) - 1)] ?? Number.NaN
}

/** How many of each, the most frequent first: `200 × 12, 503 CIRCUIT_OPEN × 3`. */
export const tally = (asked: readonly Asked[]): string => {
  const counts = new Map<string, number>()
  for (const { status, by } of asked) {
    const kind = status === 200 ? '200' : `${status} ${by}`
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([kind, count]) => `${kind} × ${count}`)
    .join(', ')
}

/** For people: `12 ms`, `30 %`. */
export const ms = (value: number): string => `${Math.round(value)} ms`
export const percent = (share: number): string => `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`
