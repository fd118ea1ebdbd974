import { createHmac } from 'node:crypto'

/** What the service must find in `x-signature`; `t` is ms since the epoch. */
export const signature = (key: string, method: string, path: string, t: number): string =>
  `t=${t},v1=${createHmac('sha256', key).update(`${method}\n${path}\n${t}`).digest('hex')}`
