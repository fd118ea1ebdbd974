import net from 'node:net'
import { bareAddress } from '../base/bare-address.ts'
import { Fault } from '../base/errors.ts'
import type { Policy } from '../core/policy.ts'
import { faultReply } from '../core/reply.ts'
import type { IpRulesSpec } from '../spec/spec-policies.ts'

/** Addresses whose decision is remembered: 7 ns instead of 240 (bench/micro/gates.ts). */
const MOST_REMEMBERED = 4096

const REFUSED = new Fault('FORBIDDEN', 'this is not for this address')

/**
 * Lets requests pass by the client's address: `deny` goes first, then what is not in `allow` is refused, when there is
 * such a list. What is no address is refused by either: nobody can say that it is not a denied one.
 */
export const ipPolicy = (rules: IpRulesSpec): Policy => {
  const isDenied = compileBlocks(rules.deny)
  const isAllowed = rules.allow.length === 0 ? () => true : compileBlocks(rules.allow)
  const remembered = new Map<string, boolean>()
  const decide = (text: string): boolean => {
    const address = bareAddress(text)
    const passes = net.isIP(address) !== 0 && !isDenied(address) && isAllowed(address)
    if (remembered.size >= MOST_REMEMBERED) remembered.clear()
    remembered.set(text, passes)
    return passes
  }
  return {
    name: 'ip',
    gate: x => ((remembered.get(x.clientAddress) ?? decide(x.clientAddress)) ? undefined : faultReply(REFUSED)),
  }
}

/** Whether an address is in one of the blocks: addresses and CIDR, IPv4 and IPv6. */
const compileBlocks = (blocks: readonly string[]): ((address: string) => boolean) => {
  // Two lists, since `net.BlockList` finds every IPv4 address in ::/0.
  const v4 = new net.BlockList()
  const v6 = new net.BlockList()
  for (const block of blocks) {
    const [address = '', bits] = block.split('/')
    const family = familyOf(address)
    const length = Number(bits ?? (family === 'ipv4' ? 32 : 128))
    const list = isV4(address) && (family === 'ipv4' || length >= MAPPED_BITS) ? v4 : v6
    list.addSubnet(address, length, family)
  }
  return address => (isV4(address) ? v4 : v6).check(address, familyOf(address))
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (net.isIPv6(address) ? 'ipv6' : 'ipv4')

const MAPPED_BITS = 96
const mapped = new net.BlockList()
mapped.addSubnet('::ffff:0:0', MAPPED_BITS, 'ipv6')

/** IPv4-mapped IPv6 (RFC 4291 §2.5.5.2) included, however it is spelled. */
const isV4 = (address: string): boolean => mapped.check(address, familyOf(address))
