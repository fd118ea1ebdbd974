import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { loadRedisDriver } from '../src/store/redis/redis-driver.ts'
import { listen } from './support/listen.ts'
import { until } from './support/until.ts'

test('a client that is destroyed while it connects leaves no connection behind', async () => {
  const driver = await loadRedisDriver()
  let opened = 0
  let open = 0
  const server = createServer(socket => {
    opened++
    open++
    socket.on('close', () => open--).on('error', () => {})
    socket.resume()
  })
  const { port, close } = await listen(server)
  try {
    for (const turns of [0, 1, 2, 3]) {
      const client = driver({ url: `redis://127.0.0.1:${port}`, connectMs: 60_000 })
      const connecting = client.connect().catch(() => {})
      for (let turn = 0; turn < turns; turn++) await new Promise(resolve => setImmediate(resolve))
      client.destroy()
      await connecting
    }
    await until(() => opened === 4 && open === 0)
  } finally {
    await close()
  }
})

test('a connection that nobody answers for is no uncaught error', async () => {
  const driver = await loadRedisDriver()
  const { port, close } = await listen(createServer(socket => socket.destroy()))
  const client = driver({ url: `redis://:password@127.0.0.1:${port}`, connectMs: 1_000 })
  await assert.rejects(client.connect())
  await close()
  await assert.rejects(driver({ url: `redis://127.0.0.1:${port}`, connectMs: 1_000 }).connect())
})
