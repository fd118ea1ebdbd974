import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { byName, type FakeAnswers, fakeClient, settle, watch } from '../testing/discovery-world.ts'

const at = (...addresses: string[]) => addresses.map(address => ({ address, ttl: 60 }))

/** Name servers whose answers the test replaces. */
const dnsOf = (answers: FakeAnswers, given = {}) => {
  const servers = { answers, asked: [] as string[] }
  const spec = byName(given)
  const watched = watch(spec, { dns: () => fakeClient(() => servers.answers, servers.asked) })
  return { ...watched, servers }
}

const [A, AAAA] = ['A orders.example', 'AAAA orders.example']

describe('each address of a name', () => {
  test('is a target, of both families, sorted', async () => {
    const { told, lists, ready } = dnsOf({ [A]: at('10.0.0.9', '10.0.0.7'), [AAAA]: at('fd00::7') })
    await ready
    assert.deepEqual(told, [['http://10.0.0.7:8080 1 0', 'http://10.0.0.9:8080 1 0', 'http://[fd00::7]:8080 1 0']])
    const [first] = lists[0]!
    assert.deepEqual(first, {
      url: 'http://10.0.0.7:8080',
      tls: false,
      host: 'orders.example',
      port: 8080,
      authority: 'orders.example:8080',
      basePath: '',
      weight: 1,
      priority: 0,
      address: '10.0.0.7',
    })
  })

  test('keeps scheme and path prefix of the URL', async () => {
    const { told, ready } = dnsOf({ [A]: at('10.0.0.7') }, { tls: true, port: 443, basePath: '/v2' })
    await ready
    assert.deepEqual(told, [['https://10.0.0.7:443/v2 1 0']])
  })

  test('is told again only when the answer is another one', async () => {
    const { told, pass, servers } = dnsOf({ [A]: at('10.0.0.7', '10.0.0.8') })
    await settle()
    servers.answers = { [A]: at('10.0.0.8', '10.0.0.7', '10.0.0.7') }
    await pass(60_000)
    assert.equal(servers.asked.length, 4)
    assert.equal(told.length, 1)
    servers.answers = { [A]: at('10.0.0.8') }
    await pass(60_000)
    assert.deepEqual(told.at(-1), ['http://10.0.0.8:8080 1 0'])
  })

  test('is one of 1024 at most, which is said once', async () => {
    const many = Array.from({ length: 1500 }, (_, i) => `10.0.${i >> 8}.${i & 255}`)
    const { told, logged, pass, servers } = dnsOf({ [A]: at(...many) })
    await settle()
    assert.equal(told[0]?.length, 1024)
    servers.answers = { [A]: at(...many, '10.9.9.9') }
    await pass(60_000)
    assert.deepEqual(logged, [
      'warn More than 1024 targets were found; the rest is not used. {"source":"http://orders.example:8080","found":1500}',
    ])
  })
})

describe('an answer is kept', () => {
  for (const [name, ttls, random, ms] of [
    ['for its time to live', [60], 0, 60_000],
    ['for the shortest time of its records', [60, 20, 90], 0, 20_000],
    ['for a tenth less at most', [60], 0.999_999, 54_000],
    ['for no less than the lower bound', [0], 0, 5000],
    ['for no more than the upper bound', [86_400], 0, 300_000],
  ] as const) {
    test(name, async () => {
      const records = ttls.map((ttl, i) => ({ address: `10.0.0.${i}`, ttl }))
      const { due } = watch(byName(), { dns: () => fakeClient(() => ({ [A]: records })), random: () => random })
      await settle()
      assert.deepEqual(due().map(Math.round), [ms])
    })
  }

  for (const [name, answers] of [
    ['the servers fail', { [A]: 'ESERVFAIL', [AAAA]: 'ESERVFAIL' }],
    ['nobody answers', { [A]: 'ETIMEOUT', [AAAA]: 'ETIMEOUT' }],
    ['the name has no records any more', { [A]: 'ENODATA', [AAAA]: 'ENODATA' }],
    ['the name is gone', {}],
    ['only one family has an answer, and it is nothing', { [A]: 'ENODATA', [AAAA]: 'ETIMEOUT' }],
  ] as const) {
    test(`while ${name}, with one line when that begins and one when it ends`, async () => {
      const { told, pass, due, logged, servers } = dnsOf({ [A]: at('10.0.0.7') })
      await settle()
      servers.answers = answers
      await pass(60_000)
      const waits: number[] = []
      for (let i = 0; i < 8; i++) {
        const [next = 0] = due()
        waits.push(next)
        await pass(next)
      }
      assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000])
      servers.answers = { [A]: at('10.0.0.8') }
      await pass(15_000)
      assert.deepEqual(due(), [60_000])
      assert.deepEqual(told, [['http://10.0.0.7:8080 1 0'], ['http://10.0.0.8:8080 1 0']])
      assert.equal(logged.length, 2)
      assert.match(logged[0]!, /^warn The targets of a service cannot be found; those known so far stay in use\./)
      assert.match(logged[1]!, /^info The targets of a service can be found again\./)
    })
  }

  test('of the family that cannot be asked now, beside the new one of the other', async () => {
    const { told, pass, logged, servers } = dnsOf({ [A]: at('10.0.0.7'), [AAAA]: at('fd00::7') })
    await settle()
    servers.answers = { [A]: at('10.0.0.8'), [AAAA]: 'ETIMEOUT' }
    await pass(60_000)
    assert.deepEqual(told.at(-1), ['http://10.0.0.8:8080 1 0', 'http://[fd00::7]:8080 1 0'])
    servers.answers = { [A]: at('10.0.0.8'), [AAAA]: 'ENODATA' }
    await pass(60_000)
    assert.deepEqual(told.at(-1), ['http://10.0.0.8:8080 1 0'])
    assert.deepEqual(logged, [])
  })
})

