import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { tourSteps } from '../src/cli/demo/tour.ts'
import { type Sallyport, sallyport } from './support/sallyport.ts'

const execute = promisify(execFile)
const hasCurl = await execute('curl', ['--version']).then(
  () => true,
  () => false,
)

/** Starts the demo and pastes every command of its tour into a shell. */

let demo: Sallyport
let gateway = ''
let file = ''

before(async () => {
  demo = sallyport(['demo', '--port', '0'])
  gateway = (await demo.says(/http:\/\/127\.0\.0\.1:(\d+)\/api\/users\/1/))[1] ?? ''
  file = (await demo.says(/^Configuration: (.*)$/m))[1] ?? ''
  await demo.says(/Ctrl-C ends the demo/)
})
after(() => demo.child.kill('SIGKILL'))

const EXPECTED: readonly RegExp[] = [
  /^HTTP\/1\.1 200 .*"name":"Ada Okafor"/s,
  /"id":42,.*"shipped"/s,
  /^HTTP\/1\.1 201 .*"user":1.*"id":1001/s,
  /("version":[12],.*){10}/s,
  /^(200 after 0\.\d+ s\n){3}504 after 0\.[5-8]\d* s\n$/s,
  /^(\{"product":502,"inStock":true\}\n){8}\{"service":"stock".*"ejected":\{"reason":"failures in a row"/s,
  /^(\{"user":\{"id":1,[^\n]*"stock":[^\n]*\n){3}sallyport-partial: recommendations;reason=timeout;after=500\r?\n\{"user".*"recommendations":null,"stock":/s,
  /^HTTP\/1\.1 404 .*application\/problem\+json.*"code":"NO_ROUTE".*"requestId":/s,
  /^HTTP\/1\.1 405 .*allow: .*GET/is,
  /^HTTP\/1\.1 401 .*www-authenticate: Bearer.*www-authenticate: ApiKey.*"code":"MISSING_CREDENTIAL"/is,
  /^HTTP\/1\.1 200 .*RateLimit: "account";r=4;.*"id":42/is,
  /^HTTP\/1\.1 401 .*error="invalid_token".*expired/is,
  /^HTTP\/1\.1 200 .*RateLimit-Policy: "account";q=100;w=10/is,
  /^(200\n){4}(429\n){2}$|^(200\n){5}429\n$/,
  /^\{"ok":true\}\n?308 to http:.*\/api\/users\/2\n$/s,
  /("tick":[1-5],"of":5.*){5}/s,
  /^HTTP\/1\.1 101 .*Hello!/s,
  /sallyport_requests_total\{[^}]*status="2xx"\} [1-9]/s,
  /who .*tokens:.*keys:.*limits .*5 per 10s for each consumer/s,
  /^HTTP\/1\.1 200 .*Hello!/s,
]

/** The printed lines that are commands: indented by three. */
const printed = (): string[] => [...demo.out().matchAll(/^ {3}(\S.*)$/gm)].map(match => match[1]!)

test('the tour prints its commands', () => {
  const credentials = { token: '', expiredToken: '', key: '' }
  const count = tourSteps({ gateway: '', admin: '', file: '', pid: 0, sallyport: '', credentials }).length
  assert.equal(printed().length, count)
  assert.equal(EXPECTED.length, count)
})

test('every command of the tour works and shows what it promises', {
  skip: !hasCurl && 'curl is not installed',
}, async () => {
  for (const [i, command] of printed().entries()) {
    const { stdout } = await execute('sh', ['-c', command], { timeout: 10_000 })
    assert.match(stdout, EXPECTED[i]!, command)
  }
})

test('a WebSocket echoes through the gateway', { skip: typeof WebSocket === 'undefined' }, async () => {
  const socket = new WebSocket(`ws://127.0.0.1:${gateway}/ws`)
  const messages: string[] = []
  await new Promise<void>((resolve, reject) => {
    socket.onerror = () => reject(new Error('the WebSocket failed'))
    socket.onmessage = event => {
      messages.push(String(event.data))
      if (messages.length === 1) socket.send('ping '.repeat(100))
      else resolve()
    }
  })
  assert.equal(messages[1], 'ping '.repeat(100))
  await new Promise(resolve => {
    socket.onclose = resolve
    socket.close()
  })
})

test('Ctrl-C ends the demo cleanly and removes its file', async () => {
  assert.ok(existsSync(file))
  demo.child.kill('SIGINT')
  assert.equal(await demo.ended, 0)
  assert.equal(existsSync(file), false)
})
