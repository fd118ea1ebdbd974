import assert from 'node:assert/strict'
import { SocketAddress } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { addressKey } from './limit-address.ts'

const SPELLINGS: readonly (readonly [key: string, ...spellings: string[]])[] = [
  [
    '203.0.113.7',
    '203.0.113.7',
    '203.0.113.7:4711',
    '::ffff:203.0.113.7',
    '::FFFF:cb00:7107',
    '[::ffff:203.0.113.7]:80',
  ],
  ['203.0.113.7', '0:0:0:0:0:ffff:203.0.113.7', '0000:0000:0000:0000:0000:ffff:cb00:7107', '::ffff:203.0.113.7%1'],
  ['2001:db8:0:1', '2001:db8:0:1::', '2001:db8:0:1::1', '2001:0db8:0000:0001:ffff:ffff:ffff:ffff', '2001:DB8:0:1::1'],
  ['2001:db8:0:1', '2001:db8::1:0:0:0:1', '[2001:db8:0:1::1]', '[2001:db8:0:1::1]:443', '2001:db8:0:1::192.0.2.1'],
  ['2001:db8:0:0', '2001:db8::', '2001:db8::1', '2001:db8::1:2:3:4', '2001:db8::%eth0', '2001:db8:0:0:1::'],
  ['fe80:0:0:0', 'fe80::1', 'fe80::1%eth0', 'fe80::2%25en1', '[fe80::1%eth0]:1'],
  ['0:0:0:0', '::', '::1', '0::0', '::1:2:3:4', '::192.0.2.1'],
  ['0:0:0:1', '::1:0:0:0:0', '0:0:0:1::'],
  // Neighbours of a mapped address are not mapped.
  ['0:0:0:0', '::fffe:1.2.3.4', '::1:ffff:1.2.3.4'],
  ['64:ff9b:0:0', '64:ff9b::1.2.3.4'],
  // What is not an address stands for itself.
  ['unknown', 'unknown'],
  ['', ''],
  [':', ':'],
  ['[x]:1', '[x]:1'],
  ['1.2.3:4', '1.2.3:4'],
  ['1:2', '1:2'],
  ['2001:db8::1::2', '2001:db8::1::2'],
]

for (const [key, ...spellings] of SPELLINGS) {
  test(`address: ${spellings.join(', ')} count as ${key}`, () => {
    // Twice: worked out, then remembered.
    for (const spelling of [...spellings, ...spellings]) assert.equal(addressKey(spelling), key, spelling)
  })
}

const group = fc.nat(0xffff)
const groups = fc.tuple(group, group, group, group, group, group, group, group)

test('address: the long form and the one Node writes are the same key, and the lower half does not count', () => {
  fc.assert(
    fc.property(groups, fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }), (all, zeros) => {
      const parts = all.map((part, i) => (zeros[i] ? 0 : part))
      const long = parts.map(part => part.toString(16).padStart(4, '0')).join(':')
      const short = new SocketAddress({ address: long, family: 'ipv6' }).address
      const other = [...parts.slice(0, 4), 1, 2, 3, 4].map(part => part.toString(16)).join(':')
      assert.equal(addressKey(short), addressKey(long))
      const isMapped = parts.slice(0, 5).every(part => part === 0) && parts[5] === 0xffff
      if (!isMapped) assert.equal(addressKey(long), addressKey(other))
    }),
  )
})

test('address: more addresses than are remembered are still told apart', () => {
  for (let i = 0; i < 10_000; i++)
    assert.equal(addressKey(`2001:db8:0:${i.toString(16)}::5`), `2001:db8:0:${i.toString(16)}`)
})
