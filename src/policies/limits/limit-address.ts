import { isIPv4, isIPv6 } from 'node:net'
import { bareAddress } from '../../base/bare-address.ts'

/**
 * Whose address it is, for counting: IPv4 as it is, IPv6 as its /64, which is the least that one customer is given
 * (RFC 6177), in one spelling. What is not an address (a proxy may say `unknown`) stands for itself.
 */
export const addressKey = (address: string): string => {
  if (!address.includes(':')) return address
  const seen = memo.get(address)
  if (seen !== undefined) return seen
  // Emptied rather than aged: a stranger with many addresses costs a parse each, and never memory.
  if (memo.size >= MAX_SEEN) memo.clear()
  const key = normalize(address)
  memo.set(address, key)
  return key
}

const MAX_SEEN = 4096
const memo = new Map<string, string>()

/** With what proxies add to addresses in `X-Forwarded-For`: a port, brackets, a zone. */
const normalize = (address: string): string => {
  const bare = bareAddress(address)
  if (isIPv4(bare)) return bare
  return isIPv6(bare) ? networkOf(groupsOf(bare.replace(/%.*$/, ''))) : address
}

const networkOf = (groups: readonly number[]): string => {
  const isMapped = groups[5] === 0xffff && groups.slice(0, 5).every(group => group === 0)
  if (isMapped) return groups.slice(6).flatMap(bytesOf).join('.')
  return groups
    .slice(0, 4)
    .map(group => group.toString(16))
    .join(':')
}

const bytesOf = (group: number): number[] => [group >> 8, group & 255]

/** The eight groups of a valid address. */
const groupsOf = (address: string): number[] => {
  const [left = '', right] = address.split('::')
  const before = listed(left)
  if (right === undefined) return before
  const after = listed(right)
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after]
}

const listed = (text: string): number[] =>
  text === ''
    ? []
    : text.split(':').flatMap(group => (group.includes('.') ? dotted(group) : Number.parseInt(group, 16)))

/** The last two groups, written as IPv4. */
const dotted = (text: string): number[] => {
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number)
  return [a * 256 + b, c * 256 + d]
}
