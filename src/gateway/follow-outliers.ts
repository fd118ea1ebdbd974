import type { Log } from '../core/ports.ts'
import type { FleetService } from '../upstream/fleet/kept-service.ts'
import { readmitAll, reclaimPlaces } from '../upstream/outliers/eject.ts'
import { lookOver } from '../upstream/outliers/look-over.ts'
import type { Cancel, Timers } from '../workers/timers.ts'

/** Judges the targets of all services that want it, each service in its own interval. */
export interface OutlierFollower {
  apply(services: readonly FleetService[]): void
  close(): void
}

interface Followed {
  service: FleetService
  /** See reclaimPlaces. */
  unused: number
  readonly intervalMs: number
  readonly stop: Cancel
}

/** `now`: a moment of upstream/cells.ts. */
export const followOutliers = (timers: Timers, now: () => number, log: Log): OutlierFollower => {
  const followed = new Map<string, Followed>()

  const judge = ({ spec, cells, roster: { targets } }: FleetService): void => {
    if (spec.outliers === undefined) return
    const { dryRun } = spec.outliers
    const slots = targets.map(({ slot }) => slot)
    lookOver(spec.outliers, cells, slots, now(), (slot, reason) => {
      const url = targets.find(target => target.slot === slot)?.endpoint.url ?? ''
      log.warn(`target ${url} of service "${spec.name}" ${dryRun ? 'would be' : 'is'} ejected: ${reason}`)
    })
  }

  const follow = (service: FleetService, intervalMs: number): void => {
    const entry: Followed = {
      service,
      intervalMs,
      unused: 0,
      stop: timers.every(intervalMs, () => {
        entry.unused = reclaimPlaces(entry.service.cells, entry.unused)
        judge(entry.service)
        // Behind it, as it knows those of the list better.
        readmitAll(entry.service.cells, now())
      }),
    }
    followed.set(service.spec.name, entry)
  }

  return {
    apply(services) {
      const wanted = new Map(services.map(service => [service.spec.name, service]))
      for (const [name, { stop, intervalMs }] of followed) {
        if (wanted.get(name)?.spec.outliers?.intervalMs === intervalMs) continue
        stop()
        followed.delete(name)
      }
      for (const service of services) {
        const { outliers, name } = service.spec
        const known = followed.get(name)
        if (known !== undefined) known.service = service
        else if (outliers !== undefined) follow(service, outliers.intervalMs)
      }
    },
    close() {
      for (const { stop } of followed.values()) stop()
      followed.clear()
    },
  }
}
