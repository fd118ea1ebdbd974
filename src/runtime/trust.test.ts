import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trustOf } from './trust.ts'

const rows: readonly [proxies: string[], trusted: string[], strangers: string[]][] = [
  [[], [], ['127.0.0.1', '::1', '']],
  [['10.0.0.0/8'], ['10.0.0.0', '10.255.255.255', '::ffff:10.0.0.1'], ['11.0.0.0', '9.255.255.255', '::1']],
  [['192.0.2.7'], ['192.0.2.7'], ['192.0.2.8', '192.0.2.70']],
  [['0.0.0.0/0'], ['1.2.3.4'], ['2001:db8::1']],
  [
    ['2001:db8::/32', '::1'],
    ['2001:DB8:1::', '::1', '0:0:0:0:0:0:0:1'],
    ['2001:db9::', '::2', '10.0.0.1'],
  ],
]

for (const [proxies, trusted, strangers] of rows) {
  test(`trusting ${proxies.join(', ') || 'nobody'}`, () => {
    const isTrusted = trustOf(proxies)
    for (const address of trusted) assert.equal(isTrusted(address), true, address)
    for (const address of strangers) assert.equal(isTrusted(address), false, address)
  })
}

test('what is no address is a stranger, and breaks nothing', () => {
  const isTrusted = trustOf(['0.0.0.0/0', '::/0'])
  for (const text of ['', 'unknown', '10.0.0.1:80', '[::1]', '10.0.0', '010.0.0.1', '10.0.0.1 ', 'fe80::1%', '\0']) {
    assert.equal(isTrusted(text), false, JSON.stringify(text))
  }
  assert.doesNotThrow(() => isTrusted('fe80::1%eth0'))
})
