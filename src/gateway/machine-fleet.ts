import type { ServicesAdmin } from '../admin/services.ts'
import { targetsFile } from '../config/targets-file.ts'
import type { Roster } from '../core/fleet.ts'
import type { Clock, Log, Timers } from '../core/ports.ts'
import type { ServiceSpec } from '../spec/spec.ts'
import type { MetricRegistry } from '../telemetry/registry.ts'
import type { Sample } from '../telemetry/sample.ts'
import { moment } from '../upstream/cells.ts'
import { discover } from '../upstream/discovery/discover.ts'
import { createFleetKeeper, type PreparedFleet } from '../upstream/fleet/fleet-keeper.ts'
import { createProber } from '../upstream/health/prober.ts'
import { fleetSamples } from './fleet-samples.ts'
import { followOutliers } from './follow-outliers.ts'
import { servicesAdmin } from './services-admin.ts'

/** What the main thread does about all targets: finds them, probes them, judges them, shows them. */
export interface MachineFleet {
  /** Lists for these services. Exactly one of what it resolves to, `commit` and `abort`, is to be called. */
  prepare(services: readonly ServiceSpec[]): Promise<PreparedFleet>
  /** With the latest targets: for a worker that starts anew. */
  rosters(): readonly Roster[]
  readonly admin: ServicesAdmin
  samples(): readonly Sample[]
  clearWorker(worker: number): void
  close(): void
}

export interface MachineFleetOptions {
  readonly workers: number
  readonly clock: Clock
  readonly timers: Timers
  /** The clock of all threads, see store/shared-time.ts. */
  sharedNow(): number
  readonly log: Log
  readonly metrics: MetricRegistry
  /** A service that is served has other targets now. */
  readonly onRoster: (service: ServiceSpec, roster: Roster) => void
}

export const createMachineFleet = ({
  workers,
  clock,
  timers,
  sharedNow,
  log,
  metrics,
  onRoster,
}: MachineFleetOptions): MachineFleet => {
  const now = (): number => moment(sharedNow())
  const random = Math.random
  const world = { after: timers.after, random, log, files: targetsFile() }

  const keeper = createFleetKeeper({
    workers,
    sharedNow,
    discover: (spec, onTargets) => discover(spec, world, onTargets),
    onRoster: roster => {
      const service = keeper.current().find(({ spec }) => spec.name === roster.service)
      if (service !== undefined) onRoster(service.spec, roster)
      follow()
    },
  })
  const prober = createProber({
    clock,
    now,
    timers,
    random,
    log,
    onProbe: (service, target, ok) => {
      const labels = { service, target, result: ok ? 'ok' : 'failed' }
      metrics.meter.counter('sallyport_health_probes_total', labels).add(1)
    },
  })
  const outliers = followOutliers(timers, now, log)

  /** Those who look at targets look at those there are now. */
  const follow = (): void => {
    const services = keeper.current()
    prober.apply(
      services.flatMap(({ spec: { name, health }, cells, roster: { targets } }) =>
        health === undefined ? [] : [{ name, health, cells, targets }],
      ),
    )
    outliers.apply(services)
  }

  return {
    prepare: async services => {
      const prepared = await keeper.prepare(services)
      return {
        rosters: prepared.rosters,
        abort: prepared.abort,
        commit: () => {
          prepared.commit()
          follow()
        },
      }
    },
    rosters: () => keeper.current().map(({ roster }) => roster),
    admin: servicesAdmin({ keeper, prober, metrics, log, now }),
    samples: () => keeper.current().flatMap(service => fleetSamples(service, now())),
    clearWorker: keeper.clearWorker,
    close: () => {
      prober.close()
      outliers.close()
      keeper.close()
    },
  }
}
