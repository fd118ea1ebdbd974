import { thrownText } from '../../base/thrown.ts'
import type { Clock, Log } from '../ports.ts'

/**
 * Tells what the code of a configuration did wrong; a warning where there is no error. `about`: the same whatever the
 * request; what differs is in `facts`.
 */
export type Complain = (about: string, facts?: Complaint) => void

export interface Complaint {
  readonly error?: unknown
  readonly requestId?: string
  /** Place in a value. */
  readonly at?: string
}

/** Each at most so often: a client can bring a mistake about with every request. */
const EVERY_MS = 1000

export const createComplaints = (log: Log, clock: Clock, route: string): Complain => {
  const told = new Map<string, { at: number; untold: number }>()
  return (about, { error, ...facts } = {}) => {
    const now = clock.now()
    const last = told.get(about)
    if (last !== undefined && now - last.at < EVERY_MS) {
      last.untold++
      return
    }
    told.set(about, { at: now, untold: 0 })
    const fields = {
      route,
      ...facts,
      ...(error === undefined ? {} : { error: thrownText(error) }),
      ...(last === undefined || last.untold === 0 ? {} : { untold: last.untold }),
    }
    if (error === undefined) log.warn(about, fields)
    else log.error(about, fields)
  }
}