describe('a name that servers do not know', () => {
  const lookup = { 'lookup orders.example': [{ address: '127.0.0.1', ttl: 0 }] }

  test('may be known to this machine, which is asked again after 30 s', async () => {
    const { told, due, pass, servers } = dnsOf(lookup)
    await settle()
    assert.deepEqual([told, due()], [[['http://127.0.0.1:8080 1 0']], [30_000]])
    servers.answers = { [A]: at('10.0.0.7') }
    await pass(30_000)
    assert.deepEqual(told.at(-1), ['http://10.0.0.7:8080 1 0'])
  })

  test('is not looked for elsewhere where the servers are given', async () => {
    const { told, servers, logged } = dnsOf(lookup, { servers: ['10.0.0.2'] })
    await settle()
    assert.deepEqual([told, servers.asked], [[], [A, AAAA]])
    assert.match(logged[0]!, /it has none until they can.*"reason":"the name is not known"/)
  })

  test('is looked for elsewhere when they do not answer, but only until something is known', async () => {
    const { told, pass, servers } = dnsOf({ ...lookup, [A]: 'ETIMEOUT', [AAAA]: 'ETIMEOUT' })
    await settle()
    assert.deepEqual(told, [['http://127.0.0.1:8080 1 0']])
    await pass(30_000)
    assert.deepEqual(servers.asked, [A, AAAA, 'lookup orders.example', A, AAAA])
  })

  test('is not asked for at all when it is localhost', async () => {
    const { servers, told } = dnsOf({ 'lookup localhost': at('127.0.0.1', '::1') }, { host: 'localhost' })
    await settle()
    assert.deepEqual(servers.asked, ['lookup localhost'])
    assert.deepEqual(told, [['http://127.0.0.1:8080 1 0', 'http://[::1]:8080 1 0']])
  })
})

describe('ready', () => {
  const outcome = async (answers: FakeAnswers, ms: number): Promise<boolean> => {
    const { ready, pass } = dnsOf(answers)
    let settled = false
    void ready.then(() => {
      settled = true
    })
    await pass(ms)
    return settled
  }

  test('comes with the first answer', async () => assert.equal(await outcome({ [A]: at('10.0.0.7') }, 0), true))
  test('comes with the first failure', async () => assert.equal(await outcome({}, 0), true))
  test('comes after 2 s otherwise', async () => {
    const silence = { [A]: new Promise<never>(() => {}) }
    assert.equal(await outcome(silence, 1999), false)
    assert.equal(await outcome(silence, 2000), true)
  })
})

test('a server that cannot be asked is a failure like another', async () => {
  const watched = watch(byName(), {
    dns: () => {
      throw Object.assign(new Error('secret'), { code: 'ERR_INVALID_IP_ADDRESS' })
    },
  })
  await settle()
  assert.deepEqual(watched.logged, [
    'warn The targets of a service cannot be found; it has none until they can. {"source":"http://orders.example:8080","reason":"the question failed (ERR_INVALID_IP_ADDRESS)"}',
  ])
})

test('whoever fails to take the list over does not end the discovery', async () => {
  const { told, logged, pass, servers } = dnsOf({ [A]: at('10.0.0.7') })
  await settle()
  told.push = () => {
    throw new Error('no room')
  }
  servers.answers = { [A]: at('10.0.0.8') }
  await pass(60_000)
  assert.match(logged[0]!, /^error A change of targets could not be taken over\. .*"reason":"no room"/)
  assert.equal(servers.asked.length, 4)
})

test('after the end nothing is asked, told or waited for', async () => {
  const { stop, ready, due, told, servers, logged, pass } = dnsOf({ [A]: new Promise<never>(() => {}) })
  await settle()
  stop()
  await ready
  assert.deepEqual([due(), servers.asked.at(-1)], [[], 'cancel'])
  const other = dnsOf({ [A]: at('10.0.0.7') })
  other.stop()
  await other.pass(600_000)
  await pass(600_000)
  assert.deepEqual([other.told, told, logged, other.due()], [[], [], [], []])
})
