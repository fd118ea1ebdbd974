import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadRedisDriver, REDIS_MISSING, REDIS_URL } from './redis-driver.ts'

test('without the package it says what to install', async () => {
  const missing = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
  await assert.rejects(
    loadRedisDriver(() => Promise.reject(missing)),
    { message: REDIS_MISSING },
  )
  const other = new Error('broken')
  await assert.rejects(
    loadRedisDriver(() => Promise.reject(other)),
    other,
  )
})

test('a URL that the client does not take is not repeated', async () => {
  const driver = await loadRedisDriver()
  for (const url of ['redis://:secret@host:port', 'http://:secret@host', 'redis://:secret@host/x']) {
    assert.throws(
      () => driver({ url, connectMs: 1 }),
      (error: unknown) => error instanceof Error && error.message === REDIS_URL && !('input' in error),
    )
  }
})

test('a client that was destroyed before it was connected stays harmless', async () => {
  const driver = await loadRedisDriver()
  const client = driver({ url: 'redis://127.0.0.1:1', connectMs: 100 })
  const connecting = client.connect()
  client.destroy()
  client.destroy()
  await assert.rejects(connecting)
  await assert.rejects(client.send(['PING']))
})
