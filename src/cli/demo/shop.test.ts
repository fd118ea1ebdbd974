import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonAnswer, JsonHandler } from './json-service.ts'
import { brokenStock, createOrders, createProducts, createRecommendations, stock, users } from './shop.ts'

const ask = (handle: JsonHandler, path: string, method = 'GET', body?: unknown): JsonAnswer | Promise<JsonAnswer> => {
  const url = new URL(path, 'http://sample')
  return handle({ method, path: url.pathname, query: url.searchParams, body })
}

const shape = async (answer: JsonAnswer | Promise<JsonAnswer>): Promise<string> => {
  const { status, body } = await answer
  return `${status} ${JSON.stringify(body)}`
}

test('users: all, one, and one that does not exist', async () => {
  assert.match(await shape(ask(users, '/')), /^200 \[\{"id":1,/)
  assert.match(await shape(ask(users, '/2')), /^200 \{"id":2,/)
  assert.match(await shape(ask(users, '/99')), /^404 /)
  assert.match(await shape(ask(users, '/1/friends')), /^404 /)
})

test('orders: a new one gets an id and can be read again', async () => {
  const orders = createOrders()
  assert.match(await shape(ask(orders, '/v2/orders', 'POST', { user: 3, total: 1 })), /^201 .*"user":3.*"id":1001/)
  assert.match(await shape(ask(orders, '/v2/orders/1001')), /^200 .*"status":"new"/)
  assert.match(await shape(ask(orders, '/v2/orders?user=1')), /^200 \[\{"id":41.*"id":43/)
  assert.match(await shape(ask(orders, '/v2/orders', 'POST', 'not an order')), /^201 .*"id":1002/)
})

test('orders: memory is bounded', async () => {
  const orders = createOrders()
  for (let i = 0; i < 1001; i++) await ask(orders, '/v2/orders', 'POST', {})
  assert.match(await shape(ask(orders, '/v2/orders/1001')), /^404 /)
  assert.match(await shape(ask(orders, '/v2/orders/1002')), /^200 /)
})

test('products: the second version has ratings', async () => {
  assert.doesNotMatch(await shape(ask(createProducts(1), '/501')), /rating/)
  assert.match(await shape(ask(createProducts(2), '/501')), /"version":2.*"rating":4.6/)
})

test('stock: one target knows it, the other fails', async () => {
  assert.match(await shape(ask(stock, '/503')), /^200 .*"inStock":false/)
  assert.match(await shape(ask(stock, '/99')), /^404 /)
  assert.match(await shape(ask(brokenStock, '/503')), /^503 /)
})

test('recommendations: every fourth answer is slow', async () => {
  const pauses: number[] = []
  let at = 0
  const recommendations = createRecommendations(async ms => pauses.push(ms * 1000 + at))
  for (at = 1; at <= 8; at++) await ask(recommendations, '/?user=2')
  assert.deepEqual(pauses, [900_004, 900_008])
})
