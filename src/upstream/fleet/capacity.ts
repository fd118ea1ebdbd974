import { MOST_ENDPOINTS } from '../../spec/endpoint.ts'
import { MOST_TARGETS } from '../discovery/target-list.ts'

/** Room for a list to be replaced by another one of the same length while requests to the first are under way. */
const FACTOR = 2
const LEAST = 8

/**
 * How many targets the memory of a service is made for. One whose targets are discovered gets room for as many as there
 * may ever be: workers would otherwise have to look at it anew under load, and pages nobody has touched cost nothing.
 */
export const capacityFor = (targets: number, discovered: boolean): number =>
  discovered ? MOST_TARGETS : Math.max(LEAST, 2 ** Math.ceil(Math.log2(Math.max(1, FACTOR * targets))))

/** As many as it ever is. */
export const MOST_SLOTS = capacityFor(MOST_ENDPOINTS, false)

/** Whether a list fits into what there is. */
export const suffices = (capacity: number, targets: number, discovered: boolean): boolean =>
  capacity >= (discovered ? MOST_TARGETS : targets)
