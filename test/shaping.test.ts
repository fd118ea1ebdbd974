import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openClient, type RawClient } from './support/raw-client.ts'
import {
  type AskOptions,
  ask,
  askAll,
  gist,
  type ResilientGateway,
  startResilient,
  tallyOf,
} from './support/resilience-gateway.ts'
import {
  type Behaviour,
  byName,
  closedPort,
  reset,
  type Seen,
  silence,
  startTargets,
  status,
  type Target,
} from './support/resilience-target.ts'
import { keyHash } from './support/tokens-jwt.ts'

/** What becomes of requests on their way to a service: split, held up, tried again, answered by others. */

const CONSUMERS = Array.from({ length: 30 }, (_, i) => `consumer-${i}`)

type Name = 'v1' | 'v2' | 'v3' | 'a' | 'b' | 'spare' | 'failing'

const configOf = (targets: Readonly<Record<Name, Target>>, closed: number): string => {
  const { v1, v2, v3, a, b, spare, failing } = targets
  const pair = `endpoints: [ "${a.url}", "${b.url}" ]`
  return `
services:
  v1: "${v1.url}"
  v2: "${v2.url}"
  v3: "${v3.url}"
  pair: { ${pair}, retry: { attempts: 2, on: [connect, reset, 503], backoff: 1ms..2ms } }
  half: { endpoints: [ "${a.url}", "http://127.0.0.1:${closed}" ], retry: { attempts: 2, backoff: 1ms..2ms } }
  spare: "${spare.url}"
  down: { url: "http://127.0.0.1:${closed}", fallback: { to: spare, on: [connect] } }
  kept: { url: "${failing.url}", retry: { attempts: 2, on: [500], backoff: 1ms..2ms }, fallback: { to: spare, on: [5xx] } }
  begun: { url: "${failing.url}", fallback: { to: spare, on: [5xx] } }
  late:
    url: "${a.url}"
    timeout: { total: 500ms }
    fallback: { respond: { status: 203, json: { stale: true }, headers: { x-from: fallback } }, on: [timeout] }
  told: { url: "${a.url}", deadlineHeader: x-request-timeout-ms, timeout: { total: 1s } }
  grpc: { url: "${a.url}", deadlineHeader: grpc-timeout, timeout: { total: 1s } }
auth: { keys: { apiKey: { header: x-api-key } } }
consumers:
${CONSUMERS.map(name => `  ${name}: { keys: ["sha256:${keyHash(name)}"] }`).join('\n')}
routes:
  - { prefix: /split, to: { v1: 80, v2: 20 } }
  - { prefix: /by-header, to: { v1: 50, v2: 50 }, split: { sticky: "header:x-user" } }
  - { prefix: /by-cookie, to: { v1: 50, v2: 50 }, split: { sticky: "cookie:sid" } }
  - { prefix: /by-consumer, to: { v1: 50, v2: 50 }, split: { sticky: consumer }, auth: keys }
  - { prefix: /canary, to: { v1: 100, v2: 0 }, split: { header: x-shop, cookie: shop } }
  - { prefix: /fault/delay, to: v1, fault: { delay: { for: 400ms, share: 30% } } }
  - { prefix: /fault/abort, to: v1, fault: { abort: { status: 418, share: 30% } } }
  - { prefix: /fault/asked, to: v1, fault: { abort: {}, header: x-fault } }
  - { prefix: /pair/none, to: pair, retry: none }
  - { prefix: /pair/any, to: pair, retry: { attempts: 2, on: [503], backoff: 1ms..2ms, anyMethod: true } }
  - { prefix: /pair/four, to: pair, retry: { attempts: 4, on: [503], backoff: 1ms..2ms } }
  - { prefix: /pair, to: pair }
  - { prefix: /half, to: half }
  - { prefix: /down, to: down }
  - { prefix: /kept, to: kept }
  - { prefix: /begun, to: begun }
  - { prefix: /late, to: late }
  - { prefix: /told, to: told }
  - { prefix: /grpc, to: grpc }
`
}

/** The first `times` requests, whoever gets them, end like this; the others well. */
const atFirst = (times: number, bad: Behaviour, ...targets: readonly Target[]): void => {
  let left = times
  for (const target of targets) target.behave((seen, response) => (left-- > 0 ? bad : byName)(seen, response))
}

/** What all of them saw since then, in order. */
const sawSince = (at: number, ...targets: readonly Target[]): readonly Seen[] =>
  targets
    .flatMap(({ seen }) => seen)
    .filter(seen => seen.at >= at)
    .toSorted((one, other) => one.at - other.at)

