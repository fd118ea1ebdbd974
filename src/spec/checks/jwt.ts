import { credentialPlaces } from '../credential-places.ts'
import { isHmac, leastSecretBytes, secretBytes } from '../hmac-secret.ts'
import type { Path } from '../problem.ts'
import { type Report, valueAt } from '../source.ts'
import type { JwtAlgorithm } from '../spec-auth.ts'
import { listWords } from '../suggest.ts'
import { checkClaimHeaders } from './claim-headers.ts'
import { checkCredentialHeader } from './credential-header.ts'
import { type JwtDraft, reportUnused, written } from './draft.ts'
import { checkJwtKeys } from './jwt-keys.ts'

const KEY_SOURCES = ['jwks', 'keys', 'secret']
const REMOTE_ONLY = ['refresh', 'timeout', 'allowHttp']

/** What spans several keys of one `jwt`. Secrets are in no message. */
export const checkJwt = (report: Report, path: Path, jwt: JwtDraft): void => {
  const [source, ...tooMany] = written(report, path, KEY_SOURCES)
  for (const key of tooMany) {
    report.add([...path, key], 'only one of "jwks", "keys" or "secret" can be given', { on: 'key' })
  }
  const remote = source === undefined || source === 'jwks'
  if (source === undefined && written(report, path, ['issuer']).length === 0) {
    report.add(path, 'says nowhere which keys count', {
      hint: 'give "jwks", "keys" or "secret", or an "issuer" whose metadata name them',
    })
  }
  if (remote) checkRemote(report, path, jwt)
  else reportUnused(report, path, REMOTE_ONLY, 'is about keys that are fetched: it needs "jwks" or an "issuer"')
  if (source !== 'secret') reportUnused(report, path, ['secretEncoding'], 'needs "secret"')
  checkAlgorithms(report, path, jwt, source)
  checkSecret(report, path, jwt)
  if (source === 'keys') checkJwtKeys(report, path, jwt)
  checkClaimHeaders(report, [...path, 'claimHeaders'], jwt.claimHeaders)
  checkPlaces(report, [...path, 'from'], jwt.from)
}

const checkRemote = (report: Report, path: Path, { jwks, issuer, allowHttp }: JwtDraft): void => {
  const key = jwks === undefined ? 'issuer' : 'jwks'
  const text = jwks ?? issuer
  if (text === undefined) return
  const mistake = urlMistake(text, allowHttp === true)
  if (mistake === undefined) return
  const hint = key === 'issuer' ? 'or say with "jwks", "keys" or "secret" which keys count' : undefined
  report.add([...path, key], mistake, { hint })
}

/** Without the URL: it may hold a password. */
const urlMistake = (text: string, allowHttp: boolean): string | undefined => {
  const url = /^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(text) && URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return 'expected a URL with its scheme, such as https://id.example.com/jwks.json'
  }
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password'
  if (url.hash !== '') return 'must not have a fragment'
  if (url.protocol === 'http:' && !allowHttp) {
    return 'must be https: whoever can change keys on their way can forge tokens; "allowHttp: true" allows http'
  }
  return undefined
}

const checkAlgorithms = (report: Report, path: Path, { algorithms }: JwtDraft, source: string | undefined): void => {
  const wantsHmac = source === 'secret'
  for (const [i, algorithm] of (algorithms ?? []).entries()) {
    if (algorithm === undefined || isHmac(algorithm) === wantsHmac) continue
    const at = [...path, 'algorithms', i]
    if (wantsHmac)
      report.add(at, `${algorithm} needs a public key`, { hint: 'with "secret" use HS256, HS384 or HS512' })
    else if (source === undefined && written(report, path, ['issuer']).length === 0) continue
    else report.add(at, `${algorithm} needs "secret"`, { hint: 'public keys serve RS256, ES256, EdDSA and the like' })
  }
}

const checkSecret = (report: Report, path: Path, { secret, secretEncoding, algorithms }: JwtDraft): void => {
  if (secret === undefined || secretEncoding === undefined) return
  const at = [...path, 'secret']
  const bytes = secretBytes(secret, secretEncoding)
  if (bytes === undefined)
    return report.add(at, `is not written in ${secretEncoding}`, { hint: 'see "secretEncoding"' })
  const weakened = (algorithms ?? []).filter(algorithm => bytes.length < leastFor(algorithm))
  if (weakened.length === 0) return
  const least = Math.max(...weakened.map(leastFor))
  report.add(
    at,
    `is too short for ${listWords(weakened.map(String), 'and')}: ${bytes.length} bytes, at least ${least} are needed`,
    {
      hint: `make one with: openssl rand -base64 ${least} (and "secretEncoding: base64")`,
    },
  )
}

const leastFor = (algorithm: JwtAlgorithm | undefined): number =>
  algorithm === undefined ? 0 : (leastSecretBytes(algorithm) ?? 0)

const checkPlaces = (report: Report, path: Path, from: JwtDraft['from']): void => {
  const list = Array.isArray(valueAt(report.source.document, path))
  for (const [i, place] of credentialPlaces(from).entries()) {
    if (place.in === 'header') checkCredentialHeader(report, list ? [...path, i] : path, place.name)
  }
}
