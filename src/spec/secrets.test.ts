import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Path } from './problem.ts'
import { jwt } from './schema/jwt.ts'
import { hideSecrets, hideTelling, isSecret } from './secrets.ts'

const paths = (text: string): Path => text.split('.').map(step => (/^\d+$/.test(step) ? Number(step) : step))

for (const path of [
  'state',
  'state.redis',
  'state.reddis',
  'state.redis.url',
  'state.redis.0',
  'auth.main.jwt',
  'auth.main.jwt.secret',
  'auth.main.jwt.secrte',
  'auth.main.jwt.secret.0',
  'auth.main.jwt.secret.value',
  'auth.main.jwt.keys.0.keys.0.d',
  'auth.main.apiKey.keys.0',
  'consumers.app.keys',
  'consumers.app.keys.0',
  'consumers.app.keys.0.key',
  'consumers.app.key',
  'tracing',
  'tracing.headers.authorization',
  'tracing.header.authorization',
  'tracing.authorization',
  'routes.0.aggregate.branches.a.headers.x',
  'frontends.m.routes.0.routes.1.aggregate.branches.a.headers.x',
]) {
  test(`${path} may hold a secret`, () => assert.equal(isSecret(paths(path)), true))
}

for (const path of [
  'state.timeout',
  'tracing.otlp',
  'tracing.sample',
  'state.memory.keys',
  'auth.main',
  'auth.main.jwt.issuer',
  'auth.main.jwt.algorithms.0',
  'auth.main.jwt.secretEncoding',
  'auth.main.jwt.claimHeaders.secret',
  'auth.main.apiKey.header',
  'consumers.app.roles.0',
  'consumers.app.keys.0.expires',
  'routes.0.auth',
  'routes.0.aggregate.headers.x',
  'routes.0.aggregate.branches.a.query.x',
  'routes.0.aggregate.branches.headers.path',
]) {
  test(`${path} may be shown`, () => assert.equal(isSecret(paths(path)), false))
}

for (const [line, shown] of [
  ['jwt: { secret: "hunter2', 'jwt: { secret:'],
  ['{"secret" : hunter2', '{"secret" :'],
  ['  redis: redis://:hunter2@host', '  redis:'],
  ['  url: https://me:hunter2@host', '  url: https://'],
  ['  keys: [ hunter2', '  keys:'],
  ['  authorization: Bearer hunter2', '  authorization:'],
] as const) {
  test(`a text that cannot be read: ${line}`, () => {
    const place = { file: 'a.yaml', line: 2, column: 1 }
    const [problem] = hideTelling([{ severity: 'error', path: [], message: 'bad', place }], `a: b\n${line}\n`)
    assert.equal(problem?.place?.hidden?.[0]?.column, shown.length + 1)
  })
}

test('of what a jwt may have, its secret and its keys are hidden and nothing else', () => {
  const hidden = Object.keys(jwt.shape).filter(key => isSecret(['auth', 'staff', 'jwt', key]))
  assert.deepEqual(hidden, ['keys', 'secret'])
})

test('a text that cannot be read and tells nothing is shown', () => {
  const place = { file: 'a.yaml', line: 1, column: 1 }
  const [problem] = hideTelling([{ severity: 'error', path: [], message: 'bad', place }], 'routes: [ http://a/b')
  assert.equal(problem?.place?.hidden, undefined)
})

test('a URL with a password, and one of an issuer with a query, are hidden wherever they stand', () => {
  const document = {
    services: { a: 'http://me:hunter2@host', b: 'http://host/?a=b' },
    auth: { main: { jwt: { jwks: 'https://id.example.com/?token=hunter2', issuer: 'https://id.example.com/' } } },
  }
  const place = { file: 'a.yaml', line: 1, column: 1 }
  const asked: string[] = []
  hideSecrets([{ severity: 'error', path: [], message: 'bad', place }], document, path => {
    asked.push(path.join('.'))
    return place
  })
  assert.deepEqual(asked, ['services.a', 'auth.main.jwt.jwks'])
})

test('a header field of a branch is hidden, unless it is put together from the request', () => {
  const branch = { headers: { a: 'hunter2', b: 'Bearer {claims.sub}' } }
  const document = { routes: [{ routes: [{ aggregate: { branches: { x: branch } } }] }] }
  const place = { file: 'a.yaml', line: 1, column: 1 }
  const asked: string[] = []
  hideSecrets([{ severity: 'error', path: [], message: 'bad', place }], document, path => {
    asked.push(path.slice(-2).join('.'))
    return place
  })
  assert.deepEqual(asked, ['headers.a'])
})
