import { hash } from 'node:crypto'
import type { Identity } from '../../core/identity.ts'
import type { ApiKeySpec, ConsumerSpec } from '../../spec/spec-auth.ts'
import { compileCredential } from '../credential/credential.ts'
import { quoted } from '../jwt/jwt-challenge.ts'
import { type AuthWorld, type Rejection, reject, type Way } from '../way.ts'
import { keyMemory } from './key-memory.ts'
import { MOST_BYTES } from './key-print.ts'
import { keyRecall } from './key-recall.ts'
import { consumerIdentity, judgeKey, type KnownKey, knownKey, sameDigest, UNKNOWN_KEY } from './known-key.ts'

const TOO_LONG = reject(`the API key is longer than ${MOST_BYTES} bytes`)

/**
 * API keys, known by their SHA-256 only: keys hold 160 random bits or more, which no slow hash would make safer. Without
 * a directory every answer is synchronous.
 *
 * No key is remembered as it was sent: that would put the keys themselves into the memory of the process, and let the
 * timing of a look-up depend on them. Configured ones that were proved are known again by a print (key-recall.ts).
 */
export const apiKeyWay = (spec: ApiKeySpec, consumers: readonly ConsumerSpec[], world: AuthWorld): Way => {
  const credential = compileCredential(spec.from)
  const configured = configuredKeys(spec.name, consumers)
  const recall = keyRecall(consumers.reduce((sum, { keys }) => sum + keys.length, 0))
  const { clock, directory, revocations } = world
  const find =
    directory && keyMemory(directory, clock, (hash, key) => knownKey(hash, consumerIdentity(spec.name, key), key))

  const judge = (key: KnownKey | Rejection | null, digest: string): Identity | Rejection => {
    if (key === null) return UNKNOWN_KEY
    if ('kind' in key) return key
    return sameDigest(key.digest, digest) ? judgeKey(key, clock, revocations) : UNKNOWN_KEY
  }
  const judgeLater = async (found: PromiseLike<KnownKey | Rejection | null>, digest: string) =>
    judge(await found, digest)

  return {
    name: spec.name,
    from: spec.from,
    check: x => {
      const sent = credential.find(x)
      if (typeof sent !== 'string') return sent
      if (sent.length > MOST_BYTES) return TOO_LONG
      const known = recall.get(sent)
      if (known !== null) return judgeKey(known, clock, revocations)
      const digest = digestOf(sent)
      const key = configured(digest)
      if (key !== undefined) {
        recall.keep(sent, key)
        return judgeKey(key, clock, revocations)
      }
      if (find === null) return UNKNOWN_KEY
      const found = find(Buffer.from(digest, 'latin1').toString('hex'))
      return found !== null && 'then' in found ? judgeLater(found, digest) : judge(found, digest)
    },
    strip: spec.forward ? null : credential.strip,
    challenge: challenger(spec),
    close() {},
  }
}

/**
 * Looks for the key with a digest by the first bytes of it. That time tells nothing of a key, since nobody can choose the
 * digest of his; the rest is compared in constant time.
 */
const configuredKeys = (
  way: string,
  consumers: readonly ConsumerSpec[],
): ((digest: string) => KnownKey | undefined) => {
  const keys = new Map<number, KnownKey[]>()
  for (const { name: consumer, roles, scopes, tier, keys: own } of consumers) {
    const identity = consumerIdentity(way, { consumer, roles, scopes, tier })
    for (const terms of own) {
      const key = knownKey(terms.hash, identity, terms)
      const same = keys.get(firstBytes(key.digest))
      if (same === undefined) keys.set(firstBytes(key.digest), [key])
      else same.push(key)
    }
  }
  return digest => {
    const same = keys.get(firstBytes(digest))
    if (same !== undefined) for (const key of same) if (sameDigest(key.digest, digest)) return key
    return undefined
  }
}

/** 24 bits as a number. A Map with texts as keys makes V8 look each up in its table of all strings first. */
const firstBytes = (digest: string): number =>
  digest.charCodeAt(0) | (digest.charCodeAt(1) << 8) | (digest.charCodeAt(2) << 16)

/** 32 bytes, one character each. A string is hashed as UTF-8; what was sent is bytes, too. */
const digestOf = (sent: string): string =>
  hash('sha256', /[^\0-\x7f]/.test(sent) ? Buffer.from(sent, 'latin1') : sent, 'latin1')

/** There is no registered scheme for API keys; this one is in the form that RFC 9110 §11.6.1 asks for. */
const challenger = (spec: ApiKeySpec): Way['challenge'] => {
  const plain = `${schemeOf(spec)} realm=${quoted(spec.realm)}`
  return rejection => {
    if (rejection === null || rejection.error === 'unavailable') return plain
    return `${plain}, error="${rejection.error}", error_description=${quoted(rejection.detail)}`
  }
}

const schemeOf = ({ from }: ApiKeySpec): string => {
  for (const place of from) if (place.in === 'header' && place.scheme !== '') return place.scheme
  return 'ApiKey'
}
