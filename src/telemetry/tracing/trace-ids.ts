import { randomBytes } from 'node:crypto'

/** Random ids in hex, never all 0. */
export interface TraceIds {
  /** 32 digits. */
  trace(): string
  /** 16 digits. */
  span(): string
}

/** Asking for random bytes takes a microsecond, however few: they are drawn many at a time. */
const POOL_BYTES = 4096

export const createTraceIds = (random: (bytes: number) => Buffer = randomBytes): TraceIds => {
  let pool = ''
  let at = 0
  const take = (digits: number): string => {
    if (at + digits > pool.length) {
      pool = random(POOL_BYTES).toString('hex')
      at = 0
    }
    const id = pool.slice(at, at + digits)
    at += digits
    return /[^0]/.test(id) ? id : take(digits)
  }
  return { trace: () => take(32), span: () => take(16) }
}
