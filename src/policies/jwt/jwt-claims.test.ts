import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Claims } from '../../core/identity.ts'
import type { JwtSpec } from '../../spec/spec-auth.ts'
import { signerFor, tokenOf } from '../testing/jwt-sign.ts'
import { benchOf, jwtSpec, NOW } from '../testing/jwt-world.ts'
import { believedUntil, compileClaimsCheck } from './jwt-claims.ts'

const FINE = 'fine'
const EXPIRED = 'the token has expired'
const EARLY = 'the token is not valid yet'
const FUTURE = 'the token was issued in the future'
const NOT_A_TIME = 'a time in the token is not a number'
const ISSUER = "the token's issuer is not accepted"
const AUDIENCE = 'the token is meant for another audience'
const LONG = 'the token is valid for longer than is accepted'
const NO_LIFETIME = 'the token does not say when it was issued and when it expires'
const NOT_TEXT = "the token's subject or id is not text"

type Row = readonly [spec: Partial<JwtSpec>, claims: Claims, expected: string]

const TABLES: Readonly<Record<string, readonly Row[]>> = {
  // The skew is 60 s; a token is good before the last moment and not at it (RFC 7519 §4.1.4).
  exp: [
    [{}, { exp: NOW - 59.999 }, FINE],
    [{}, { exp: NOW - 60 }, EXPIRED],
    [{}, { exp: NOW - 61 }, EXPIRED],
    [{ clockSkewMs: 0 }, { exp: NOW + 1 }, FINE],
    [{ clockSkewMs: 0 }, { exp: NOW }, EXPIRED],
    [{ clockSkewMs: 0 }, { exp: NOW - 1 }, EXPIRED],
    [{}, { exp: 0 }, EXPIRED],
    [{}, { exp: -1e308 }, EXPIRED],
    [{}, {}, FINE],
    [{ requireExpiry: true }, {}, 'the token has no expiry'],
    [{}, { exp: String(NOW + 100) }, NOT_A_TIME],
    [{}, { exp: null }, NOT_A_TIME],
    [{}, { exp: true }, NOT_A_TIME],
    [{}, { exp: [NOW + 100] }, NOT_A_TIME],
    [{}, { exp: Number.POSITIVE_INFINITY }, NOT_A_TIME],
    [{}, { exp: Number.NaN }, NOT_A_TIME],
  ],
  nbf: [
    [{}, { nbf: NOW + 60 }, FINE],
    [{}, { nbf: NOW + 60.001 }, EARLY],
    [{ clockSkewMs: 0 }, { nbf: NOW }, FINE],
    [{ clockSkewMs: 0 }, { nbf: NOW + 1 }, EARLY],
    [{}, { nbf: `${NOW}` }, NOT_A_TIME],
  ],
  iat: [
    [{}, { iat: NOW + 60 }, FINE],
    [{}, { iat: NOW + 60.001 }, FUTURE],
    [{}, { iat: 0 }, FINE],
    [{}, { iat: {} }, NOT_A_TIME],
  ],
  iss: [
    [{ issuer: 'https://id/' }, { iss: 'https://id/' }, FINE],
    [{ issuer: 'https://id/' }, { iss: 'https://id' }, ISSUER],
    [{ issuer: 'https://id/' }, { iss: 'HTTPS://id/' }, ISSUER],
    [{ issuer: 'https://id/' }, { iss: ['https://id/'] }, ISSUER],
    [{ issuer: 'https://id/' }, {}, ISSUER],
    [{}, { iss: 'anybody' }, FINE],
  ],
  aud: [
    [{ audience: ['api'] }, { aud: 'api' }, FINE],
    [{ audience: ['api', 'web'] }, { aud: ['x', 'web'] }, FINE],
    [{ audience: ['api'] }, { aud: 'apis' }, AUDIENCE],
    [{ audience: ['api'] }, { aud: 'api web' }, AUDIENCE],
    [{ audience: ['api'] }, { aud: [] }, AUDIENCE],
    [{ audience: ['api'] }, { aud: [['api']] }, AUDIENCE],
    [{ audience: ['api'] }, { aud: { api: true } }, AUDIENCE],
    [{ audience: ['api'] }, {}, AUDIENCE],
    [{ audience: ['1'] }, { aud: 1 }, AUDIENCE],
    [{}, { aud: 'anybody' }, FINE],
  ],
  'sub and jti': [
    [{}, { sub: 1 }, NOT_TEXT],
    [{}, { jti: ['a'] }, NOT_TEXT],
    [{}, { sub: null }, NOT_TEXT],
    [{}, { sub: '', jti: 'a' }, FINE],
  ],
  'maximum lifetime': [
    [{ maxLifetimeMs: 100_000 }, { iat: NOW, exp: NOW + 100 }, FINE],
    [{ maxLifetimeMs: 100_000 }, { iat: NOW, exp: NOW + 100.001 }, LONG],
    [{ maxLifetimeMs: 100_000 }, { exp: NOW + 10 }, NO_LIFETIME],
    [{ maxLifetimeMs: 100_000 }, { iat: NOW }, NO_LIFETIME],
  ],
  'required claims': [
    [{ requiredClaims: ['org.id'] }, { org: { id: 0 } }, FINE],
    [{ requiredClaims: ['org.id'] }, { org: { id: false } }, FINE],
    [{ requiredClaims: ['org.id'] }, { org: {} }, 'the token has no claim org.id'],
    [{ requiredClaims: ['org.id'] }, { org: { id: null } }, 'the token has no claim org.id'],
    [{ requiredClaims: ['a', 'constructor'] }, { a: 1 }, 'the token has no claim constructor'],
  ],
}

