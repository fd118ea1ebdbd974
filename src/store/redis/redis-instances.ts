import type { Clock } from '../../core/ports.ts'

/** One that was not seen for this long counts no more. */
export const INSTANCE_HORIZON_MS = 5_000

/**
 * How many gateways share a limit while Redis is away. It may rise at once, but falls only when everybody had time to
 * report since the connection came up: a server that was restarted knows nobody, and a share that is too large admits
 * too much.
 */
export const instanceCount = (cell: Int32Array, clock: Clock) => {
  let upAt = 0
  return {
    up(): void {
      upAt = clock.now()
    },
    counted(reply: unknown): void {
      if (typeof reply !== 'number' || !Number.isSafeInteger(reply) || reply < 1) return
      const count = Math.min(reply, MOST)
      if (count > Atomics.load(cell, 0) || clock.now() - upAt >= INSTANCE_HORIZON_MS) Atomics.store(cell, 0, count)
    },
  }
}

const MOST = 100_000
