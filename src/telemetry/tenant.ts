import type { Labels } from '../core/ports.ts'
import type { SeriesKey } from './series-key.ts'

/** What has series for a time: a target. Undefined: the series belong to no target. */
export const tenantOf = ({ service, target }: Labels): string | undefined =>
  service === undefined || target === undefined || target === '' ? undefined : tenantKey(service, target)

export const tenantKey = (service: string, target: string): string => JSON.stringify([service, target])

/** A gauge that nobody is shown: how many objects of a worker write to the series of a target. */
export const holdersOf = (service: string, target: string): SeriesKey => ({
  name: 'holders',
  kind: 'gauge',
  labels: { service, target },
})
