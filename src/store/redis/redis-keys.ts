import { hash } from 'node:crypto'

/**
 * Layout of limits in Redis: `<prefix>l:{<digest of the key>}:<digest of the rule>`. Digests, because keys come from
 * strangers: any length, any bytes, and addresses that need not be readable there. The braces are Cluster's hash tag:
 * all limits on the same key lie in the same slot.
 *
 * One script is sent per decision, for all its keys. On Cluster it will have to be one per slot, in
 * order, and when one refuses, a `charge` of the negative cost to those before it: in between others may be refused
 * too much, never admitted too much.
 */
export const limitKey = (prefix: string, keyDigest: string, ruleDigest: string): string =>
  `${prefix}l:{${keyDigest}}:${ruleDigest}`

/** 128 bits (and 4 more) of SHA-256: nobody finds two keys that share a count. */
export const digestOf = (text: string): string => hash('sha256', text, 'base64url').slice(0, 22)

const MOST_REMEMBERED = 4_096
const LONGEST_REMEMBERED = 256

/** Remembers the keys of late; forgets all of them now and then, which is cheaper than knowing which to forget. */
export const rememberingDigest = (): ((text: string) => string) => {
  const seen = new Map<string, string>()
  return text => {
    const known = seen.get(text)
    if (known !== undefined) return known
    const digest = digestOf(text)
    if (seen.size >= MOST_REMEMBERED) seen.clear()
    if (text.length <= LONGEST_REMEMBERED) seen.set(text, digest)
    return digest
  }
}
