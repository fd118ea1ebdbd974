import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isLoopback } from './ends.ts'

test('only what is surely this machine is loopback', () => {
  for (const host of ['localhost', 'LOCALHOST', '127.0.0.1', '127.9.9.9', '::1', '[::1]'])
    assert.ok(isLoopback(host), host)
  for (const host of ['localhost.example.com', '127.0.0.1.nip.io', '10.0.0.1', '0.0.0.0', '[::2]', '128.0.0.1', '']) {
    assert.ok(!isLoopback(host), host)
  }
})
