import type { Roster, RosterTarget } from '../core/fleet.ts'
import type { Meter } from '../core/ports.ts'
import type { DropField } from '../http1/serialize.ts'
import type { GatewaySpec, ServiceSpec } from '../spec/spec.ts'
import { targetMeter } from '../telemetry/target-meter.ts'
import { Cells } from '../upstream/cells.ts'
import { Chooser } from '../upstream/chooser.ts'
import type { Member } from '../upstream/member.ts'
import { dropping, viaOf } from '../upstream/request-head.ts'
import { Service, type ServiceOptions } from '../upstream/service.ts'
import { TargetState } from '../upstream/target.ts'
import { TracedService } from '../upstream/traced-service.ts'
import { memberParts } from './member-parts.ts'
import type { World } from './world.ts'

/** A service of one Plan, and what it holds until the Plan is released. */
export interface HeldService {
  readonly spec: ServiceSpec
  readonly service: Service
  readonly cells: Cells
  release(): void
}

/** Follows the list of targets, which may change while the Plan lives. */
export const serviceOf = (spec: ServiceSpec, gateway: GatewaySpec, world: World, dropField: DropField): HeldService => {
  const roster = world.fleet?.roster(spec.name) ?? soleRoster(spec, world.worker)
  const cells = new Cells(roster.cells)
  let held = new Map<string, TargetState>()
  const parts = memberParts(spec, cells, world, () => held.size)

  /** Holds the targets of the list, then lets go of those that left it: what stays is not closed in between. */
  const membersOf = (targets: readonly RosterTarget[], meter: Meter): Member[] => {
    const before = held
    held = new Map()
    const members = targets.map(target => {
      const key = targetKey(spec, target)
      const state = world.targets.hold(key, () => stateOf(spec, target, world, meter))
      held.set(key, state)
      return parts.memberOf(target, state, meter)
    })
    for (const key of before.keys()) world.targets.release(key)
    return members
  }

  const members = membersOf(roster.targets, world.meter)
  const chooser = new Chooser(parts.choosing, cells, members)
  const options = optionsOf(spec, gateway, dropField)
  const Kind = gateway.tracing === undefined ? Service : TracedService
  const service = new Kind(options, { chooser, breaker: parts.breaker, cells }, members, world)
  const stop = world.fleet?.watch(spec.name, (next, meter) => service.update(membersOf(next.targets, meter)))
  return {
    spec,
    service,
    cells,
    release: () => {
      stop?.()
      parts.close()
      for (const key of held.keys()) world.targets.release(key)
      held = new Map()
    },
  }
}

const optionsOf = (
  { name, host, via, connections, timeouts, deadlineHeader }: ServiceSpec,
  gateway: GatewaySpec,
  dropField: DropField,
): ServiceOptions => ({
  name,
  preserveHost: host === 'preserve',
  via: via ? viaOf(gateway.via) : '',
  dropField: deadlineHeader === '' ? dropField : dropping(deadlineHeader, dropField),
  maxTotal: connections.maxTotal,
  boundedOpen: connections.open > 0,
  maxQueued: connections.queue,
  waitMs: connections.waitMs,
  totalMs: timeouts.totalMs,
  deadlineHeader,
})

/** The weight and the place in the cells are the Service's business: changing them costs no connection. */
const targetKey = ({ name, timeouts, connections }: ServiceSpec, { endpoint }: RosterTarget): string =>
  JSON.stringify([name, { ...endpoint, weight: 0, priority: 0 }, timeouts, connections])

const stateOf = (
  { name, timeouts, connections }: ServiceSpec,
  { endpoint }: RosterTarget,
  world: World,
  meter: Meter,
): TargetState => new TargetState({ endpoint, timeouts, connections }, world, targetMeter(meter, name, endpoint.url))

/** Where no main thread keeps the lists: the targets of the configuration, known to this thread alone. */
const soleRoster = ({ name, endpoints }: ServiceSpec, worker: number): Roster => ({
  service: name,
  id: 0,
  version: 0,
  cells: Cells.create(worker + 1, endpoints.length),
  targets: endpoints.map((endpoint, slot) => ({ endpoint, slot })),
})
