import { fitsAlgorithm, type KeyMistake, keysIn, MAX_KEYS, misplacedKey, unusableKey } from '../jwk.ts'
import type { Path } from '../problem.ts'
import { type Report, valueAt } from '../source.ts'
import type { JwkSpec, JwtAlgorithm } from '../spec-auth.ts'
import { listWords } from '../suggest.ts'
import type { JwtDraft } from './draft.ts'

/** Public keys written in the configuration, or read from the files it names. */
export const checkJwtKeys = (report: Report, path: Path, jwt: JwtDraft): void => {
  const at = [...path, 'keys']
  // As written, not as salvaged: a key is looked at as a whole.
  const value = valueAt(report.source.document, at)
  const entries: [Path, unknown][] = Array.isArray(value)
    ? value.map((entry, i): [Path, unknown] => [[...at, i], entry])
    : [[at, value]]
  const algorithms = (jwt.algorithms ?? []).filter(algorithm => algorithm !== undefined)
  let total = 0
  for (const [place, entry] of entries) total += checkEntry(report, place, entry, algorithms)
  if (total > MAX_KEYS) report.add(at, `holds ${total} keys; at most ${MAX_KEYS} are allowed`)
}

const checkEntry = (report: Report, path: Path, entry: unknown, algorithms: readonly JwtAlgorithm[]): number => {
  if (report.has(path)) return 0
  const keys = keysIn(entry)
  const wrong = keys === undefined ? NO_KEY : mistakeIn(keys, algorithms)
  if (wrong !== undefined) report.add(path, wrong.message, { hint: wrong.hint })
  return keys?.length ?? 0
}

const NO_KEY: KeyMistake = {
  message: 'is no key',
  hint: 'give a PEM file, a JWK file, or a JWK with its "kty"',
}

/** Keys of a set that fit no algorithm are left out, as RFC 7517 §5 has it; one at least must remain. */
const mistakeIn = (keys: readonly JwkSpec[], algorithms: readonly JwtAlgorithm[]): KeyMistake | undefined => {
  if (keys.length === 0) return { message: 'is a set without keys', hint: 'it needs at least one' }
  const misplaced = firstOf(keys, misplacedKey)
  if (misplaced !== undefined) return misplaced
  const fitting = keys.filter(jwk => algorithms.some(algorithm => fitsAlgorithm(jwk, algorithm)))
  if (fitting.length > 0 || algorithms.length === 0) return firstOf(fitting, unusableKey)
  return {
    message: `${keys.length > 1 ? 'has no key that fits' : 'does not fit'} ${listWords(algorithms, 'or')}`,
    hint: 'RS and PS take RSA keys, ES256 P-256, ES384 P-384, ES512 P-521, EdDSA Ed25519; "use" and "alg" must agree',
  }
}

const firstOf = (keys: readonly JwkSpec[], look: (jwk: JwkSpec) => KeyMistake | undefined): KeyMistake | undefined => {
  for (const [i, jwk] of keys.entries()) {
    const found = look(jwk)
    if (found !== undefined) return keys.length > 1 ? { ...found, message: `key ${i + 1} ${found.message}` } : found
  }
  return undefined
}
