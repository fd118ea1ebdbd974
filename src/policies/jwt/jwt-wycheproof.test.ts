import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { JWT_ALGORITHMS, type JwkSpec, type JwtAlgorithm } from '../../spec/spec-auth.ts'
import { secretKey } from './jwt-key.ts'
import { type KeyRing, publicRing, secretRing } from './jwt-key-ring.ts'
import { signerOf } from './jwt-signature.ts'
import { readToken } from './jwt-token.ts'

/** Data of the workplace, not of the project; see its README for the source. */
const folder = new URL('../../../../shared/data/wycheproof/', import.meta.url)
const missing = !existsSync(folder)
if (missing) process.stderr.write(`SKIPPED: Wycheproof vectors not found at ${folder.pathname}\n`)

interface Group {
  readonly comment: string
  readonly public?: JwkSpec
  readonly private: JwkSpec
  readonly tests: readonly {
    readonly tcId: number
    readonly comment: string
    readonly jws: unknown
    readonly result: string
  }[]
}

const groupsOf = (file: string): readonly Group[] => JSON.parse(readFileSync(new URL(file, folder), 'utf8')).testGroups

const isAlgorithm = (text: string): text is JwtAlgorithm => JWT_ALGORITHMS.some(each => each === text)

/** What a way does before it looks at claims, with every algorithm accepted: most payloads here are no claims. */
const isAccepted = async (jws: unknown, ring: KeyRing): Promise<boolean> => {
  if (typeof jws !== 'string') return false
  const token = readToken(jws)
  if ('kind' in token || !isAlgorithm(token.alg)) return false
  const keys = ring.select(token.kid, token.alg)
  return keys !== null && (await signerOf(token.text, token.alg, keys)) !== null
}

const keysOf = (set: JwkSpec): readonly JwkSpec[] => (Array.isArray(set['keys']) ? set['keys'] : [set])

/** Public keys as a set; a secret that is alone and meant for signatures as the way's own; secrets in a set are nobody's. */
const ringOf = (group: Group): KeyRing => {
  const [only, ...more] = keysOf(group.public ?? group.private)
  if (only?.['kty'] !== 'oct' || more.length > 0) {
    return publicRing(keysOf(group.public ?? group.private), JWT_ALGORITHMS, null)
  }
  const accepted = JWT_ALGORITHMS.filter(each => each === only['alg'])
  return secretRing(secretKey(String(only['k']), accepted))
}

/** Tokens that are said to be valid and that are refused on purpose. */
const REFUSED: Readonly<Record<string, ReadonlyMap<number, string>>> = {
  'json_web_signature_test.json': new Map([
    [346, 'a token with PS384, by a key that says it is for PS256'],
    [347, 'a key whose algorithm is written ES521'],
    [350, 'a token with PS384, by a key that says it is for PS256'],
    [351, 'a key whose algorithm is written ES521'],
    [372, 'a ? in the base64url of the header'],
    [373, 'a ? in the base64url of the payload'],
  ]),
  'json_web_key_test.json': new Map([[2, 'HMAC secrets come one a way, never as a set']]),
}

/** 367 and 370 of the signatures are 357 again, letter by letter, which is valid: their padding got lost. */
const saysBoth = (group: Group, jws: unknown): boolean =>
  group.tests.some(each => each.result === 'valid' && each.jws === jws)

for (const [file, refused] of Object.entries(REFUSED)) {
  test(`Wycheproof ${file}`, { skip: missing }, async t => {
    const seen = { valid: 0, invalid: 0, both: 0 }
    for (const group of groupsOf(file)) {
      const ring = ringOf(group)
      for (const { tcId, comment, jws, result } of group.tests) {
        const accepted = await isAccepted(jws, ring)
        const name = `${group.comment} ${tcId} ${comment}`
        if (result === 'invalid' && saysBoth(group, jws)) {
          seen.both++
          continue
        }
        seen[result === 'valid' ? 'valid' : 'invalid']++
        assert.equal(accepted, result === 'valid' && !refused.has(tcId), name)
      }
    }
    t.diagnostic(
      `${seen.invalid} invalid refused, ${seen.valid - refused.size} of ${seen.valid} valid accepted, ${seen.both} said to be both`,
    )
    assert.ok(seen.both <= 2)
    for (const [tcId, why] of refused) t.diagnostic(`refused on purpose: ${tcId}, ${why}`)
  })
}
