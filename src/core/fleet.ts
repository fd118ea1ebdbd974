import type { EndpointSpec } from '../spec/spec.ts'
import type { Meter } from './ports.ts'

/**
 * The targets of one service at one time, and the memory that all workers share about them (upstream/cells.ts). Made by
 * the main thread; plain data, crosses threads by structured clone.
 */
export interface Roster {
  readonly service: string
  /** Names this list of targets: later versions of it have the same id, another discovery of the service another one. */
  readonly id: number
  /** Only rises. */
  readonly version: number
  readonly cells: SharedArrayBuffer
  readonly targets: readonly RosterTarget[]
}

export interface RosterTarget {
  readonly endpoint: EndpointSpec
  /** Its place in `cells`. */
  readonly slot: number
}

/** What a worker knows of the targets of one generation's services. */
export interface Fleet {
  /** As prepared: its targets are in the metrics of the generation. Throws for a service that is not of it. */
  roster(service: string): Roster
  /** Whether the main thread may change the list later. */
  changes(service: string): boolean
  /**
   * Calls back with every later version, and a meter that knows its targets, until the returned function is called; at
   * once when there is one already.
   */
  watch(service: string, onChange: (roster: Roster, meter: Meter) => void): () => void
}
