import { cellsOf, createSegment, type Place, type Segment } from './layout.ts'
import type { MetricKind } from './series-key.ts'

/** Hands out slots in shared memory, opening larger and larger segments as they fill up. Slots are never taken back. */
export interface Arena {
  place(kind: MetricKind): Place
  segments(): readonly Segment[]
}

const FIRST_CELLS = 512
const MOST_CELLS = 64 * 1024
/** About one series in ten is a gauge, and most others are histograms of many cells. */
const CELLS_PER_GAUGE = 8

export const createArena = (columns: number): Arena => {
  const segments: Segment[] = []
  let cellsUsed = 0
  let gaugesUsed = 0

  const open = (): Segment => {
    const cells = Math.min(MOST_CELLS, FIRST_CELLS * 2 ** segments.length)
    const segment = createSegment(columns, cells, cells / CELLS_PER_GAUGE)
    segments.push(segment)
    cellsUsed = 0
    gaugesUsed = 0
    return segment
  }

  const makeRoom = (cells: number, gauges: number): void => {
    const last = segments.at(-1)
    if (!last || cellsUsed + cells > last.cellStride || gaugesUsed + gauges > last.gaugeStride) open()
  }

  return {
    place(kind) {
      const cells = cellsOf(kind)
      const gauges = kind === 'gauge' ? 1 : 0
      makeRoom(cells, gauges)
      const slot = gauges ? gaugesUsed : cellsUsed
      cellsUsed += cells
      gaugesUsed += gauges
      return { kind, segment: segments.length - 1, slot }
    },
    segments: () => [...segments],
  }
}
