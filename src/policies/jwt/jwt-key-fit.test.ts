import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { JWT_ALGORITHMS, type JwkSpec } from '../../spec/spec-auth.ts'
import { keySigner } from '../testing/jwt-sign.ts'
import { algorithmsFor } from './jwt-key-fit.ts'

const ec = keySigner('ES256').jwk
const rsa = keySigner('RS256').jwk
const ed = keySigner('EdDSA').jwk
const rsaOf = (modulusLength: number, publicExponent = 65537): JwkSpec =>
  keySigner('RS256', {}, generateKeyPairSync('rsa', { modulusLength, publicExponent }).privateKey).jwk
const RSA = 'RS256 RS384 RS512 PS256 PS384 PS512'

const ROWS: readonly [name: string, key: JwkSpec, algorithms: string][] = [
  ['EC', ec, 'ES256'],
  ['RSA', rsa, RSA],
  ['Ed25519', ed, 'EdDSA'],
  ['Ed25519 for the algorithm of that name', { ...ed, alg: 'Ed25519' }, 'EdDSA'],
  ['EC for the algorithm of another curve', { ...ec, alg: 'Ed25519' }, ''],
  ['a curve of another name', { ...ec, crv: 'P-384' }, ''],
  ['a curve nobody knows', { ...ec, crv: 'secp256k1' }, ''],
  ['a curve of an object', { ...ec, crv: ['P-256'] }, ''],
  ['a short coordinate', { ...ec, x: String(ec['x']).slice(0, -2) }, ''],
  ['no y', { ...ec, y: undefined }, ''],
  ['another type', { ...ec, kty: 'RSA' }, ''],
  ['EC as Ed25519', { ...ec, kty: 'OKP', crv: 'Ed25519' }, 'EdDSA'],
  ['X25519, which cannot sign', { ...ed, crv: 'X25519' }, ''],
  ['Ed448', { ...ed, crv: 'Ed448' }, ''],
  ['a secret', { kty: 'oct', k: 'A'.repeat(86) }, ''],
  ['a type in another case', { ...rsa, kty: 'rsa' }, ''],
  ['for one algorithm', { ...rsa, alg: 'PS384' }, 'PS384'],
  ['for an algorithm it cannot do', { ...rsa, alg: 'ES256' }, ''],
  ['for encryption', { ...rsa, alg: 'RSA-OAEP' }, ''],
  ['with use sig', { ...rsa, use: 'sig' }, RSA],
  ['with use enc', { ...rsa, use: 'enc' }, ''],
  ['with key_ops verify', { ...ec, key_ops: ['verify'] }, 'ES256'],
  ['with key_ops sign', { ...ec, key_ops: ['sign'] }, ''],
  ['with key_ops as text', { ...ec, key_ops: 'verify' }, ''],
  ['RSA of 1024 bits', rsaOf(1024), ''],
  ['RSA of 2040 bits', rsaOf(2040), ''],
  ['RSA with exponent 3', rsaOf(2048, 3), RSA],
  ['RSA with exponent 1', { ...rsa, e: 'AQ' }, ''],
  ['RSA with an even exponent', { ...rsa, e: 'AQAA' }, ''],
  ['RSA with an empty exponent', { ...rsa, e: '' }, ''],
  ['RSA with a long exponent', { ...rsa, e: 'A'.repeat(400) + 'AQAB' }, ''],
  ['RSA padded to 2048 bits with zeros', { ...rsa, n: 'A'.repeat(300) + 'AAEC' }, ''],
  ['RSA of 16384 bits', { ...rsa, n: '_'.repeat(2730) + '8' }, ''],
  ['RSA of a megabyte', { ...rsa, n: '_'.repeat(1_000_000) }, ''],
  ['nothing', {}, ''],
]

describe('a key serves', () => {
  for (const [name, key, expected] of ROWS) {
    test(name, () => assert.equal(algorithmsFor(key, JWT_ALGORITHMS).join(' '), expected))
  }

  test('only what is accepted', () => assert.deepEqual(algorithmsFor(rsa, ['PS256', 'ES256']), ['PS256']))
})
