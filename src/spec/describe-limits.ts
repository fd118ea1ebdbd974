import type { ConcurrencyLimitSpec, CorsSpec, IpRulesSpec, LimitKeySpec, LimitSpec, RateSpec } from './spec-policies.ts'
import { listWords } from './suggest.ts'
import { showDuration } from './units.ts'

/** How often, from where and by which sites, in words. */

/** Short: `100/m by consumer`, `10 in flight by ip`. */
export const describeLimit = (limit: LimitSpec): string => {
  const size = limit.kind === 'rate' ? showRate(limit.rate) : `${limit.max} in flight`
  return `${size} by ${limit.by.map(showKey).join('+')}${limit.dryRun ? ' (dry run)' : ''}`
}

/** `20/s`, `100/5m`. */
const showRate = ({ count, perMs }: RateSpec): string => `${count}/${showDuration(perMs).replace(/^1(?=[smh]$)/, '')}`

const showKey = (key: LimitKeySpec): string => ('name' in key ? `${key.kind}:${key.name}` : key.kind)

/** Long, a line for each thing that is to be known. */
export const explainLimit = (limit: LimitSpec): string[] => [
  limit.kind === 'rate'
    ? `${limit.name}: ${perTime(limit.rate, limit.algorithm)} ${whose(limit.by)} (${limit.algorithm})`
    : `${limit.name}: ${showMax(limit.max)} ${whose(limit.by)}`,
  ...tierLines(limit),
  ...(limit.kind === 'rate' ? costLines(limit.cost) : []),
  ...(limit.dryRun ? ['  dry run: counted and reported, nothing is refused'] : []),
]

const perTime = ({ count, perMs, burst }: RateSpec, algorithm: string): string =>
  `${count} per ${UNITS.get(perMs) ?? showDuration(perMs)}${algorithm === 'gcra' && burst !== count ? ` and ${burst} at once` : ''}`

const UNITS = new Map([
  [1000, 'second'],
  [60_000, 'minute'],
  [3_600_000, 'hour'],
  [86_400_000, 'day'],
])

const showMax = (max: number): string => `${max} in flight`

const whose = (by: readonly LimitKeySpec[]): string => {
  if (by.length === 1 && by[0]?.kind === 'route') return 'for all requests together'
  return `for each ${listWords(by.map(nameKey), 'and')}`
}

const nameKey = (key: LimitKeySpec): string => {
  if ('name' in key) return key.kind === 'param' ? `{${key.name}}` : `${key.kind} ${key.name}`
  return { consumer: 'consumer', key: 'API key', ip: 'client address', route: 'route' }[key.kind]
}

const tierLines = (limit: LimitSpec): string[] =>
  limit.kind === 'rate'
    ? limit.tiers.map(({ tier, rate }) => `  tier ${tier}: ${perTime(rate, limit.algorithm)}`)
    : limit.tiers.map(({ tier, max }: ConcurrencyLimitSpec['tiers'][number]) => `  tier ${tier}: ${showMax(max)}`)

const costLines = ({ fixed, responseHeader }: { fixed: number; responseHeader: string }): string[] => {
  if (responseHeader !== '') return [`  a request costs ${fixed}, then what ${responseHeader} of the answer says`]
  return fixed === 1 ? [] : [`  a request costs ${fixed}`]
}

export const describeCors = (cors: CorsSpec | 'pass'): string[] =>
  cors === 'pass' ? ['preflights reach the service, without a credential'] : corsLines(cors)

const corsLines = ({ origins, methods, headers, expose, credentials, maxAgeMs }: CorsSpec): string[] => [
  `pages of ${origins.includes('*') ? 'any site' : listWords(origins, 'or')}${credentials ? ', with credentials' : ''}`,
  ...(methods.length > 0 ? [`methods ${methods.join(', ')}`] : []),
  ...(headers.length > 0 ? [`request headers ${headers.join(', ')}`] : []),
  ...(expose.length > 0 ? [`may read ${expose.join(', ')}`] : []),
  ...(maxAgeMs > 0 ? [`preflights are kept for ${showDuration(maxAgeMs)}`] : []),
]

export const describeIp = ({ allow, deny }: IpRulesSpec): string[] => [
  ...(deny.length > 0 ? [`not ${deny.join(', ')}`] : []),
  ...(allow.length > 0 ? [`only ${allow.join(', ')}`] : []),
]
