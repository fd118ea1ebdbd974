/** Space in front of what is read: an edited message head is written there, so that head and body leave in one write. */
export const SLAB_HEAD = 4096
/** Space behind, for chunk framing. */
export const SLAB_TAIL = 64
/** A body of 64 KB with its head fits in one read (bench: get-64k, post-64k). */
export const SLAB_DATA = 131072
const SLAB_SIZE = SLAB_HEAD + SLAB_DATA + SLAB_TAIL

/** Kept for reuse; beyond that a slab is left to the collector. Pages are touched on use, so most of it is never resident. */
const MAX_FREE = 128

const free: Buffer[] = []

/**
 * Read buffers, one per body in flight or upstream connection, reused last-in first-out so that hot ones stay in cache.
 * Each has its own memory: `allocUnsafe`'s shared pool would let one body keep another's alive.
 */
export const takeSlab = (): Buffer => free.pop() ?? Buffer.allocUnsafeSlow(SLAB_SIZE)

/** Nobody may read or write the slab after this. */
export const giveSlab = (slab: Buffer): void => {
  if (free.length < MAX_FREE) free.push(slab)
}

/** The part of a slab that is read into. */
export const slabWindow = (slab: Buffer): Buffer => slab.subarray(SLAB_HEAD, SLAB_HEAD + SLAB_DATA)
