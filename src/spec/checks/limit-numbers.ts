import { type LimitDraft, rateOf, tierRate } from '../limit-list.ts'
import type { Path } from '../problem.ts'
import { type Report, valueAt } from '../source.ts'
import type { RateSpec } from '../spec-policies.ts'
import { MAX_DURATION_MS, showDuration } from '../units.ts'
import { written } from './draft.ts'

/** Counters hold 32 bits; a sliding window keeps two of them in one word. */
const MOST = 1_000_000_000
const MOST_SLIDING = 4_000_000

type Algorithm = NonNullable<LimitDraft['algorithm']>

/** A limit that could never be kept, or never lets anything pass, is refused with the reason. */
export const checkLimitNumbers = (report: Report, path: Path, limit: LimitDraft, concurrent: boolean): void => {
  for (const tier of Object.keys(limit.tiers ?? {})) checkTierKind(report, [...path, 'tiers', tier], concurrent)
  if (concurrent) return
  const { algorithm = 'gcra' } = limit
  if (algorithm !== 'gcra') {
    for (const at of burstsIn(report, path, limit)) {
      report.add(at, `${algorithm} has no burst`, { hint: 'use gcra, or leave it out', on: 'key' })
    }
  }
  const cost = fixedCost(limit)
  for (const [at, rate] of ratesIn(path, limit)) {
    const mistake = mistakeIn(rate, algorithm, cost)
    if (mistake !== undefined) report.add(at, mistake)
  }
}

const checkTierKind = (report: Report, path: Path, concurrent: boolean): void => {
  const isNumber = typeof valueAt(report.source.document, path) === 'number'
  if (isNumber === concurrent || report.has(path)) return
  report.add(
    path,
    concurrent
      ? 'expected a number, as "concurrent" has it'
      : 'expected a rate such as 1000/1m, or { limit, burst }, as "limit" has it',
  )
}

const burstsIn = (report: Report, path: Path, { tiers }: LimitDraft): Path[] => {
  const tierPaths = Object.keys(tiers ?? {}).map(tier => [...path, 'tiers', tier])
  return [path, ...tierPaths].filter(at => written(report, at, ['burst']).length > 0).map(at => [...at, 'burst'])
}

const ratesIn = (path: Path, { limit, burst, tiers }: LimitDraft): [Path, RateSpec][] => {
  const own = rateOf(limit, burst)
  const inTiers = Object.entries(tiers ?? {}).flatMap(([tier, value]): [Path, RateSpec][] => {
    const rate = value === undefined ? undefined : tierRate(value)
    return rate === undefined ? [] : [[[...path, 'tiers', tier], rate]]
  })
  return own === undefined ? inTiers : [[[...path, 'limit'], own], ...inTiers]
}

const fixedCost = ({ cost }: LimitDraft): number => (typeof cost === 'number' ? cost : (cost?.default ?? 1))

const mistakeIn = ({ count, perMs, burst }: RateSpec, algorithm: Algorithm, cost: number): string | undefined => {
  if (count > MOST) return `is more than can be counted: at most ${MOST}`
  if (algorithm === 'sliding-window' && count > MOST_SLIDING) {
    return `is more than a sliding window can count: at most ${MOST_SLIDING}; gcra and fixed-window count further`
  }
  const most = algorithm === 'gcra' ? burst : count
  if (cost > most) return `lets nothing pass: a request costs ${cost}, and there are never more than ${most} at once`
  const refillMs = (burst * perMs) / count
  if (algorithm === 'gcra' && refillMs > MAX_DURATION_MS) {
    return `takes ${showDuration(Math.round(refillMs / 3_600_000) * 3_600_000)} until a burst of ${burst} is there again; at most 24 days (576h) are possible`
  }
  return undefined
}
