import { keyOf } from '../build-policies.ts'
import { type LimitDraft, limitsAt } from '../limit-list.ts'
import { onRoute, type PlacedRoute, placeOf } from '../placed-route.ts'
import type { Path } from '../problem.ts'
import { type Report, valueAt } from '../source.ts'
import type { LimitKeySpec } from '../spec-policies.ts'
import { didYouMean } from '../suggest.ts'
import { type ConfigDraft, exactlyOne, written } from './draft.ts'
import { checkLimitNumbers } from './limit-numbers.ts'
import { checkParam } from './params.ts'
import { openHint, type Proof } from './proof.ts'
import { livesInRedis } from './state.ts'

const RATE_ONLY = ['algorithm', 'burst', 'cost', 'headers', 'onStoreFailure']

/** What spans several keys of the limits of one route. */
export const checkLimits = (
  report: Report,
  placed: PlacedRoute,
  proof: Proof | undefined,
  draft: ConfigDraft,
): void => {
  const names = new Set<string>()
  for (const { path: at, limit } of limitsAt(placeOf(placed, 'rateLimit'), placed.route.rateLimit)) {
    exactlyOne(report, at, ['limit', 'concurrent'], '"limit" or "concurrent"')
    const concurrent = written(report, at, ['concurrent']).length > 0
    for (const key of concurrent ? written(report, at, RATE_ONLY) : []) {
      report.add([...at, key], 'needs "limit"', { hint: 'a "concurrent" limit has no such thing', on: 'key' })
    }
    checkLimitNumbers(report, at, limit, concurrent)
    checkKeys(report, at, limit, placed, proof)
    checkTiers(report, [...at, 'tiers'], limit, placed, proof, draft)
    if (limit.name === undefined) continue
    if (names.has(limit.name)) report.add([...at, 'name'], 'another limit of this route has the same name')
    names.add(limit.name)
  }
}

const checkKeys = (
  report: Report,
  path: Path,
  { by }: LimitDraft,
  placed: PlacedRoute,
  proof: Proof | undefined,
): void => {
  const list = Array.isArray(by)
  const seen = new Set<string>()
  for (const [i, text] of (list ? by : [by]).entries()) {
    if (text === undefined) continue
    const at = [...path, 'by', ...(list ? [i] : [])]
    if (seen.has(text)) report.add(at, `names ${report.show(at, text)} twice`)
    seen.add(text)
    const key = keyOf(text)
    const here = onRoute(placed, 'rateLimit', at)
    if (key.kind === 'param') checkParam(report, here, key.name, placed)
    else if (proof !== undefined) checkProved(report, here, key.kind, proof)
  }
}

const checkProved = (report: Report, path: Path, kind: LimitKeySpec['kind'], proof: Proof): void => {
  if (kind !== 'consumer' && kind !== 'key' && kind !== 'claim') return
  if (proof.open) {
    report.add(path, `nobody proves who they are on this route, so there is no ${kind}`, {
      hint: `use "ip", or ${openHint(report)}`,
    })
  } else if (kind === 'key' && !proof.apiKey) {
    report.add(path, 'no API key is asked for on this route', { hint: 'use "consumer", or accept a way with "apiKey"' })
  } else if (kind === 'claim' && !proof.claims) {
    report.add(path, 'no token is asked for on this route, so there are no claims', {
      hint: 'use "consumer", or accept a way with "jwt"',
    })
  }
}

const checkTiers = (
  report: Report,
  at: Path,
  { tiers }: LimitDraft,
  placed: PlacedRoute,
  proof: Proof | undefined,
  draft: ConfigDraft,
): void => {
  if (tiers === undefined) return
  if (proof !== undefined && !proof.consumer) {
    report.add(onRoute(placed, 'rateLimit', at), 'no consumer is known on this route, so nobody has a tier', {
      hint: proof.open ? openHint(report) : 'accept a way with "apiKey", or set "consumerClaim" of the "jwt"',
      on: 'key',
    })
    return
  }
  if (livesInRedis(draft)) return
  const known = tiersIn(report)
  for (const tier of Object.keys(tiers)) {
    if (known.includes(tier)) continue
    const hint = didYouMean(tier, known) ?? 'set "tier" of those it is for'
    report.add([...at, tier], `no consumer is of tier ${report.show([...at, tier], tier)}`, {
      severity: 'warning',
      hint,
      on: 'key',
    })
  }
}

const tiersIn = (report: Report): string[] =>
  Object.keys(valueAt(report.source.document, ['consumers']) ?? {}).flatMap(name => {
    const tier = valueAt(report.source.document, ['consumers', name, 'tier'])
    return typeof tier === 'string' ? [tier] : []
  })
