import { matching } from './scalars.ts'

const AFFINITY =
  /^(ip|consumer|(header|cookie):[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}|claim:[^\u0000-\u001f\u007f]{1,200}|param:[A-Za-z_][\w-]*)$/

/** What of a request decides where it goes, so that the same value goes to the same place. */
export const affinity = matching(
  AFFINITY,
  'use "ip", "consumer", "header:<name>", "cookie:<name>", "claim:<name>" or "param:<name>"',
  { title: 'key', examples: ['ip', 'consumer', 'header:x-user', 'cookie:sid', 'claim:sub', 'param:id'] },
)
