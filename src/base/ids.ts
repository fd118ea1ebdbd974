import { randomBytes } from 'node:crypto'

/**
 * Request ids: a random prefix for each worker and a counter. Unique, cheap and sortable within a worker; not secret.
 * 16 hex digits, a dash, 8 hex digits.
 */
export const idSource = (prefix = randomBytes(8).toString('hex')): (() => string) => {
  let high = ''
  let count = 0
  return () => {
    // All but the last two digits change every 256 ids and are formatted only then, joined to one piece of memory.
    if ((count & 0xff) === 0) high = [prefix, (count >>> 8).toString(16).padStart(6, '0')].join('-')
    const id = high + HEX2[count & 0xff]!
    count = (count + 1) | 0
    return id
  }
}

/** Of 65,536 strings instead of 256, it would take 2.6 MB in each thread. */
const HEX2 = Array.from({ length: 0x100 }, (_, i) => i.toString(16).padStart(2, '0'))

/** What is accepted from a trusted proxy as a request id: visible, short, and safe in any log. */
export const isWellFormedId = (id: string): boolean => /^[A-Za-z0-9._:/+=@-]{1,128}$/.test(id)