const share = (answers: readonly string[], answer: string): number => (tallyOf(answers)[answer] ?? 0) / answers.length

/** Asks through both workers at the same time; `each` requests on each of 8 connections. */
const askMuch = async (port: number, path: string, each: number, options?: AskOptions): Promise<string[]> => {
  const one = async (): Promise<string[]> => {
    const client = await openClient(port)
    const answers: string[] = []
    for (let n = 0; n < each; n++) answers.push(gist(await ask(client, path, options)))
    client.destroy()
    return answers
  }
  return (await Promise.all(Array.from({ length: 8 }, one))).flat()
}

/** How long each of so many requests takes, on each of 16 connections, ms. */
const timesOf = async (port: number, path: string, each: number): Promise<number[]> => {
  const one = async (): Promise<number[]> => {
    const client = await openClient(port)
    const times: number[] = []
    for (let n = 0; n < each; n++) {
      const began = performance.now()
      assert.equal((await ask(client, path)).status, 200)
      times.push(performance.now() - began)
    }
    client.destroy()
    return times
  }
  return (await Promise.all(Array.from({ length: 16 }, one))).flat()
}

/** What each of these says is one answer, the same from both workers; which one, differs. */
const assertSticky = async (gateway: ResilientGateway, path: string, fields: readonly string[]): Promise<void> => {
  const chosen: string[] = []
  for (const field of fields) {
    const answers = new Set(await askAll(gateway, path, 2, { fields: [field] }))
    assert.equal(answers.size, 1, `${field}: ${[...answers]}`)
    chosen.push(...answers)
  }
  const v1 = share(chosen, '200 v1')
  assert.ok(v1 > 0.15 && v1 < 0.85, `${v1} of ${fields.length}`)
}

const post = (body: string, ...fields: readonly string[]): AskOptions => ({ method: 'POST', body, fields })

