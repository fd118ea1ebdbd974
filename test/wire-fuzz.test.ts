import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OK, scene } from './support/fixture.ts'
import { fuzzRequests, fuzzResponses } from './support/fuzz-messages.ts'
import { startGateway } from './support/gateway.ts'
import { answering } from './support/hostile-upstream.ts'
import { parseResponsesWithNode } from './support/node-parser.ts'
import { parseRequests } from './support/own-parser.ts'
import { randomFrom } from './support/random.ts'
import { openClient } from './support/raw-client.ts'
import { exchange } from './support/responses.ts'
import { startSloppyUpstream } from './support/sloppy-upstream.ts'
import { wireFaults } from './support/wire-rules.ts'

/** The whole gateway, not only its parsers, between broken messages and a careless other side. */
const runs = Number(process.env['WIRE_RUNS'] ?? 2000)
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000_000)

/** Whether `part` can be had from `whole` by leaving things out. */
const isSubsequence = (part: readonly string[], whole: readonly string[]): boolean => {
  let at = 0
  for (const item of whole) if (item === part[at]) at++
  return at === part.length
}

const LAST = 'GET /last HTTP/1.1\r\nHost: last\r\nConnection: close\r\n\r\n'

test(`${runs} broken streams of requests: what goes on is strict, and is what our parser, proven against node:http, reads`, {
  timeout: 300_000,
}, async t => {
  const upstream = await startSloppyUpstream()
  const gateway = await startGateway({ services: { app: upstream.port } })
  t.after(async () => {
    await gateway.close()
    await upstream.close()
  })
  t.diagnostic(`seed ${seed}`)
  for (let run = 0; run < runs; run++) {
    const bytes = Buffer.concat([fuzzRequests(randomFrom(seed + run)), Buffer.from(LAST)])
    const where = `FUZZ_SEED=${seed + run} WIRE_RUNS=1 ${JSON.stringify(bytes.toString('latin1'))}`
    upstream.forget()
    const client = await openClient(gateway.port)
    await client.send(bytes)
    // What waits for more bytes learns that none will come; everything else ends by itself.
    await client.waitFor(c => c.closed(), 30)
    client.finish()
    assert.ok(await client.waitForClose(3000), `left open: ${where}`)
    client.destroy()
    for (const { received } of upstream.connections) assert.deepEqual(wireFaults(received), [], where)
    const forwarded = upstream.requests.map(({ method, body }) => `${method} ${body.toString('latin1')}`)
    const meant = parseRequests(bytes).messages.map(({ start, body }) => `${start.split(' ')[0]} ${body}`)
    assert.ok(
      isSubsequence(forwarded, meant),
      `forwarded ${JSON.stringify(forwarded)}, meant ${JSON.stringify(meant)}: ${where}`,
    )
    const methods = meant.map(message => message.slice(0, message.indexOf(' ')))
    const answers = parseResponsesWithNode(client.received(), methods)
    assert.notEqual(
      answers.end,
      'error',
      `${answers.reason} ${JSON.stringify(client.received().toString('latin1'))}: ${where}`,
    )
    assert.ok(answers.messages.length <= meant.length + 1, where)
  }
  const client = await openClient(gateway.port)
  assert.equal((await exchange(client, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n')).status, 200)
  client.destroy()
})

test(`${runs} broken answers: the client gets a strict one, or a broken connection`, { timeout: 300_000 }, async t => {
  let bytes: Buffer = Buffer.alloc(0)
  const { client: open, upstream } = await scene(t, async connection => {
    if ((await connection.request()) === null) return
    await connection.send(bytes)
    connection.finish()
  })
  for (let run = 0; run < runs; run++) {
    bytes = fuzzResponses(randomFrom(seed + run))
    const where = `FUZZ_SEED=${seed + run} WIRE_RUNS=1 ${JSON.stringify(bytes.toString('latin1'))}`
    const client = await open()
    await client.send('GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
    assert.ok(await client.waitForClose(3000), `left open: ${where}`)
    const answers = parseResponsesWithNode(client.received())
    const received = JSON.stringify(client.received().toString('latin1'))
    assert.notEqual(answers.end, 'error', `${answers.reason} ${received}: ${where}`)
    const final = answers.messages.filter(message => Number(message.start.slice(4)) >= 200)
    assert.equal(final.length, 1, `${received}: ${where}`)
    client.destroy()
  }
  upstream.script(answering(OK))
  assert.equal((await exchange(await open(), 'GET / HTTP/1.1\r\nHost: h\r\n\r\n')).status, 200)
})
