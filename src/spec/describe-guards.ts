import type { BreakerSpec, HealthSpec, OutliersSpec } from './spec-resilience.ts'
import { listWords } from './suggest.ts'
import { showDuration, showPercent } from './units.ts'

/** What takes a target or a service out, and brings it back, in words. */

export const describeHealth = (health: HealthSpec): string => {
  const port = health.port === 0 ? '' : ` on port ${health.port}`
  const every = `every ${showDuration(health.intervalMs)}, within ${showDuration(health.timeoutMs)}`
  return `health: ${describeProbe(health.probe)}${port} ${every}; out after ${health.unhealthyAfter} bad, back after ${health.healthyAfter} good`
}

const describeProbe = (probe: HealthSpec['probe']): string => {
  if (probe.kind === 'tcp') return 'a connection'
  if (probe.kind === 'grpc') return `gRPC health${probe.service === '' ? '' : ` of ${probe.service}`}`
  const statuses = probe.statuses.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ')
  const usual = statuses === '200-299' ? '' : ` for ${statuses}`
  // What follows may be a key, from the environment even.
  const path = probe.path.replace(/\?.*/, '?…')
  return `${probe.method} ${path}${usual}${probe.body === '' ? '' : ' with the right body'}`
}

export const describeOutliers = (outliers: OutliersSpec): string => {
  const { consecutiveErrors, consecutiveLocalErrors, failureRate, deviation, minRequests } = outliers
  const reasons = [
    ...(consecutiveErrors === 0 ? [] : [`${consecutiveErrors} failures in a row`]),
    ...(consecutiveLocalErrors === 0 ? [] : [`${consecutiveLocalErrors} without an answer in a row`]),
    ...(failureRate === 0 ? [] : [`${showPercent(failureRate)} failures`]),
    ...(deviation === 0 ? [] : [`success ${deviation} deviations below the mean`]),
  ]
  const rates =
    failureRate === 0 && deviation === 0 ? '' : ` of at least ${minRequests} in ${showDuration(outliers.intervalMs)}`
  const time = `for ${showDuration(outliers.ejectMs)}, growing to ${showDuration(outliers.maxEjectMs)}`
  const most = `at most ${showPercent(outliers.maxEjected)} at once`
  return `outliers: out after ${listWords(reasons, 'or')}${rates}, ${time}; ${most}${outliers.dryRun ? ' (dry run)' : ''}`
}

export const describeBreaker = (breaker: BreakerSpec): string => {
  const { failureRate, slowRate, slowMs, consecutiveFailures, minRequests, windowMs, openMs, rampMs } = breaker
  const shares = [
    ...(failureRate === 0 ? [] : [`${showPercent(failureRate)} failures`]),
    ...(slowRate === 0 ? [] : [`${showPercent(slowRate)} slower than ${showDuration(slowMs)}`]),
  ]
  const reasons = [
    ...(shares.length === 0
      ? []
      : [`${listWords(shares, 'or')} of at least ${minRequests} in ${showDuration(windowMs)}`]),
    ...(consecutiveFailures === 0 ? [] : [`${consecutiveFailures} failures in a row`]),
  ]
  const trial = `for ${showDuration(openMs)}, then ${breaker.halfOpenRequests} on trial`
  return `opens at ${listWords(reasons, 'or')}, ${trial}${rampMs === 0 ? '' : `, then more and more over ${showDuration(rampMs)}`}`
}
