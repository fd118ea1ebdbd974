import type { RosterTarget } from '../../core/fleet.ts'
import type { Clock, Log } from '../../core/ports.ts'
import type { HealthSpec } from '../../spec/spec-resilience.ts'
import type { Cells } from '../cells.ts'
import type { Probe } from './probe.ts'
import type { Turns } from './turns.ts'

export type Cancel = () => void

export interface CheckWorld {
  readonly clock: Clock
  /** A moment of cells.ts. */
  readonly now: () => number
  readonly timers: { after(ms: number, run: () => void): Cancel }
  /** 0 ≤ r < 1 */
  readonly random: () => number
  readonly log: Log
  readonly probe: Probe
  readonly onProbe: (service: string, target: string, ok: boolean) => void
  readonly turns: Turns
}

/** A target of a service, and where it stands in shared memory. */
export interface Subject extends RosterTarget {
  readonly service: string
  readonly health: HealthSpec
  readonly cells: Cells
}

export interface LastProbe {
  readonly ok: boolean
  /** Empty when it is ok. */
  readonly reason: string
  /** When it ended, ms since the epoch. */
  readonly at: number
  readonly tookMs: number
}
