import { cellsOf, createSegment, type Place, type Segment } from './layout.ts'
import type { MetricKind } from './series-key.ts'

/** Hands out slots in shared memory, those that were given back first, opening larger and larger segments as they fill up. */
export interface Arena {
  /** What was counted there is 0. */
  place(kind: MetricKind): Place
  /** Nobody writes there any more, and all of it is 0. */
  giveBack(place: Place): void
  segments(): readonly Segment[]
}

const FIRST_CELLS = 512
const MOST_CELLS = 64 * 1024
/** About one series in ten is a gauge, and most others are histograms of many cells. */
const CELLS_PER_GAUGE = 8

export const createArena = (columns: number): Arena => {
  const segments: Segment[] = []
  const spare: Record<MetricKind, Place[]> = { counter: [], gauge: [], histogram: [] }
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
      const again = spare[kind].pop()
      if (again !== undefined) return again
      const cells = cellsOf(kind)
      const gauges = kind === 'gauge' ? 1 : 0
      makeRoom(cells, gauges)
      const slot = gauges ? gaugesUsed : cellsUsed
      cellsUsed += cells
      gaugesUsed += gauges
      return { kind, segment: segments.length - 1, slot }
    },
    giveBack: place => void spare[place.kind].push(place),
    segments: () => [...segments],
  }
}
