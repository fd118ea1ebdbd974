import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromCompose } from './compose.ts'
import { parsePort } from './compose-ports.ts'

const rows: readonly (readonly [entry: unknown, target?: number, published?: string, host?: string])[] = [
  ['8080:80', 80, '8080', ''],
  [80, 80, '', ''],
  ['80', 80, '', ''],
  ['80/tcp', 80, '', ''],
  ['53:53/udp'],
  ['127.0.0.1:8080:80', 80, '8080', '127.0.0.1'],
  ['127.0.0.1::80', 80, '', '127.0.0.1'],
  ['[::1]:8081:80', 80, '8081', '[::1]'],
  ['8000-8010:80-90', 80, '8000', ''],
  ['${PORT:-8099}:80', 80, '${env:PORT:-8099}', ''],
  ['${PORT-8099}:80', 80, '${env:PORT:-8099}', ''],
  ['${PORT:?must be set}:80', 80, '${env:PORT:-80}', ''],
  ['${PORT}:80', 80, '${env:PORT:-80}', ''],
  ['$PORT:80', 80, '${env:PORT:-80}', ''],
  ['8080:${INNER:-3000}', 3000, '8080', ''],
  ['${HOST:-127.0.0.2}:8080:80', 80, '8080', '127.0.0.2'],
  ['8080:${INNER}'],
  ['${a b}:80', 80, '', ''],
  ['${PORT:-${OTHER}}:80'],
  ['0:0'],
  ['99999:80', 80, '', ''],
  ['http'],
  ['x'.repeat(100_000)],
  [null],
  [[]],
  [{ target: 80, published: 8080 }, 80, '8080', ''],
  [{ target: 80, published: '8080', host_ip: '127.0.0.1', mode: 'host' }, 80, '8080', '127.0.0.1'],
  [{ target: '80', published: '${PORT:-1}' }, 80, '${env:PORT:-1}', ''],
  [{ target: 80, protocol: 'udp' }],
  [{ target: 80, host_ip: 'evil.example/${file:/etc/passwd}' }, 80, '', ''],
  [{ published: 80 }],
]

for (const [entry, target, published, host] of rows) {
  test(`a port of compose: ${JSON.stringify(entry)?.slice(0, 60)}`, () => {
    assert.deepEqual(parsePort(entry), target === undefined ? undefined : { target, published, host })
  })
}

test('services with a port that speaks HTTP; a published port is asked on this machine', () => {
  const { services, routes, notes } = fromCompose(
    {
      services: {
        web: { ports: ['9000', '8080:80'] },
        'Internal API': { expose: ['3000'] },
        inner: { expose: [3001] },
        all: { ports: ['0.0.0.0:8081:80'] },
        db: { ports: ['5432:5432'] },
        job: { image: 'x' },
        broken: null,
      },
    },
    'compose.yaml',
  )
  assert.deepEqual(
    services.map(({ name, url }) => [name, url]),
    [
      ['web', 'http://127.0.0.1:8080'],
      ['internal-api', 'http://127.0.0.1:3000'],
      ['inner', 'http://inner:3001'],
      ['all', 'http://127.0.0.1:8081'],
    ],
  )
  assert.equal(services[0]?.comment, 'of compose.yaml; from within its network: http://web:80')
  assert.match(services[2]?.comment ?? '', /reached only from within its network/)
  assert.deepEqual(
    routes.map(({ pattern, to, stripPrefix }) => [pattern, to, stripPrefix]),
    [
      ['/web', 'web', true],
      ['/internal-api', 'internal-api', true],
      ['/inner', 'inner', true],
      ['/all', 'all', true],
    ],
  )
  assert.deepEqual(
    notes.map(note => /"(.*)"/.exec(note)?.[1]),
    ['db', 'job', 'broken'],
  )
})

test('names that are the same once cleaned are told apart; names of ways are no names', () => {
  const one = { ports: ['80'] }
  const { services } = fromCompose({ services: { 'a b': one, 'a/b': one, none: one, '///': one } }, 'c.yml')
  assert.deepEqual(
    services.map(({ name }) => name),
    ['a-b', 'a-b-2', 'service', 'service-2'],
  )
})

test('very many services: the first of them, and it is said', () => {
  const services = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`s${i}`, { ports: [`${i + 1}`] }]))
  const found = fromCompose({ services }, 'c.yml')
  assert.equal(found.services.length + found.notes.length - 1, 200)
  assert.match(found.notes.at(-1) ?? '', /only its first 200/)
})
