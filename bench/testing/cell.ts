import type { Cell } from '../rounds.ts'

/** One measurement, for tests of what is made of many. */
export const cell = (more: Partial<Cell>): Cell => ({
  round: 0,
  work: 'get-1k',
  set: 0,
  peer: 'nginx',
  proxied: true,
  requests: 100,
  seconds: 1,
  p50Ms: 1,
  p99Ms: 2,
  errors: 0,
  userUs: 0,
  systemUs: 0,
  rssKb: 2048,
  stolen: 0,
  ...more,
})
