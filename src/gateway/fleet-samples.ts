import type { Labels } from '../core/ports.ts'
import { METRICS, type MetricName } from '../telemetry/catalogue.ts'
import type { Sample } from '../telemetry/sample.ts'
import { type BreakerReading, readBreaker } from '../upstream/breaker/operate.ts'
import { OWN } from '../upstream/cells.ts'
import type { FleetService } from '../upstream/fleet/kept-service.ts'
import { readTarget } from '../upstream/outliers/read-target.ts'

/** What the cells of one service say, as metrics. `now`: a moment of upstream/cells.ts. */
export const fleetSamples = ({ spec, cells, roster }: FleetService, now: number): Sample[] => {
  const { name: service, health, outliers, breaker, targetBreaker, connections } = spec
  const bounded = connections.max > 0 || connections.maxTotal > 0 || connections.open > 0
  const samples = [
    ...(bounded ? [sample('sallyport_upstream_queued', cells.serviceSum(OWN.queued), { service })] : []),
    ...(breaker === undefined ? [] : [breakerSample(service, '', readBreaker(breaker, cells.breaker, now))]),
  ]
  for (const { endpoint, slot } of roster.targets) {
    const labels = { service, target: endpoint.url }
    const reading = readTarget(cells, slot, now)
    if (health !== undefined) samples.push(sample('sallyport_target_healthy', reading.healthy ? 1 : 0, labels))
    if (outliers !== undefined) {
      samples.push(sample('sallyport_target_ejected', reading.ejected ? 1 : 0, labels))
      samples.push(sample('sallyport_ejections_total', reading.ejections, labels))
    }
    if (targetBreaker === undefined) continue
    samples.push(breakerSample(service, endpoint.url, readBreaker(targetBreaker, cells.targetBreaker(slot), now)))
  }
  return samples
}

const STATES = { closed: 0, 'half-open': 1, open: 2 } as const

/** What it does counts: a forced one is as it was forced to be. */
const breakerSample = (service: string, target: string, { state, forced }: BreakerReading): Sample =>
  sample('sallyport_breaker_state', STATES[forced ?? state], { service, target })

const sample = (name: MetricName, value: number, labels: Labels): Sample => {
  const { kind } = METRICS[name]
  if (kind === 'histogram') throw new Error(`${name} is a histogram`)
  return { kind, name, labels, value }
}
