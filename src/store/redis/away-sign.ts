/**
 * Redis has several connections from one gateway, and goes away from all of them at once; the log says so once. Each
 * connection has a cell of its own in shared memory beside the sum of all, so that what a dead thread raised can be
 * lowered for it.
 */
export interface AwaySign {
  /** This connection is lost. Whether it is the first of all. */
  raise(): boolean
  /** It is back. Whether nobody's is lost any more. */
  lower(): boolean
}

/** For a connection that no other belongs to. */
export const ALONE: AwaySign = { raise: () => true, lower: () => true }

const SUM = 0

/** Cells for `connections` connections. */
export const createAwayMemory = (connections: number): Int32Array =>
  new Int32Array(new SharedArrayBuffer((connections + 1) * Int32Array.BYTES_PER_ELEMENT))

export const awaySign = (cells: Int32Array, connection: number): AwaySign => ({
  raise: () => Atomics.exchange(cells, connection + 1, 1) === 0 && Atomics.add(cells, SUM, 1) === 0,
  lower: () => Atomics.exchange(cells, connection + 1, 0) === 1 && Atomics.sub(cells, SUM, 1) === 1,
})
