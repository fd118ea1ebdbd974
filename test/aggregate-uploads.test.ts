import assert from 'node:assert/strict'
import { test } from 'node:test'
import { metric, readScrape } from './support/metrics.ts'
import { openClient } from './support/raw-client.ts'
import { ask, startResilient } from './support/resilience-gateway.ts'
import { startTarget } from './support/resilience-target.ts'
import { exchange, readResponses } from './support/responses.ts'
import { until } from './support/until.ts'

/** Bodies that clients send to aggregates, through a real gateway; and that what was held for them is free again. */

const CONFIG = (users: string): string => `
accessLog: { format: json, to: stdout }
overload: { bodies: 1MiB }
services: { users: "${users}" }
routes:
  - path: /unread
    methods: [POST]
    aggregate: { branches: { user: { to: users, path: /u }, gone: { to: users, path: "/{query.none}" } } }
  - path: /read
    methods: [POST]
    aggregate: { branches: { user: { to: users, path: /u, method: POST, body: { all: "{body.all}" } } } }
`

const MB = 1024 * 1024

const head = (path: string, length: number): string =>
  `POST ${path} HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`

test('bodies that clients send to aggregates', async t => {
  const users = await startTarget('users', {
    behaviour: (_seen, response) =>
      void response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":7}'),
  })
  t.after(() => users.close())
  const gateway = await startResilient(t, CONFIG(users.url))
  const scrape = async () => readScrape((await gateway.admin('/metrics')).text)
  const isFree = async (): Promise<boolean> => metric(await scrape(), 'sallyport_held_body_bytes') === 0

  await t.test(
    'a large one that nobody reads: the answer comes, and nothing of the body is taken for a request',
    async () => {
      const client = await openClient(gateway.port)
      const body = Buffer.alloc(3 * MB, 'GET /unread HTTP/1.1\r\nHost: h\r\n\r\n')
      void client.send(Buffer.concat([Buffer.from(head('/unread', body.length)), body]))
      const [answer] = await readResponses(client, ['POST'])
      assert.deepEqual([answer?.status, answer?.header('sallyport-partial')], [200, 'gone;reason=invalid'])
      assert.equal(answer?.body.toString(), '{"user":{"id":7},"gone":null}')
      client.destroy()
      const small = await openClient(gateway.port)
      const request = `${head('/unread', 5)}12345`
      assert.equal((await exchange(small, request)).status, 200)
      assert.equal((await exchange(small, request)).status, 200)
      small.destroy()
      assert.ok(users.seen.every(({ path, method }) => path === '/u' && method === 'GET'))
    },
  )

  await t.test('a client that leaves while its body is read: nobody is asked, and the room is free', async () => {
    const before = users.seen.length
    const client = await openClient(gateway.port)
    await client.send(`${head('/read', 800_000)}{"all":"${'x'.repeat(600_000)}`)
    await until(async () => metric(await scrape(), 'sallyport_held_body_bytes') > 500_000, 'the body is being read')
    client.reset()
    await until(isFree, 'its room is free')
    assert.equal(users.seen.length, before)
    const again = await ask(gateway.workers[0]!, '/read', { method: 'POST', body: '{"all":[1]}' })
    assert.deepEqual([again.status, users.seen.at(-1)?.body], [200, '{"all":[1]}'])
  })

  await t.test('a client that has its answer and goes on sending what nobody reads holds nothing', async () => {
    const client = await openClient(gateway.port)
    await client.send(`${head('/unread', 500_000)}{`)
    assert.ok(await client.waitForText('{"user":{"id":7},"gone":null}'))
    await until(isFree, 'its room is free')
    await client.send(' ')
    assert.equal(client.closed(), false)
    client.destroy()
  })

  await t.test('bodies beyond what a worker may hold are refused, and counted', async () => {
    const [client] = gateway.workers
    const slow = await openClient(gateway.port)
    const text = `{"all":"${'x'.repeat(1_200_000)}"}`
    void slow.send(head('/read', text.length) + text)
    const [answer] = await readResponses(slow, ['POST'])
    slow.destroy()
    const problem = JSON.parse(answer?.body.toString() ?? '') as Readonly<Record<string, unknown>>
    assert.deepEqual([answer?.status, problem['code'], answer?.header('retry-after')], [503, 'OVERLOADED', '1'])
    await until(isFree, 'its room is free')
    assert.ok(metric(await scrape(), 'sallyport_held_body_refused_total') > 0)
    assert.equal((await ask(client!, '/read', { method: 'POST', body: '{"all":[1]}' })).status, 200)
  })

  await t.test('the log says how the branches fared', async () => {
    const lines = (): Record<string, unknown>[] =>
      gateway
        .out()
        .split('\n')
        .flatMap(line => (line.startsWith('{') ? [JSON.parse(line)] : []))
    const found = (): Record<string, unknown> | undefined => lines().find(({ target }) => target === '/unread')
    await until(() => found() !== undefined, 'the line is there')
    const { user, gone } = (found()?.['branches'] ?? {}) as Record<string, Record<string, unknown>>
    assert.deepEqual([user?.['status'], user?.['httpStatus'], user?.['upstream']], ['ok', 200, users.url])
    assert.deepEqual([gone?.['status'], gone?.['upstream']], ['invalid', undefined])
  })
})
