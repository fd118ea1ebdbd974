import { forceBreaker } from '../breaker/operate.ts'
import { TARGET } from '../cells.ts'
import type { FleetService } from './kept-service.ts'

/** What an operator makes of a breaker; `auto`: it decides by itself. */
export type Force = 'open' | 'closed' | 'auto'

/** Of a target, or of the service as a whole. False: there is no such breaker. */
export const forceOn = (service: FleetService | undefined, target: string | undefined, to: Force): boolean => {
  if (service === undefined) return false
  const { spec, cells } = service
  const slot = slotOf(service, target)
  if (target === undefined ? spec.breaker === undefined : spec.targetBreaker === undefined || slot === undefined)
    return false
  forceBreaker(slot === undefined ? cells.breaker : cells.targetBreaker(slot), to === 'auto' ? null : to)
  cells.changed()
  return true
}

/** False: there is no such target. */
export const drainTarget = (service: FleetService | undefined, target: string, on: boolean): boolean => {
  const slot = slotOf(service, target)
  if (service === undefined || slot === undefined) return false
  const { cells } = service
  Atomics.store(cells.words, cells.target(slot) + TARGET.draining, on ? 1 : 0)
  cells.changed()
  return true
}

const slotOf = (service: FleetService | undefined, target: string | undefined): number | undefined =>
  service?.roster.targets.find(({ endpoint }) => endpoint.url === target)?.slot
