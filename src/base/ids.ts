import { randomBytes } from 'node:crypto'

/**
 * Request ids: a random prefix for each worker and a counter. Unique, cheap and sortable within a worker; not secret.
 * 16 hex digits, a dash, 8 hex digits.
 */
export const idSource = (prefix = randomBytes(8).toString('hex')): (() => string) => {
  let high = ''
  let low = 0x10000
  let page = 0
  return () => {
    // The upper half of the counter changes every 65,536 ids and is formatted only then.
    if (low === 0x10000) {
      low = 0
      high = `${prefix}-${(page++ & 0xffff).toString(16).padStart(4, '0')}`
    }
    return high + HEX4[low++]!
  }
}

const HEX4 = Array.from({ length: 0x10000 }, (_, i) => i.toString(16).padStart(4, '0'))

/** What is accepted from a trusted proxy as a request id: visible, short, and safe in any log. */
export const isWellFormedId = (id: string): boolean => /^[A-Za-z0-9._:/+=@-]{1,128}$/.test(id)
