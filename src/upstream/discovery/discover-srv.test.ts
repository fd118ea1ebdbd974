import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { byName, type FakeAnswers, fakeClient, settle, watch } from '../testing/discovery-world.ts'

const SRV = 'SRV _http._tcp.orders.example'
const at = (address: string, ttl = 60) => [{ address, ttl }]
const record = (name: string, port: number, priority = 0, weight = 1) => ({ name, port, priority, weight })

const srvOf = (answers: FakeAnswers, given = {}) => {
  const servers = { answers, asked: [] as string[] }
  const name = '_http._tcp.orders.example'
  const spec = byName({ kind: 'srv', url: `http://${name}`, host: name, authority: name, port: 0, ...given })
  return { ...watch(spec, { dns: () => fakeClient(() => servers.answers, servers.asked) }), servers }
}

const AB = { 'A a.example': at('10.0.0.1'), 'A b.example': at('10.0.0.2') }

describe('each SRV record', () => {
  test('is a target with its port, weight and rank', async () => {
    const { told } = srvOf({
      ...AB,
      [SRV]: [record('a.example', 8001, 20, 5), record('b.example', 8002, 10, 0), record('b.example', 8003, 70, 9)],
    })
    await settle()
    assert.deepEqual(told, [['http://10.0.0.2:8002 1 0', 'http://10.0.0.1:8001 5 1', 'http://10.0.0.2:8003 9 2']])
  })

  test('is as many targets as its name has addresses', async () => {
    const addresses = [...at('10.0.0.1'), ...at('10.0.0.2')]
    const { told } = srvOf({ [SRV]: [record('a.example', 80)], 'A a.example': addresses, 'AAAA a.example': at('::1') })
    await settle()
    assert.deepEqual(told[0]?.length, 3)
  })

  test('keeps the domain of the service in Host and SNI, not the name it leads to', async () => {
    const { lists } = srvOf({ ...AB, [SRV]: [record('a.example', 8443)] }, { tls: true })
    await settle()
    const [{ url, host, authority, address, port }] = lists[0] as [(typeof lists)[0][0]]
    assert.deepEqual(
      { url, host, authority, address, port },
      {
        url: 'https://10.0.0.1:8443',
        host: 'orders.example',
        authority: 'orders.example',
        address: '10.0.0.1',
        port: 8443,
      },
    )
  })

  test('that leads to the same place as another is there once, as the more important one', async () => {
    const { told } = srvOf({
      [SRV]: [record('a.example', 80, 1, 9), record('b.example', 80, 0, 2), record('b.example', 80, 0, 3)],
      'A a.example': at('10.0.0.1'),
      'A b.example': at('10.0.0.1'),
    })
    await settle()
    assert.deepEqual(told, [['http://10.0.0.1:80 3 0']])
  })

  test('that says there is no such service, or has no port, is none', async () => {
    const { told, logged } = srvOf({ [SRV]: [record('', 80), record('.', 80), record('a.example', 0)], ...AB })
    await settle()
    assert.deepEqual(told, [])
    assert.match(logged[0]!, /"reason":"the answer names no target"/)
  })

  test('beyond the 1024 most important is not even looked up', async () => {
    const records = Array.from({ length: 1500 }, (_, i) => record(`${i}.example`, 80, 1500 - i))
    const answers = Object.fromEntries(records.map(({ name }, i) => [`A ${name}`, at(`10.1.${i >> 8}.${i & 255}`)]))
    const { told, servers, pass } = srvOf({ [SRV]: records, ...answers })
    await pass(0)
    assert.equal(told[0]?.length, 1024)
    assert.equal(servers.asked.length, 1 + 2 * 1024)
    assert.ok(!servers.asked.includes('A 0.example'))
  })
})

describe('the records', () => {
  test('with thousands of addresses each are not multiplied out, and the same ones are used each time', async () => {
    const addresses = Array.from({ length: 4000 }, (_, i) => ({ address: `10.0.${i >> 8}.${i & 255}`, ttl: 60 }))
    const records = Array.from({ length: 3000 }, (_, i) => record('a.example', i + 1))
    const toldOf = async (answers: FakeAnswers) => {
      const { told } = srvOf(answers)
      await settle()
      return told
    }
    const start = performance.now()
    const once = await toldOf({ [SRV]: records, 'A a.example': addresses })
    const again = await toldOf({ [SRV]: records.toReversed(), 'A a.example': addresses.toReversed() })
    assert.ok(performance.now() - start < 5000, 'a product of both takes a quarter of a minute, twice')
    assert.equal(once[0]?.length, 1024)
    assert.deepEqual(again, once)
  })

  test('are asked for again when the first of their addresses is too old', async () => {
    const { due } = srvOf({
      [SRV]: [record('a.example', 80), record('b.example', 80)],
      ...AB,
      'A b.example': at('10.0.0.2', 20),
    })
    await settle()
    assert.deepEqual(due(), [20_000])
  })

  test('whose names cannot be resolved now keep their last addresses, and are asked for again soon', async () => {
    const both = [record('a.example', 80), record('b.example', 80)]
    const { told, pass, due, servers, logged } = srvOf({ [SRV]: both, ...AB })
    await settle()
    servers.answers = {
      [SRV]: both,
      'A a.example': at('10.0.0.7'),
      'A b.example': 'ESERVFAIL',
      'AAAA b.example': 'ESERVFAIL',
    }
    await pass(60_000)
    assert.deepEqual(told.at(-1), ['http://10.0.0.2:80 1 0', 'http://10.0.0.7:80 1 0'])
    assert.deepEqual([due(), logged], [[5000], []])
  })

  test('of which none can be resolved are a failure', async () => {
    const { told, logged } = srvOf({
      [SRV]: [record('a.example', 80)],
      'A a.example': 'ESERVFAIL',
      'AAAA a.example': 'ESERVFAIL',
      'lookup a.example': 'EAI_AGAIN',
    })
    await settle()
    assert.deepEqual(told, [])
    assert.match(logged[0]!, /"reason":"the name server failed"/)
  })

  test('that are gone leave the last ones in use', async () => {
    const { told, pass, servers, logged } = srvOf({ [SRV]: [record('a.example', 80)], ...AB })
    await settle()
    servers.answers = {}
    await pass(60_000)
    assert.deepEqual(told, [['http://10.0.0.1:80 1 0']])
    assert.match(logged[0]!, /those known so far stay in use.*"reason":"the name is not known"/)
  })

  test('may name addresses, which need no looking up', async () => {
    const { told, servers, due } = srvOf({ [SRV]: [record('10.0.0.9', 80)] })
    await settle()
    assert.deepEqual([told, servers.asked, due()], [[['http://10.0.0.9:80 1 0']], [SRV], [300_000]])
  })
})
