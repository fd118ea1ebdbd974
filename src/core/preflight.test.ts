import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headersOf } from '../base/headers.ts'
import { Exchange } from './exchange.ts'
import { preflightMethod } from './preflight.ts'

const asked = (method: string, ...fields: [string, string][]): string | null =>
  preflightMethod(Object.assign(new Exchange(), { method, headers: headersOf(fields) }))

const origin: [string, string] = ['origin', 'https://a.example']
const wanted: [string, string] = ['access-control-request-method', 'PUT']

test('OPTIONS with an origin and a method to come is a preflight, anything less is not', () => {
  assert.equal(asked('OPTIONS', origin, wanted), 'PUT')
  assert.equal(asked('OPTIONS', origin), null)
  assert.equal(asked('OPTIONS', wanted), null)
  assert.equal(asked('GET', origin, wanted), null)
})
