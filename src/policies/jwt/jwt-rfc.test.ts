import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeClock } from '../../base/testing.ts'
import { JWT_ALGORITHMS } from '../../spec/spec-auth.ts'
import { RFC_EXAMPLES, type RfcExample } from '../testing/jwt-rfc.ts'
import { bearing, jwtSpec, jwtWorld, outcome } from '../testing/jwt-world.ts'
import { secretKey } from './jwt-key.ts'
import { publicRing, secretRing } from './jwt-key-ring.ts'
import { signerOf } from './jwt-signature.ts'
import { readToken } from './jwt-token.ts'
import { jwtWay } from './jwt-way.ts'

const ringOf = ({ key }: RfcExample) =>
  key['kty'] === 'oct'
    ? secretRing(secretKey(String(key['k']), JWT_ALGORITHMS))
    : publicRing([key], JWT_ALGORITHMS, null)

const isSigned = async (text: string, example: RfcExample): Promise<boolean> => {
  const token = readToken(text)
  if ('kind' in token) return false
  const algorithm = JWT_ALGORITHMS.find(each => each === token.alg)
  assert.ok(algorithm !== undefined)
  return (await signerOf(text, algorithm, ringOf(example).select(token.kid, algorithm) ?? [])) !== null
}

for (const example of RFC_EXAMPLES) {
  test(`${example.name}: the signature holds, and over nothing else`, async () => {
    assert.equal(await isSigned(example.token, example), true)
    const [header, payload = '', signature] = example.token.split('.')
    const other = payload.replace(/^./, first => (first === 'V' ? 'W' : 'V'))
    assert.equal(await isSigned(`${header}.${other}.${signature}`, example), false)
  })
}

for (const example of RFC_EXAMPLES.filter(each => each.claims)) {
  test(`${example.name}: its claims are believed in their time`, async () => {
    const { key, token } = example
    const keys =
      key['kty'] === 'oct'
        ? ({ kind: 'secret', secret: String(key['k']) } as const)
        : ({ kind: 'static', keys: [key] } as const)
    const clock = fakeClock(1_300_819_379_999)
    const spec = jwtSpec({ algorithms: JWT_ALGORITHMS, keys, issuer: 'joe', requireExpiry: true, clockSkewMs: 0 })
    const way = jwtWay(spec, [], { ...jwtWorld(), clock })
    const got = outcome(await way.check(bearing(token)))
    assert.ok(typeof got === 'object')
    assert.equal(got.claims?.['http://example.com/is_root'], true)
    clock.advance(1)
    assert.equal(outcome(await way.check(bearing(token))), 'the token has expired')
  })
}

test('RFC 7515 A.5 and RFC 7519 §6.1, unsecured: never', async () => {
  const unsecured =
    'eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.'
  const way = jwtWay(jwtSpec({ algorithms: JWT_ALGORITHMS }), [], jwtWorld())
  assert.equal(outcome(await way.check(bearing(unsecured))), "the token's algorithm is not accepted")
})
