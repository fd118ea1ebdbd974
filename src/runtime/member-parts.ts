import type { RosterTarget } from '../core/fleet.ts'
import type { Meter } from '../core/ports.ts'
import type { ServiceSpec } from '../spec/spec.ts'
import type { BreakerSpec } from '../spec/spec-resilience.ts'
import { breakerMeter, panicMeter } from '../telemetry/resilience-meter.ts'
import { pickerFor } from '../upstream/balance/picker-for.ts'
import { createBreaker } from '../upstream/breaker/breaker.ts'
import type { BreakerState } from '../upstream/breaker/machine.ts'
import { type BreakerCells, type Cells, moment } from '../upstream/cells.ts'
import type { ChooserOptions } from '../upstream/chooser.ts'
import { Load } from '../upstream/load.ts'
import type { Member } from '../upstream/member.ts'
import { OpenCount } from '../upstream/open-count.ts'
import { outlierWatch } from '../upstream/outliers/outlier-watch.ts'
import type { TargetState } from '../upstream/target.ts'
import type { Breaker, Watch } from '../upstream/watch.ts'
import type { World } from './world.ts'

/** What a service's settings make of its targets. What is off is not there. */
export interface MemberParts {
  readonly choosing: ChooserOptions
  /** Of the service as a whole. */
  readonly breaker: Breaker | null
  /** `meter` knows the target, which may have been found after the Plan was made. */
  memberOf(target: RosterTarget, state: TargetState, meter: Meter): Member
  /** The Plan is not live any more: it panics no longer, whatever requests still do on it. */
  close(): void
}

/** `targets`: how many there are now. */
export const memberParts = (
  { name, balance, slowStartMs, panic, connections, breaker, targetBreaker, outliers }: ServiceSpec,
  cells: Cells,
  world: World,
  targets: () => number,
): MemberParts => {
  const { worker, log } = world
  const random = (): number => world.random()
  const now = (): number => moment(world.sharedNow())
  const inFlight = ({ load }: Member): number => load.total()
  const balancing = pickerFor(balance, { cells, random, now, inFlight })
  const countPanic = panicMeter(world.meter, name)
  let panics = false
  let closed = false

  const breakerOf = (
    spec: BreakerSpec | undefined,
    at: BreakerCells,
    target: string,
    count: (to: BreakerState) => void,
  ): Breaker | null => {
    if (spec === undefined) return null
    const onRoom = (): void => cells.changed()
    const onChange = (to: BreakerState): void => {
      count(to)
      cells.changed()
      const whose = target === '' ? `service "${name}"` : `target ${target} of service "${name}"`
      if (to === 'open') log.warn(`the circuit of ${whose} opened`)
      else log.info(`the circuit of ${whose} is ${to === 'closed' ? 'closed again' : 'half open'}`)
    }
    return createBreaker(spec, at, worker, random, onChange, onRoom)
  }

  /** A request of an older Plan may end when nobody holds the series of the target any more. */
  const countOf = (target: string, state: TargetState, meter: Meter): ((to: BreakerState) => void) => {
    const count = breakerMeter(meter, name, target)
    return to => {
      if (state.meter.isHeld) count(to)
    }
  }

  const watchesOf = (slot: number, target: string): Watch[] => {
    const watches: Watch[] = []
    if (balancing.watch !== undefined) watches.push(balancing.watch(slot))
    if (outliers !== undefined) {
      const onEject = (_slot: number, reason: string): void => {
        const dry = outliers.dryRun ? 'would be' : 'is'
        log.warn(`target ${target} of service "${name}" ${dry} ejected: ${reason}`)
      }
      watches.push(outlierWatch(outliers, cells, slot, worker, { now, targets, onEject }))
    }
    return watches
  }

  return {
    choosing: {
      make: balancing.make,
      slowStartMs,
      panic,
      maxInFlight: connections.max,
      boundedOpen: connections.open > 0,
      onPanic: panicking => {
        if (closed) return
        panics = panicking
        countPanic(panicking)
        if (panicking) log.warn(`most targets of service "${name}" are not well: all of them are asked`)
        else log.info(`enough targets of service "${name}" are well again`)
      },
    },
    breaker: breakerOf(breaker, cells.breaker, '', breakerMeter(world.meter, name, '')),
    memberOf: ({ endpoint, slot }, state, meter) => ({
      state,
      slot,
      hostLine: `Host: ${endpoint.authority}\r\n`,
      basePath: endpoint.basePath,
      label: endpoint.url,
      weight: endpoint.weight,
      priority: endpoint.priority,
      load: new Load(cells, slot, worker),
      open: new OpenCount(cells, slot, worker),
      breaker: breakerOf(targetBreaker, cells.targetBreaker(slot), endpoint.url, countOf(endpoint.url, state, meter)),
      watches: watchesOf(slot, endpoint.url),
    }),
    close: () => {
      if (panics) countPanic(false)
      panics = false
      closed = true
    },
  }
}
