import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isOwnHost } from './host.ts'

test('IP literals, localhost and the configured host are ours', () => {
  const ours = ['127.0.0.1', '127.0.0.1:9901', '10.1.2.3:80', '[::1]', '[::1]:9901', '[::ffff:127.0.0.1]:1']
  for (const host of [...ours, 'localhost', 'LOCALHOST:9901', 'Gateway.Internal:9901']) {
    assert.ok(isOwnHost(host, 'gateway.internal'), host)
  }
})

test('any other name, and whatever is no host at all, is not', () => {
  const foreign = ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'evil.example:9901', '']
  const malformed = [
    '127.0.0.1@evil.example',
    'localhost:9901:1',
    '::1',
    '[::1',
    '127.0.0.1/',
    'localhost ',
    '[evil]',
    ':80',
  ]
  for (const host of [...foreign, ...malformed]) assert.ok(!isOwnHost(host, 'gateway.internal'), host)
})
