import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestGateway, type FakeService } from '../../src/testing.ts'
import { createApp } from './app.ts'
import { configFor } from './config.ts'

const config = configFor('http://app.internal', '127.0.0.1:0')

test('three products an hour', async () => {
  const gateway = await createTestGateway(config, { services: { app: () => ({ json: {} }) } })
  const status = async (): Promise<number> => (await gateway.inject('/api/products/1')).status
  assert.deepEqual([await status(), await status(), await status(), await status()], [200, 200, 200, 429])
  await gateway.clock.advance(3_600_000)
  assert.equal(await status(), 200)
  await gateway.stop()
})

test('an application that hangs costs two seconds', async () => {
  const gateway = await createTestGateway(config, { services: { app: () => new Promise(() => {}) } })
  const answer = gateway.inject('/api/products/1')
  await gateway.clock.advance(2_000)
  assert.equal((await answer).status, 504)
  await gateway.stop()
})

test('gateway and application together, without a port', async () => {
  const app = createApp()
  const inside: FakeService = async ({ method, path, headers, body }) => {
    const {
      statusCode,
      headers: answered,
      rawPayload,
    } = await app.inject({
      method: method as 'GET',
      url: path,
      headers: { ...headers },
      payload: body,
    })
    return { status: statusCode, headers: { 'content-type': answered['content-type'] }, body: rawPayload }
  }
  const gateway = await createTestGateway(config, { services: { app: inside } })
  assert.deepEqual((await gateway.inject('/api/products/7')).json(), { id: '7', name: 'a lamp' })
  assert.equal((await gateway.inject('/api/orders')).status, 401)
  await gateway.stop()
  await app.close()
})