for (const [name, rows] of Object.entries(TABLES)) {
  describe(name, () => {
    for (const [given, claims, expected] of rows) {
      test(`${JSON.stringify(given)} ${JSON.stringify(claims)}: ${expected}`, () => {
        assert.equal(compileClaimsCheck(jwtSpec(given))(claims, NOW * 1000)?.detail ?? FINE, expected)
      })
    }
  })
}

test('claims are judged as they are, not as what they inherit', () => {
  const claims: Claims = Object.create({ iss: 'me', exp: NOW + 1 })
  assert.equal(compileClaimsCheck(jwtSpec({ issuer: 'me' }))(claims, NOW * 1000)?.detail, ISSUER)
  assert.equal(
    compileClaimsCheck(jwtSpec({ requireExpiry: true }))(claims, NOW * 1000)?.detail,
    'the token has no expiry',
  )
})

const hs256 = signerFor('HS256')

test('a number that JSON writes and nobody can count to', async () => {
  assert.equal(await benchOf().ask(tokenOf(hs256, '{"exp":1e999}')), NOT_A_TIME)
})

test('a token that says nothing of its end is believed as long as its key', async () => {
  const { ask, world } = benchOf()
  const token = tokenOf(hs256, {})
  await ask(token)
  world.clock.advance(1e12)
  assert.equal(typeof (await ask(token)), 'object')
})

describe('types', () => {
  const ROWS: readonly [types: readonly string[], typ: string | undefined, fits: boolean][] = [
    [[], undefined, true],
    [[], 'whatever', true],
    [['at+jwt'], 'at+jwt', true],
    [['at+jwt'], 'AT+JWT', true],
    [['at+jwt'], 'application/at+jwt', true],
    [['at+jwt'], 'Application/at+JWT', true],
    [['at+jwt'], 'text/at+jwt', false],
    [['at+jwt'], 'JWT', false],
    [['at+jwt'], '', false],
    [['at+jwt'], undefined, false],
    [['at+jwt', 'jwt'], 'JWT', true],
  ]
  for (const [types, typ, fits] of ROWS) {
    test(`${types.join()} and ${typ}`, async () => {
      const got = await benchOf({ types }).ask(tokenOf(hs256, {}, typ === undefined ? {} : { typ }))
      assert.equal(typeof got === 'string' ? got : FINE, fits ? FINE : "the token's type is not accepted")
    })
  }
})

test('property: a token that is remembered expires in the millisecond in which a new one is too old', () => {
  const exps = fc.oneof(
    fc.nat(10 ** 9),
    fc.nat(10 ** 12).map(ms => ms / 1000),
  )
  const skews = fc.oneof(
    fc.nat(60_000),
    fc.nat(60).map(seconds => seconds * 1000),
  )
  const check = (after: number, skew: number, near: number): void => {
    const spec = jwtSpec({ clockSkewMs: skew })
    const claims = { exp: NOW + after }
    const wall = Math.round(claims.exp * 1000) + skew + near
    const tooOld = compileClaimsCheck(spec)(claims, wall) !== null
    assert.equal(wall / 1000 >= believedUntil(spec, claims), tooOld)
  }
  fc.assert(fc.property(exps, skews, fc.integer({ min: -1, max: 1 }), check), { examples: [[36_641_848.275, 7072, 0]] })
})
