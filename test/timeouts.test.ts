import assert from 'node:assert/strict'
import { createServer as createHttpsServer } from 'node:https'
import { suite, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { endpointSpec, forwardTo, retrySpec } from '../src/spec/testing.ts'
import { assertProblem, GET, OK } from './support/fixture.ts'
import { type RunningGateway, startGateway } from './support/gateway.ts'
import { type HostileUpstream, startHostileUpstream, type UpstreamConnection } from './support/hostile-upstream.ts'
import { listen } from './support/listen.ts'
import { openClient, type RawClient } from './support/raw-client.ts'
import { startDeafTarget } from './support/resilience-deaf.ts'
import { exchange, parseResponse, type RawResponse } from './support/responses.ts'
import { type GatewayOptions, pem, type ServiceOptions } from './support/specs.ts'
import { until } from './support/until.ts'

/**
 * Each wait has a bound of its own. In every test one of them is short and all others are a minute, so that what ends a
 * request can only have been the one. Bounds go by a clock of 200 ms, but for a try's, which is exact.
 */
const SHORT_MS = 300
const LONG_MS = 60_000
const TICK_MS = 200
/** For a machine that is busy with other tests. */
const SLACK_MS = 2000

const LONG: ServiceOptions['timeouts'] = {
  connectMs: LONG_MS,
  tlsMs: LONG_MS,
  headMs: LONG_MS,
  idleMs: LONG_MS,
  totalMs: 0,
}

type Script = (connection: UpstreamConnection) => Promise<void>

interface Scene {
  readonly gateway: RunningGateway
  client(): Promise<RawClient>
  /** Asks on a connection of its own; how long it took comes with the answer. */
  ask(bytes?: string): Promise<{ answer: RawResponse; ms: number }>
}

const startScene = async (
  t: TestContext,
  service: ServiceOptions,
  more: Partial<GatewayOptions> = {},
): Promise<Scene> => {
  const app: ServiceOptions = { ...service, timeouts: { ...LONG, ...service.timeouts } }
  const gateway = await startGateway({ services: { app }, ...more })
  t.after(() => gateway.close())
  const client = async (): Promise<RawClient> => {
    const opened = await openClient(gateway.port)
    t.after(() => opened.destroy())
    return opened
  }
  return {
    gateway,
    client,
    ask: async (bytes = GET) => {
      const opened = await client()
      const began = performance.now()
      const answer = await exchange(opened, bytes, 10_000)
      return { answer, ms: performance.now() - began }
    },
  }
}

const startUpstream = async (t: TestContext, script: Script): Promise<HostileUpstream> => {
  const upstream = await startHostileUpstream(script)
  t.after(() => upstream.close())
  return upstream
}

const withinTick = (ms: number, bound = SHORT_MS): void =>
  assert.ok(ms >= bound - 1 && ms <= bound + TICK_MS + SLACK_MS, `${ms} ms for a bound of ${bound}`)

/** Reads requests and stays silent. */
const silent: Script = async connection => {
  while ((await connection.request()) !== null);
}

/** Answers each request after a while. */
const late =
  (ms: number): Script =>
  async connection => {
    while ((await connection.request()) !== null) {
      await sleep(ms)
      await connection.send(OK)
    }
  }

/** The head at once, then a byte every `everyMs`, so many of them; then nothing. */
const dripping =
  (everyMs: number, bytes: number, length = bytes): Script =>
  async connection => {
    while ((await connection.request()) !== null) {
      await connection.send(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`)
      for (let i = 0; i < bytes && !connection.closed(); i++) {
        await sleep(everyMs)
        await connection.send('.')
      }
    }
  }

const allClosed = (gateway: RunningGateway): Promise<void> =>
  until(
    () => gateway.gauge('sallyport_upstream_connections') === 0 && gateway.gauge('sallyport_upstream_in_flight') === 0,
    'no connection to a target is left',
  )

suite('perTry', { concurrency: true }, () => {
  const PER_TRY_MS = 80
  const trying = retrySpec({ on: ['timeout'], perTryMs: PER_TRY_MS })

  test('a try that is over goes on at another target, to the millisecond, and is given up at the first', async t => {
    const hanging = await startUpstream(t, silent)
    const well = await startUpstream(t, late(0))
    const { ask, gateway } = await startScene(t, { ports: [hanging.port, well.port], retry: trying })
    const times: number[] = []
    for (let n = 0; n < 20; n++) {
      const { answer, ms } = await ask()
      assert.equal(answer.status, 200)
      times.push(ms)
    }
    const retried = times.filter(ms => ms >= PER_TRY_MS - 1).toSorted((a, b) => a - b)
    assert.equal(hanging.connections.length, retried.length)
    assert.ok(retried.length >= 8, `${retried.length} of 20 began at the one that hangs`)
    // By the coarse clock it would be 100 ms more.
    const median = retried[retried.length >> 1]!
    assert.ok(median < PER_TRY_MS + 75, `median of ${median} ms`)
    for (const connection of hanging.connections) await connection.ended()
    await until(() => gateway.gauge('sallyport_upstream_in_flight') === 0)
  })

  test('when the last try is over it is a 504', async t => {
    const hanging = await startUpstream(t, silent)
    const { ask, gateway } = await startScene(t, { ports: [hanging.port], retry: { ...trying, attempts: 3 } })
    const { answer, ms } = await ask()
    assertProblem(answer, 504, 'UPSTREAM_TIMEOUT')
    assert.ok(ms >= 3 * PER_TRY_MS - 3 && ms <= 3 * PER_TRY_MS + SLACK_MS, `${ms} ms`)
    assert.equal(hanging.connections.length, 3)
    await allClosed(gateway)
  })

  test('where `timeout` is not worth another try, one is all there is', async t => {
    const hanging = await startUpstream(t, silent)
    const retry = retrySpec({ on: ['connect', 503], perTryMs: PER_TRY_MS })
    const { ask } = await startScene(t, { ports: [hanging.port], retry })
    assertProblem((await ask()).answer, 504, 'UPSTREAM_TIMEOUT')
    assert.equal(hanging.connections.length, 1)
  })

  test('it is the time for the head: a body may take longer', async t => {
    const upstream = await startUpstream(t, dripping(PER_TRY_MS, 5))
    const { ask } = await startScene(t, { ports: [upstream.port], retry: trying })
    const { answer } = await ask()
    assert.deepEqual([answer.status, answer.body.toString()], [200, '.....'])
    assert.equal(upstream.connections.length, 1)
  })

  test('a request whose method may not be repeated is given up, and not tried again', async t => {
    const [one, two] = [await startUpstream(t, silent), await startUpstream(t, silent)]
    const { ask } = await startScene(t, { ports: [one.port, two.port], retry: trying })
    const { answer } = await ask('POST / HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 1\r\n\r\nx')
    assertProblem(answer, 504, 'UPSTREAM_TIMEOUT')
    assert.equal(one.connections.length + two.connections.length, 1)
  })
})

suite('each bound alone', { concurrency: true }, () => {
  suite('connect', { concurrency: true }, () => {
    test('a target that takes no connection costs a 504 after `connect`, and nothing reaches it later', async t => {
      const deaf = await startDeafTarget()
      t.after(() => deaf.close())
      const { ask, gateway } = await startScene(t, { ports: [deaf.port], timeouts: { connectMs: SHORT_MS } })
      const { answer, ms } = await ask()
      assertProblem(answer, 504, 'UPSTREAM_TIMEOUT')
      withinTick(ms)
      await allClosed(gateway)
      assert.deepEqual(await deaf.wake(), [])
    })

    test('whatever the method, another target is tried: nobody has seen the request', async t => {
      const deaf = await startDeafTarget()
      t.after(() => deaf.close())
      const well = await startUpstream(t, late(0))
      const { ask } = await startScene(t, {
        ports: [deaf.port, well.port],
        timeouts: { connectMs: SHORT_MS },
        retry: retrySpec({ on: ['connect'] }),
      })
      const post = 'POST / HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 3\r\n\r\nabc'
      // In turn: one of the two at least begins at the deaf one.
      const both = [await ask(post), await ask(post)]
      assert.deepEqual(
        both.map(({ answer }) => answer.status),
        [200, 200],
      )
      assert.ok(both.some(({ ms }) => ms >= SHORT_MS - 1))
    })

    test('once connected it is over: an answer may take longer', async t => {
      const upstream = await startUpstream(t, late(3 * SHORT_MS))
      const { ask } = await startScene(t, { ports: [upstream.port], timeouts: { connectMs: SHORT_MS } })
      assert.equal((await ask()).answer.status, 200)
    })
  })

  suite('tls', { concurrency: true }, () => {
    test('a handshake that does not come costs a 504 after `tls`, and the connection is closed', async t => {
      const upstream = await startUpstream(t, async connection => void (await connection.waitFor(() => false)))
      const { ask, gateway } = await startScene(t, {
        ports: [upstream.port],
        tls: true,
        timeouts: { tlsMs: SHORT_MS },
      })
      const { answer, ms } = await ask()
      assertProblem(answer, 504, 'UPSTREAM_TIMEOUT')
      withinTick(ms)
      await upstream.connections[0]!.ended()
      await allClosed(gateway)
    })

    test('once it is done, an answer may take longer', async t => {
      const [cert, key] = [pem('cert.pem'), pem('key.pem')]
      const before = getCACertificates('default')
      setDefaultCACertificates([...before, cert])
      t.after(() => setDefaultCACertificates(before))
      const server = createHttpsServer({ cert, key }, (_, response) =>
        setTimeout(() => response.end('ok'), 3 * SHORT_MS),
      )
      const upstream = await listen(server)
      t.after(() => upstream.close())
      const endpoints = [endpointSpec(`localhost:${upstream.port}`, { tls: true })]
      const { ask } = await startScene(t, { ports: [], endpoints, timeouts: { tlsMs: SHORT_MS } })
      const { answer } = await ask()
      assert.equal(answer.status, 200, answer.body.toString())
    })
  })

  suite('head', { concurrency: true }, () => {
    test('a target that stays silent costs a 504 after `head`, and its connection is closed', async t => {
      const upstream = await startUpstream(t, silent)
      const { ask, gateway } = await startScene(t, { ports: [upstream.port], timeouts: { headMs: SHORT_MS } })
      const { answer, ms } = await ask()
      assertProblem(answer, 504, 'UPSTREAM_TIMEOUT')
      withinTick(ms)
      await upstream.connections[0]!.ended()
      await allClosed(gateway)
    })

    test('half a head is none', async t => {
      const upstream = await startUpstream(t, async connection => {
        await connection.request()
        for (let i = 0; i < 50 && !connection.closed(); i++) {
          await connection.send(i === 0 ? 'HTTP/1.1 200 OK\r\n' : `X-${i}: 1\r\n`)
          await sleep(50)
        }
      })
      const { ask } = await startScene(t, { ports: [upstream.port], timeouts: { headMs: SHORT_MS } })
      const { answer, ms } = await ask()
      assertProblem(answer, 504, 'UPSTREAM_TIMEOUT')
      withinTick(ms)
      await upstream.connections[0]!.ended()
    })

    test('it begins when the request is sent: an upload and a body may take longer', async t => {
      const upstream = await startUpstream(t, dripping(100, 8))
      const { client } = await startScene(t, { ports: [upstream.port], timeouts: { headMs: SHORT_MS } })
      const opened = await client()
      await opened.send('PUT / HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 8\r\n\r\n')
      for (let i = 0; i < 8; i++) {
        await sleep(100)
        await opened.send('x')
      }
      await opened.waitForText('........', 10_000)
      const answer = parseResponse(opened.received(), 0, 'PUT')?.response
      assert.deepEqual([answer?.status, answer?.body.toString()], [200, '........'])
    })
  })

  suite('idle', { concurrency: true }, () => {
    test('silence within a body ends both connections after `idle`: the client must not take it for whole', async t => {
      const upstream = await startUpstream(t, dripping(20, 3, 10))
      const { client, gateway } = await startScene(t, { ports: [upstream.port], timeouts: { idleMs: SHORT_MS } })
      const opened = await client()
      await opened.send(GET)
      await opened.waitForText('...')
      const began = performance.now()
      assert.ok(await opened.waitForClose(10_000))
      withinTick(performance.now() - began)
      const answer = parseResponse(opened.received(), 0, 'GET')?.response
      assert.deepEqual([answer?.status, answer?.complete], [200, false])
      await upstream.connections[0]!.ended()
      await allClosed(gateway)
    })

    test('a body that goes on may take any time, and so may a head', async t => {
      const upstream = await startUpstream(t, async connection => {
        await connection.request()
        await sleep(3 * SHORT_MS)
        await connection.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n')
        for (let i = 0; i < 10; i++) {
          await sleep(SHORT_MS / 3)
          await connection.send('.')
        }
      })
      const { ask } = await startScene(t, { ports: [upstream.port], timeouts: { idleMs: SHORT_MS } })
      const { answer } = await ask()
      assert.deepEqual([answer.status, answer.body.toString()], [200, '.'.repeat(10)])
    })

    test('a client that reads slowly is no silence of the target', async t => {
      const bytes = 16 * 1024 * 1024
      const upstream = await startUpstream(t, async connection => {
        await connection.request()
        await connection.send(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\n\r\n`)
        await connection.send(Buffer.alloc(bytes, '.'))
      })
      const { client } = await startScene(t, { ports: [upstream.port], timeouts: { idleMs: SHORT_MS } })
      const opened = await client()
      await opened.send(GET)
      await opened.waitForText('....')
      opened.socket.pause()
      await sleep(SHORT_MS + 2 * TICK_MS + 200)
      opened.socket.resume()
      assert.ok(await opened.waitFor(({ received }) => received().length > bytes, 10_000))
    })
  })

  suite('total', { concurrency: true }, () => {
    test('of the service: the wait for a head ends, and the connection is closed', async t => {
      const upstream = await startUpstream(t, silent)
      const { ask, gateway } = await startScene(t, { ports: [upstream.port], timeouts: { totalMs: SHORT_MS } })
      const { answer, ms } = await ask()
      assertProblem(answer, 504, 'UPSTREAM_TIMEOUT')
      withinTick(ms)
      await upstream.connections[0]!.ended()
      await allClosed(gateway)
    })

    test('the wait for a connection ends too', async t => {
      const deaf = await startDeafTarget()
      t.after(() => deaf.close())
      const { ask, gateway } = await startScene(t, { ports: [deaf.port], timeouts: { totalMs: SHORT_MS } })
      const { answer, ms } = await ask()
      assertProblem(answer, 504, 'UPSTREAM_TIMEOUT')
      withinTick(ms)
      await allClosed(gateway)
    })

    test('a body that goes on is cut off, and the target told', async t => {
      const upstream = await startUpstream(t, dripping(30, 1000))
      const { client, gateway } = await startScene(t, { ports: [upstream.port], timeouts: { totalMs: SHORT_MS } })
      const opened = await client()
      const began = performance.now()
      await opened.send(GET)
      assert.ok(await opened.waitForClose(10_000))
      withinTick(performance.now() - began)
      assert.equal(parseResponse(opened.received(), 0, 'GET')?.response.complete, false)
      await upstream.connections[0]!.ended()
      await allClosed(gateway)
    })

    test('tries share it', async t => {
      const upstream = await startUpstream(t, silent)
      const retry = retrySpec({ attempts: 10, on: ['timeout'], perTryMs: 120 })
      const { ask, gateway } = await startScene(t, { ports: [upstream.port], timeouts: { totalMs: SHORT_MS }, retry })
      const { answer, ms } = await ask()
      assertProblem(answer, 504, 'UPSTREAM_TIMEOUT')
      assert.ok(ms >= 240 - 2 && ms <= SHORT_MS + TICK_MS + SLACK_MS, `${ms} ms`)
      // The third begins within it.
      assert.ok(upstream.connections.length >= 2 && upstream.connections.length <= 3)
      await allClosed(gateway)
    })

    test('pauses between tries count', async t => {
      const upstream = await startUpstream(t, async connection => {
        await connection.request()
        connection.reset()
      })
      const retry = retrySpec({ attempts: 10, on: ['reset'], backoffMs: { least: 120, most: 120 } })
      const { ask } = await startScene(t, { ports: [upstream.port], timeouts: { totalMs: SHORT_MS }, retry })
      const { answer, ms } = await ask()
      assertProblem(answer, 502, 'UPSTREAM_CONNECT')
      // Of nine pauses; one that would end behind it is not waited for.
      assert.ok(ms < SHORT_MS + SLACK_MS / 2, `${ms} ms`)
      assert.ok(upstream.connections.length >= 2 && upstream.connections.length <= 3)
    })

    test('whoever waits for room waits no longer either', async t => {
      const upstream = await startUpstream(t, silent)
      const { ask, client } = await startScene(
        t,
        { ports: [upstream.port], connections: { max: 1, waitMs: LONG_MS } },
        { routes: [{ totalMs: SHORT_MS, match: { kind: 'prefix', pattern: '/short' } }, {}] },
      )
      const first = await client()
      await first.send(GET)
      await until(() => upstream.connections.length === 1)
      const { answer, ms } = await ask(GET.replace('GET /', 'GET /short'))
      assertProblem(answer, 504, 'UPSTREAM_TIMEOUT')
      withinTick(ms)
    })

    test('what is done in time is not touched, nor what comes on the same connection later', async t => {
      const upstream = await startUpstream(t, late(SHORT_MS / 2))
      const { client } = await startScene(t, { ports: [upstream.port], timeouts: { totalMs: SHORT_MS * 2 } })
      const opened = await client()
      for (let n = 0; n < 6; n++) assert.equal((await exchange(opened, GET)).status, 200)
      assert.equal(upstream.connections.length, 1)
    })

    test('that of the route stands in its place, be it shorter or longer', async t => {
      const upstream = await startUpstream(t, late(3 * SHORT_MS))
      const routes = [
        { match: { kind: 'prefix', pattern: '/long' }, totalMs: LONG_MS },
        { match: { kind: 'prefix', pattern: '/slow' }, action: forwardTo('slow') },
        { match: { kind: 'prefix', pattern: '/short' }, action: forwardTo('slow'), totalMs: SHORT_MS },
        {},
      ] as const
      const gateway = await startGateway({
        services: {
          app: { ports: [upstream.port], timeouts: { ...LONG, totalMs: SHORT_MS } },
          slow: { ports: [upstream.port], timeouts: { ...LONG, totalMs: LONG_MS } },
        },
        routes,
      })
      t.after(() => gateway.close())
      const statusOf = async (path: string): Promise<number> => {
        const client = await openClient(gateway.port)
        const { status } = await exchange(client, GET.replace('/', path), 10_000)
        client.destroy()
        return status
      }
      const all = await Promise.all(['/', '/long', '/slow', '/short'].map(statusOf))
      assert.deepEqual(all, [504, 200, 200, 504])
    })
  })
})