test('requests are shaped', async t => {
  const targets = await startTargets(t, ['v1', 'v2', 'v3', 'a', 'b', 'spare', 'failing'])
  const { a, b, spare, failing } = targets
  failing.behave(status(500))
  const gateway = await startResilient(t, configOf(targets, await closedPort()))
  const { port } = gateway
  const [first] = gateway.workers as [RawClient, RawClient]
  const askFirst = (path: string, options?: AskOptions) => ask(first, path, options)

  await t.test('a split gives each service its weight', async () => {
    // 1,200 by chance: 5 standard deviations are 5.8 %.
    const answers = await askMuch(port, '/split', 150)
    const v2 = share(answers, '200 v2')
    assert.ok(Math.abs(v2 - 0.2) < 0.058, `${v2} instead of 0.2`)
    assert.deepEqual(new Set(answers), new Set(['200 v1', '200 v2']))
  })

  await t.test('a sticky split gives the same client the same service, in whichever worker', async () => {
    const values = Array.from({ length: 30 }, (_, i) => `u-${i}`)
    await assertSticky(
      gateway,
      '/by-header',
      values.map(value => `X-User: ${value}`),
    )
    await assertSticky(
      gateway,
      '/by-cookie',
      values.map(value => `Cookie: a=b; sid=${value}`),
    )
    await assertSticky(
      gateway,
      '/by-consumer',
      CONSUMERS.map(key => `X-Api-Key: ${key}`),
    )
    // Who lacks it is spread.
    assert.ok(new Set(await askMuch(port, '/by-header', 5)).size === 2)
  })

  await t.test('a canary is for those who ask for it', async () => {
    const cases = [
      [[], 'v1'],
      [['X-Shop: v2'], 'v2'],
      [['X-Shop: v1', 'Cookie: shop=v2'], 'v1'],
      [['Cookie: shop=v2'], 'v2'],
      [['Cookie: shop=v1'], 'v1'],
      // Not of this split, or of none.
      [['X-Shop: v3'], 'v1'],
      [['X-Shop: nobody', 'Cookie: shop=v2'], 'v2'],
    ] as const
    for (const [fields, name] of cases) {
      assert.deepEqual(
        new Set(await askAll(gateway, '/canary', 5, { fields })),
        new Set([`200 ${name}`]),
        fields.join(),
      )
    }
  })

  await t.test('faults come in their shares, and only for those who ask where that is said', async () => {
    // 1,200 and 160 by chance: 5 standard deviations are 6.6 % and 18 %.
    const passed = share(await askMuch(port, '/fault/abort', 150), '200 v1')
    assert.ok(Math.abs(passed - 0.7) < 0.066, `${passed} instead of 0.7`)
    const times = await timesOf(port, '/fault/delay', 10)
    const delayed = times.filter(ms => ms >= 399).length / times.length
    assert.ok(Math.abs(delayed - 0.3) < 0.18, `${delayed} instead of 0.3`)
    assert.deepEqual(new Set(await askAll(gateway, '/fault/asked', 5)), new Set(['200 v1']))
    const asked = await askFirst('/fault/asked', { fields: ['X-Fault: whatever'] })
    assert.deepEqual([asked.status, asked.header('sallyport-fault')], [503, 'abort'])
  })

  await t.test('a request that nobody has seen goes to the fallback with all of its body', async () => {
    for (const body of ['small', 'x'.repeat(300_000)]) {
      const answer = await askFirst('/down', post(body))
      assert.deepEqual([gist(answer), answer.header('sallyport-fallback')], ['200 spare', 'connect'])
      assert.equal(spare.seen.at(-1)?.body, body)
    }
  })

  await t.test('one that was seen goes there only if its body was kept', async () => {
    const kept = await askFirst('/kept', { method: 'PUT', body: 'all of it' })
    assert.deepEqual([gist(kept), kept.header('sallyport-fallback')], ['200 spare', '5xx'])
    assert.deepEqual(
      [failing.seen.at(-2)?.body, failing.seen.at(-1)?.body, spare.seen.at(-1)?.body],
      ['all of it', 'all of it', 'all of it'],
    )
    const before = spare.seen.length
    const begun = await askFirst('/begun', { method: 'PUT', body: 'gone' })
    assert.deepEqual([gist(begun), begun.header('sallyport-fallback')], ['500 failing', undefined])
    assert.equal(spare.seen.length, before)
    assert.equal(gist(await askFirst('/begun')), '200 spare')
  })

  await t.test('a fallback may be a fixed answer', async () => {
    a.behave(silence)
    const answer = await askFirst('/late')
    assert.deepEqual([answer.status, answer.body.toString()], [203, '{"stale":true}'])
    assert.deepEqual([answer.header('sallyport-fallback'), answer.header('x-from')], ['timeout', 'fallback'])
    a.behave()
    assert.equal(gist(await askFirst('/late')), '200 a')
  })

  await t.test('a service is told how long its answer is waited for, and a client may shorten that', async () => {
    const told = async (path: string, header: string, value?: string): Promise<string> => {
      await askFirst(path, { fields: value === undefined ? [] : [`${header}: ${value}`] })
      const { headers } = a.seen.at(-1)!
      return String(headers[header])
    }
    const between = (text: string, least: number, most: number): void => {
      const ms = Number(text)
      assert.ok(ms > least && ms <= most, `${text} is not in ${least} to ${most}`)
    }
    between(await told('/told', 'x-request-timeout-ms'), 700, 1000)
    between(await told('/told', 'x-request-timeout-ms', '400'), 200, 400)
    between(await told('/told', 'x-request-timeout-ms', '99999'), 700, 1000)
    between(await told('/told', 'x-request-timeout-ms', 'soon'), 700, 1000)
    for (const [value, least, most] of [
      [undefined, 700, 1000],
      ['400m', 200, 400],
      ['500000u', 300, 500],
      ['1H', 700, 1000],
      ['4', 700, 1000],
    ] as const) {
      const text = await told('/grpc', 'grpc-timeout', value)
      assert.match(text, /^\d+m$/)
      between(text.slice(0, -1), least, most)
    }
    // And is not kept waiting for longer.
    a.behave(silence)
    const began = performance.now()
    const answer = await askFirst('/told', { fields: ['X-Request-Timeout-Ms: 200'] })
    const ms = performance.now() - began
    assert.equal(gist(answer), '504 UPSTREAM_TIMEOUT')
    assert.ok(ms >= 199 && ms < 900, `${ms} ms`)
    a.behave()
  })

  await t.test('small bodies are sent again, to another target', async () => {
    const cases = [
      [post('once more', 'Idempotency-Key: k1'), status(503)],
      [post('once more', 'Idempotency-Key: k2'), reset],
      [{ method: 'PUT', body: 'once more' }, status(503)],
      [{ method: 'PUT', body: 'once more' }, reset],
    ] as const
    for (const [options, bad] of cases) {
      const at = performance.now()
      atFirst(1, bad, a, b)
      assert.equal((await askFirst('/pair', options)).status, 200)
      const saw = sawSince(at, a, b)
      assert.deepEqual(
        saw.map(({ method, body }) => [method, body]),
        [
          [options.method, 'once more'],
          [options.method, 'once more'],
        ],
      )
      assert.notEqual(saw[0]!.target, saw[1]!.target)
    }
    const chunked =
      'PUT /pair HTTP/1.1\r\nHost: gw.test\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nonce\r\n5\r\n more\r\n0\r\n\r\n'
    const at = performance.now()
    atFirst(1, status(503), a, b)
    const client = await openClient(port)
    await client.send(chunked)
    assert.ok(await client.waitForText('200 OK'))
    client.destroy()
    assert.deepEqual(
      sawSince(at, a, b).map(({ body }) => body),
      ['once more', 'once more'],
    )
  })

  await t.test('what is not idempotent is not sent again once a target may have seen it', async () => {
    for (const [bad, answer] of [
      [status(503), /^503 [ab]$/],
      [reset, /^502 UPSTREAM_CONNECT$/],
    ] as const) {
      const at = performance.now()
      atFirst(1, bad, a, b)
      assert.match(gist(await askFirst('/pair', post('once'))), answer)
      assert.match(gist(await askFirst('/pair', post('then'))), /^200/)
      assert.deepEqual(
        sawSince(at, a, b).map(({ body }) => body),
        ['once', 'then'],
      )
    }
    // Nor without a body that would be gone.
    const then = performance.now()
    atFirst(1, status(503), a, b)
    assert.match(gist(await askFirst('/pair', { method: 'POST' })), /^503/)
    assert.equal(sawSince(then, a, b).length, 1)
    atFirst(1, status(503), a, b)
    assert.match(gist(await askFirst('/pair/any', post('twice'))), /^200/)
    // Nobody saw what was refused.
    atFirst(0, reset, a, b)
    for (let n = 0; n < 6; n++) assert.equal(gist(await askFirst('/half', post(`${n}`))), '200 a')
  })

  await t.test('large bodies are sent once', async () => {
    const large = 'x'.repeat(100_000)
    const chunked = `PUT /pair HTTP/1.1\r\nHost: gw.test\r\nTransfer-Encoding: chunked\r\n\r\n${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n`
    atFirst(1, status(503), a, b)
    const at = performance.now()
    assert.equal((await askFirst('/pair', { method: 'PUT', body: large })).status, 503)
    atFirst(1, status(503), a, b)
    const client = await openClient(port)
    await client.send(chunked)
    assert.ok(await client.waitForText('HTTP/1.1 503'))
    client.destroy()
    assert.deepEqual(
      sawSince(at, a, b).map(({ body }) => body === large),
      [true, true],
    )
  })

  await t.test('Retry-After is waited for, and a long one ends the tries', async () => {
    const at = performance.now()
    atFirst(1, status(503, { 'retry-after': '1' }), a, b)
    assert.match(gist(await askFirst('/pair')), /^200/)
    const [one, two] = sawSince(at, a, b)
    const pause = two!.at - one!.at
    assert.ok(pause >= 999 && pause < 2500, `${pause} ms`)
    const then = performance.now()
    atFirst(1, status(503, { 'retry-after': '30' }), a, b)
    const answer = await askFirst('/pair')
    assert.deepEqual([answer.status, answer.header('retry-after')], [503, '30'])
    assert.equal(sawSince(then, a, b).length, 1)
  })

  await t.test('a route may have its own retries, or none', async () => {
    for (const [path, bad, tries, right] of [
      ['/pair', 1, 2, 200],
      ['/pair', 2, 2, 503],
      ['/pair/none', 1, 1, 503],
      ['/pair/four', 3, 4, 200],
      ['/pair/four', 4, 4, 503],
    ] as const) {
      const at = performance.now()
      atFirst(bad, status(503), a, b)
      assert.equal((await askFirst(path)).status, right, path)
      assert.equal(sawSince(at, a, b).length, tries, path)
    }
  })

  await t.test('nothing is tried again once the client has seen some of an answer', async () => {
    const at = performance.now()
    const half: Behaviour = (_, response) => {
      response.writeHead(200, { 'content-length': 10 })
      response.write('half', () => setTimeout(() => response.socket?.resetAndDestroy(), 30))
    }
    atFirst(1, half, a, b)
    const client = await openClient(port)
    await client.send('GET /pair HTTP/1.1\r\nHost: gw.test\r\n\r\n')
    assert.ok(await client.waitForClose(5000))
    assert.match(client.received().toString(), /^HTTP\/1\.1 200 OK\r\n.*half$/s)
    assert.equal(sawSince(at, a, b).length, 1)
    atFirst(0, reset, a, b)
  })
  assert.equal(await gateway.stop(), 0)
})
