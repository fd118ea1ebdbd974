import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { createProvider } from '../src/runtime/provider.ts'
import { countingMeter, route, spec } from '../src/runtime/testing.ts'
import { apiKeySpec, rateLimit } from '../src/spec/testing.ts'
import { createSharedMemory } from '../src/store/shared-memory.ts'
import { logLines } from '../src/store/testing/redis.ts'
import { listen } from './support/listen.ts'
import { clock } from './support/redis-gateways.ts'
import { until } from './support/until.ts'

test('a server that accepts and never answers is waited for once, though two kinds of connections need it', async t => {
  const hole = createServer(socket => void socket.on('error', () => {}))
  let connections = 0
  hole.on('connection', () => connections++)
  const { port, close } = await listen(hole)
  const provider = createProvider({
    clock,
    log: logLines(),
    worker: 0,
    shared: createSharedMemory({ workers: 1, keys: 16, wall: Date.now() }),
    keySets: { watch: () => () => {}, refresh: async () => {} },
  })
  t.after(async () => {
    await provider.close()
    await close()
  })
  const wanted = spec({
    state: { kind: 'redis', keys: 16, url: `redis://127.0.0.1:${port}`, prefix: 'p:', timeoutMs: 100 },
    auth: [apiKeySpec()],
    routes: [route({ limits: [rateLimit()] })],
  })
  let given = false
  const provisions = provider.provisionsOf(wanted, countingMeter()).then(() => {
    given = true
  })
  await until(() => connections === 2)
  assert.equal(given, false)
  await provisions
})
