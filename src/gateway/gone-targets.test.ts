import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestGateway } from './test-gateway.ts'

const config = (target: string) => ({ services: { users: target }, routes: [{ prefix: '/', to: 'users' }] })

test('a target that no configuration has any more is shown for ten minutes, and begins anew should it come back', async t => {
  const gateway = await createTestGateway(config('http://old:1'), {
    services: { users: () => ({ status: 200 }) },
  })
  t.after(() => gateway.stop())
  const shows = (host: string): boolean => gateway.metrics().includes(`target="http://${host}:1"`)
  assert.equal((await gateway.inject('/')).status, 200)
  await gateway.reload(config('http://new:1'))
  await gateway.clock.advance(60_000)
  assert.deepEqual([shows('old'), shows('new')], [true, true])
  await gateway.clock.advance(10 * 60_000)
  assert.deepEqual([shows('old'), shows('new')], [false, true])
  await gateway.reload(config('http://old:1'))
  assert.equal((await gateway.inject('/')).status, 200)
  assert.match(gateway.metrics(), /requests_total\{service="users",target="http:\/\/old:1",outcome="2xx"\} 1\n/)
})
