import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wrkRequestOf } from './ends.ts'
import { parseWrk, wrkScript } from './wrk.ts'

const ENDPOINT = { host: '::1', port: 8080, tls: undefined, method: 'POST' }

test('what wrk sends is what the own generator sends', () => {
  const bytes = 'POST /a?b=1 HTTP/1.1\r\nHost: x\r\nx-time: 10:20\r\nContent-Length: 4\r\n\r\nb\r\nc'
  const request = wrkRequestOf({ ...ENDPOINT, request: Buffer.from(bytes) })
  assert.equal(request.url, 'http://[::1]:8080/a?b=1')
  assert.deepEqual(request.headers, [
    ['Host', 'x'],
    ['x-time', '10:20'],
  ])
  assert.equal(Buffer.from(request.body).toString(), 'b\r\nc')
})

test('no byte of a request ends a string of the script', () => {
  const script = wrkScript({ url: '', method: 'GET', headers: [['x', '"]]\\ os.exit()']], body: Buffer.from('"\n\0') })
  const strings = [...script.matchAll(/^wrk\.(?:body|headers\["[\\\d]+"\]) = "(.*)"$/gm)].map(([, text = '']) => text)
  assert.equal(strings.length, 2)
  assert.ok(strings.every(text => /^(\\\d{3})+$/.test(text)))
  assert.doesNotMatch(script, /os\.exit/)
})

test('its result is read, and its absence told', () => {
  assert.deepEqual(parseWrk('Running\nRESULT 1200 2.5 0.31 1.75 3\n'), {
    ...{ requests: 1200, seconds: 2.5, p50: 0.31, p99: 1.75, errors: 3 },
  })
  assert.throws(() => parseWrk('unable to connect'), /no result: unable to connect/)
})
