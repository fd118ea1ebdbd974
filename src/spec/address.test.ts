import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isHostPattern, isNetwork, parseAddress, showAddress } from './address.ts'

test('addresses to listen on', () => {
  const rows: [string, string | undefined][] = [
    ['0.0.0.0:8080', '0.0.0.0:8080'],
    ['127.0.0.1:0', '127.0.0.1:0'],
    ['[::1]:443', '[::1]:443'],
    ['localhost:80', 'localhost:80'],
    [':8080', '0.0.0.0:8080'],
    ['8080', undefined],
    ['::1:443', undefined],
    ['[1.2.3.4]:1', undefined],
    ['1.2.3.4:65536', undefined],
    ['999.1.1.1:80', undefined],
    ['1.2.3:80', undefined],
    ['http://a:80', undefined],
    ['a b:80', undefined],
    ['a:', undefined],
  ]
  for (const [text, expected] of rows) {
    const parsed = parseAddress(text)
    assert.equal(parsed && showAddress(parsed), expected, text)
  }
})

test('networks', () => {
  for (const text of ['10.0.0.0/8', '10.1.2.3', '::1', 'fd00::/8', '0.0.0.0/0']) assert.ok(isNetwork(text), text)
  for (const text of ['10.0.0.0/33', '10.0.0/8', 'fd00::/129', 'localhost', '', '10.0.0.0/8/8', '10.0.0.0/']) {
    assert.ok(!isNetwork(text), text)
  }
})

test('hosts of routes', () => {
  for (const text of ['a.com', '*.a.com', 'localhost', '[::1]', '10.0.0.1', 'a_b.com'])
    assert.ok(isHostPattern(text), text)
  for (const text of ['*', 'a.*', 'http://a.com', 'a.com:80', 'a..com', '.a.com', 'a b', '', '*.*.com', '[1.2.3.4]']) {
    assert.ok(!isHostPattern(text), text)
  }
})
