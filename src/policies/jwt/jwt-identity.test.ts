import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Claims } from '../../core/identity.ts'
import type { JwtSpec } from '../../spec/spec-auth.ts'
import { jwtSpec } from '../testing/jwt-world.ts'
import { compileIdentity } from './jwt-identity.ts'

const identityOf = (claims: Claims, given: Partial<JwtSpec> = {}) => compileIdentity(jwtSpec(given), [])(claims)

describe('roles', () => {
  const ROWS: readonly [claim: Claims[string], roles: readonly string[]][] = [
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    ['a', ['a']],
    ['a b  c ', ['a', 'b', 'c']],
    ['', []],
    // What is in a list stands for itself.
    [
      ['site admin', 'a,b'],
      ['site admin', 'a,b'],
    ],
    [['a', 1, null, ['b'], { c: 1 }, ''], ['a']],
    [{ a: true }, []],
    [1, []],
    [true, []],
    [null, []],
    ['a,b\tc', ['a,b\tc']],
  ]
  for (const [claim, roles] of ROWS) {
    test(JSON.stringify(claim), () => assert.deepEqual([...identityOf({ roles: claim }).roles], roles))
  }

  test('from a path', () => {
    const claims = { realm_access: { roles: ['a'] }, roles: ['b'] }
    assert.deepEqual([...identityOf(claims, { rolesClaim: 'realm_access.roles' }).roles], ['a'])
    assert.deepEqual([...identityOf({}).roles], [])
  })
})

describe('scopes', () => {
  const ROWS: readonly [claims: Claims, scopesClaim: string | undefined, scopes: readonly string[]][] = [
    [{ scope: 'read write' }, undefined, ['read', 'write']],
    [{ scp: 'read write' }, undefined, ['read', 'write']],
    [{ scp: ['read', 'write'] }, undefined, ['read', 'write']],
    [{ scope: 'read', scp: ['write'] }, undefined, ['read']],
    [{ scope: null, scp: ['write'] }, undefined, ['write']],
    [{ scope: ['read'] }, undefined, ['read']],
    [{ scope: 'read', my: { scopes: 'write' } }, 'my.scopes', ['write']],
    [{ scope: 'read' }, 'my.scopes', []],
    [{}, undefined, []],
  ]
  for (const [claims, scopesClaim, scopes] of ROWS) {
    test(`${JSON.stringify(claims)} ${scopesClaim ?? ''}`, () => {
      assert.deepEqual([...identityOf(claims, { scopesClaim }).scopes], scopes)
    })
  }
})

describe('headers', () => {
  const ROWS: readonly [claim: Claims[string], value: string | undefined][] = [
    ['text', 'text'],
    ['', ''],
    [7, '7'],
    [0.5, '0.5'],
    [false, 'false'],
    [['a', 'b', 1, true], 'a,b,1,true'],
    [[{ a: 1 }, ['b']], '{"a":1},["b"]'],
    [{ a: [1] }, '{"a":[1]}'],
    [null, undefined],
    // No item of a list passes for two.
    [['a,admin', 'b', { x: ',' }], 'a%2Cadmin,b,{"x":"%2C"}'],
    ['a,admin', 'a,admin'],
    // UTF-8, nothing of which is taken for a line feed.
    ['\u010ax', '\xc4\x8ax'],
    ['\u00e9\u{1f600}', '\xc3\xa9\xf0\x9f\x98\x80'],
    // Nor starts anything a field, or is read as another text.
    ['a\r\nx-admin: 1', 'a%0D%0Ax-admin: 1'],
    ['admin\0', 'admin%00'],
    ['admin\x7f', 'admin%7F'],
    [' admin', '%20admin'],
    ['the admin\xa0', 'the%20admin%C2%A0'],
    ['admin\t', 'admin%09'],
    ['a\ud800', 'a\xef\xbf\xbd'],
    ['a b\tc', 'a b\tc'],
    ['\u010a'.repeat(2049), undefined],
    ['x'.repeat(4096), 'x'.repeat(4096)],
    ['x'.repeat(4097), undefined],
  ]
  for (const [claim, value] of ROWS) {
    test(JSON.stringify(claim)?.slice(0, 40), () => {
      const { headers } = identityOf({ c: claim }, { claimHeaders: [{ claim: 'c', header: 'x-claim-c' }] })
      assert.deepEqual(headers?.added, value === undefined ? undefined : [['x-claim-c', value]])
    })
  }

  test('a claim that is not there gives none', () => {
    const claimHeaders = [{ claim: 'constructor', header: 'x-c' }]
    assert.deepEqual(identityOf({}, { claimHeaders }).headers, null)
  })
})
