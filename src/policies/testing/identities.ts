import type { Identity } from '../../core/identity.ts'
import type { Maybe } from '../../core/maybe.ts'
import { isRejection, type Rejection, type Way } from '../way.ts'

/** Somebody, with only what matters spelled out. */
export const identity = (given: Partial<Identity> = {}): Identity => ({
  way: 'main',
  consumer: '',
  subject: '',
  keyId: '',
  roles: new Set(),
  scopes: new Set(),
  tier: '',
  claims: null,
  headers: null,
  ...given,
})

/** A way that says what it is told to; `log` gets a line for each call. */
export const fakeWay = (
  name: string,
  says: Maybe<Identity | Rejection | null>,
  log: string[] = [],
  forward = false,
): Way => ({
  name,
  from: [{ in: 'header', name: `x-${name}`, scheme: '' }],
  check: () => {
    log.push(`check ${name}`)
    return says
  },
  strip: forward ? null : () => void log.push(`strip ${name}`),
  challenge: rejection => (isRejection(rejection) ? `${name} error="${rejection.detail}"` : name),
  close() {},
})
