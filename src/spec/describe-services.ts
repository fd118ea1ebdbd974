import { describeBreaker, describeHealth, describeOutliers } from './describe-guards.ts'
import type { EndpointSpec, ServiceSpec } from './spec.ts'
import type {
  AffinitySpec,
  BalanceSpec,
  DiscoverSpec,
  FallbackOn,
  FallbackSpec,
  RetryOn,
  RetrySpec,
} from './spec-resilience.ts'
import { listWords } from './suggest.ts'
import { showDuration, showPercent } from './units.ts'

/** How services survive, in words. */

/** A line for each thing that a service does beyond forwarding to its one target. */
export const describeService = (service: ServiceSpec): string[] => [
  ...balanceLines(service),
  ...(service.health === undefined ? [] : [describeHealth(service.health)]),
  ...(service.outliers === undefined ? [] : [describeOutliers(service.outliers)]),
  ...(service.breaker === undefined ? [] : [`breaker: ${describeBreaker(service.breaker)}`]),
  ...(service.targetBreaker === undefined ? [] : [`breaker of each target: ${describeBreaker(service.targetBreaker)}`]),
  ...(service.retry === undefined ? [] : [describeRetry(service.retry)]),
  ...(service.fallback === undefined ? [] : [describeFallback(service.fallback)]),
  ...boundLines(service),
  ...(service.deadlineHeader === '' ? [] : [`time left is told in ${service.deadlineHeader}`]),
]

const balanceLines = ({ endpoints, discover, balance, slowStartMs, panic }: ServiceSpec): string[] => [
  ...(discover === undefined && endpoints.length === 1 && balance.kind === 'round-robin'
    ? []
    : [
        `${describeBalance(balance)} over ${discover === undefined ? countTargets(endpoints) : describeDiscover(discover)}`,
      ]),
  ...(slowStartMs === 0 ? [] : [`a target that is new or back starts slowly, over ${showDuration(slowStartMs)}`]),
  ...(panic === 0 ? [] : [`all targets are asked when fewer than ${showPercent(panic)} are well`]),
]

/** `3 targets, 1 of them only when no other is well`. */
const countTargets = (endpoints: readonly EndpointSpec[]): string => {
  const first = endpoints.reduce((least, { priority }) => Math.min(least, priority), Number.POSITIVE_INFINITY)
  const later = endpoints.filter(({ priority }) => priority > first).length
  const targets = endpoints.length === 1 ? 'one target' : `${endpoints.length} targets`
  return later === 0 ? targets : `${targets}, ${later} of them only when no other is well`
}

/** Where targets come from: `the addresses of users.internal:8080`. */
export const describeDiscover = (discover: DiscoverSpec): string => {
  if (discover.kind === 'file') return `the targets in ${discover.path}`
  return `the ${discover.kind === 'dns' ? 'addresses' : 'SRV records'} of ${discover.authority}`
}

const describeBalance = (balance: BalanceSpec): string => {
  if (balance.kind === 'sticky') {
    const lasting = balance.maxAgeMs === 0 ? '' : `, for ${showDuration(balance.maxAgeMs)},`
    return `sticky by cookie ${balance.cookie}${lasting}`
  }
  if (balance.kind !== 'hash') return balance.kind
  const bound = balance.boundedLoad === 0 ? '' : `, at most ${showPercent(balance.boundedLoad)} of the mean at one,`
  return `hash of ${describeAffinity(balance.by)} (${balance.algorithm})${bound}`
}

/** `header x-user`, `client address`. */
export const describeAffinity = (by: AffinitySpec): string => {
  if ('name' in by) return by.kind === 'param' ? `{${by.name}}` : `${by.kind} ${by.name}`
  return by.kind === 'ip' ? 'client address' : 'consumer'
}

/** `retries: 2 tries on connect, reset or 503, within a budget of 20%`. */
export const describeRetry = ({ attempts, on, perTryMs, budget, anyMethod }: RetrySpec): string =>
  [
    `retries: ${attempts} tries on ${listWords(on.map(showRetryOn), 'or')}`,
    ...(perTryMs === 0 ? [] : [`each within ${showDuration(perTryMs)}`]),
    ...(budget === 0 ? [] : [`within a budget of ${showPercent(budget)}`]),
    ...(anyMethod ? ['of any method'] : []),
  ].join(', ')

const showRetryOn = (on: RetryOn): string => String(on)

const describeFallback = ({ on, answer }: FallbackSpec): string => {
  const what = answer.kind === 'service' ? `service ${answer.service}` : `an answer with status ${answer.status}`
  return `fallback: ${what} when ${listWords(
    on.map(reason => REASONS[reason]),
    'or',
  )}`
}

const REASONS: Readonly<Record<FallbackOn, string>> = {
  open: 'the breaker is open',
  unhealthy: 'no target is well',
  overloaded: 'the queue is full',
  connect: 'no connection brings an answer',
  timeout: 'it is too slow',
  '5xx': 'it answers 5xx',
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`

const boundLines = ({ connections: { max, maxTotal, open, queue, waitMs } }: ServiceSpec): string[] => {
  const bounds = [
    ...(max === 0 ? [] : [`${count(max, 'request')} at a target`]),
    ...(maxTotal === 0 ? [] : [`${maxTotal} in all`]),
    ...(open === 0 ? [] : [`${count(open, 'connection')} to a target`]),
  ]
  const waiting = queue === 0 ? 'none waits' : `${queue} wait up to ${showDuration(waitMs)}`
  return bounds.length === 0 ? [] : [`at most ${listWords(bounds, 'and')}; ${waiting}`]
}
