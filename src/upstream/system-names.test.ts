import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type NameWorld, systemAddresses } from './system-names.ts'

type Answers = Readonly<Record<string, readonly string[] | string>>

/** Answers by `A name` and `AAAA name`: addresses, or a code; what is not there is not known. */
const machine = (answers: Answers, files: { hosts?: string; resolv?: string } = {}) => {
  const asked: string[] = []
  const answer = async (question: string): Promise<readonly string[]> => {
    asked.push(question)
    const found = answers[question] ?? 'ENOTFOUND'
    if (typeof found === 'string') throw Object.assign(new Error(found), { code: found })
    return found
  }
  const world: NameWorld = {
    read: async file => (file === '/etc/hosts' ? files.hosts : files.resolv) ?? '',
    v4: name => answer(`A ${name}`),
    v6: name => answer(`AAAA ${name}`),
    system: async name => (await answer(`system ${name}`)).map(address => ({ address, family: 4 })),
  }
  const look = async (name: string): Promise<string> => {
    try {
      return (await systemAddresses(name, world)).map(({ address, family }) => `${address}/${family}`).join(' ')
    } catch (error) {
      return String((error as { code?: unknown }).code)
    }
  }
  return { look, asked }
}

test('name servers are asked, for both families, and no thread is', async () => {
  const { look, asked } = machine({ 'A api.test': ['10.0.0.1', '10.0.0.2'], 'AAAA api.test': ['fd00::1'] })
  assert.equal(await look('api.test'), '10.0.0.1/4 10.0.0.2/4 fd00::1/6')
  assert.deepEqual(asked, ['A api.test', 'AAAA api.test'])
})

test('the hosts file comes first', async () => {
  const hosts =
    '# 10.0.0.9 api.test\n10.0.0.1 other API.test # me\nfd00::1\tapi.test\nnonsense api.test\n10.0.0.3 api.test.org\n'
  const { look, asked } = machine({ 'A api.test': ['10.0.0.4'] }, { hosts })
  assert.equal(await look('api.test'), '10.0.0.1/4 fd00::1/6')
  assert.equal(await look('Api.Test.'), '10.0.0.1/4 fd00::1/6')
  assert.deepEqual(asked, [])
})

test('servers that do not answer are an error, and no thread waits for them', async () => {
  const { look, asked } = machine({ 'A api.test': 'ETIMEOUT', 'system api.test': ['10.0.0.1'] })
  assert.equal(await look('api.test'), 'ETIMEOUT')
  assert.deepEqual(asked, ['A api.test', 'AAAA api.test'])
  const half = machine({ 'A api.test': ['10.0.0.1'], 'AAAA api.test': 'ETIMEOUT' })
  assert.equal(await half.look('api.test'), '10.0.0.1/4')
})

test('what servers do not know, or cannot be asked, the machine may know by other means', async () => {
  for (const code of ['ENOTFOUND', 'ENODATA', 'ESERVFAIL', 'ECONNREFUSED']) {
    const { look } = machine({ 'A a.local': code, 'AAAA a.local': code, 'system a.local': ['10.0.0.1'] })
    assert.equal(await look('a.local'), '10.0.0.1/4')
  }
  assert.equal(await machine({}).look('a.local'), 'ENOTFOUND')
})

test('localhost is no question for servers', async () => {
  for (const name of ['localhost', 'a.LOCALHOST.']) {
    const { look, asked } = machine({ [`system ${name}`]: ['127.0.0.1'] })
    assert.equal(await look(name), '127.0.0.1/4')
    assert.deepEqual(asked, [`system ${name}`])
  }
})

const CLUSTER = 'nameserver 10.0.0.10\nsearch ns.svc.cluster.local svc.cluster.local.\noptions timeout:1 ndots:5\n'

const orders: readonly [name: string, resolv: string, asked: readonly string[]][] = [
  ['orders', CLUSTER, ['orders.ns.svc.cluster.local', 'orders.svc.cluster.local', 'orders']],
  ['a.b', CLUSTER, ['a.b.ns.svc.cluster.local', 'a.b.svc.cluster.local', 'a.b']],
  ['a.b', 'search one\nsearch two # three\n', ['a.b', 'a.b.two']],
  ['a', 'search one\ndomain two three\n', ['a.two', 'a']],
  ['a', 'search .\n', ['a']],
  ['a.b.', CLUSTER, ['a.b.']],
  ['a', '', ['a']],
]

for (const [name, resolv, expected] of orders) {
  test(`${name} is looked for as ${expected.join(', ')}`, async () => {
    const { look, asked } = machine({}, { resolv })
    assert.equal(await look(name), 'ENOTFOUND')
    assert.deepEqual(
      asked.filter(question => question.startsWith('A ')),
      expected.map(each => `A ${each}`),
    )
  })
}

test('the first name that is known counts', async () => {
  const { look } = machine(
    { 'A orders.svc.cluster.local': ['10.0.0.1'], 'A orders': ['203.0.113.1'] },
    { resolv: CLUSTER },
  )
  assert.equal(await look('orders'), '10.0.0.1/4')
})
