import { createPublicKey, generateKeyPairSync, hash, type KeyObject, randomBytes, sign } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** One client: its bearer token and its API key. */
export interface Credential {
  readonly token: string
  readonly key: string
}

const CLIENTS = 1_000
const CONSUMERS = 100

export const ISSUER = 'https://id.example.com/'
export const AUDIENCE = 'api'

/** Files in the folder of the run. For requests.lua: a line a client, token and key. */
export const credentialsFile = (folder: string): string => join(folder, 'credentials.txt')
/** The issuer's public key, as a JWK. */
export const issuerFile = (folder: string): string => join(folder, 'issuer.json')
/** `consumers` of a configuration: 100 with 10 hashes of keys each. */
export const consumersFile = (folder: string): string => join(folder, 'consumers.yaml')

/** Makes 1,000 clients with a key pair and keys of this run, writes the files, and returns the first of them. */
export const writeCredentials = (folder: string): Credential => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const all = Array.from({ length: CLIENTS }, (_, user) => ({ token: tokenOf(privateKey, user), key: newKey() }))
  const jwk = { ...createPublicKey(privateKey).export({ format: 'jwk' }), kid: KEY_ID, alg: 'RS256', use: 'sig' }
  writeFileSync(issuerFile(folder), JSON.stringify(jwk))
  writeFileSync(credentialsFile(folder), all.map(({ token, key }) => `${token} ${key}\n`).join(''))
  writeFileSync(consumersFile(folder), consumersOf(all.map(({ key }) => key)))
  return all[0]!
}

/** The header fields that requests.lua sends as well. */
export const headersOf = ({ token, key }: Credential): Record<string, string> => ({
  Authorization: `Bearer ${token}`,
  'X-Api-Key': key,
})

const KEY_ID = 'bench-1'

/** RS256, with the claims that issuers send: about 800 characters. */
const tokenOf = (privateKey: KeyObject, user: number): string => {
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: ISSUER,
    sub: `user-${10_000 + user}`,
    aud: [AUDIENCE, `${ISSUER}userinfo`],
    iat: now,
    exp: now + 86_400,
    jti: `d3b07384-d9a0-4c9b-8f3e-${String(user).padStart(12, '0')}`,
    scope: 'openid profile orders:read orders:write',
    roles: ['user', 'editor'],
  }
  const input = `${base64url({ alg: 'RS256', typ: 'JWT', kid: KEY_ID })}.${base64url(claims)}`
  return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`
}

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** As long as those of `sallyport key new`. */
const newKey = (): string => `sp_${randomBytes(32).toString('base64url')}`

const consumersOf = (keys: readonly string[]): string => {
  const each = keys.length / CONSUMERS
  const lines = Array.from({ length: CONSUMERS }, (_, i) => {
    const hashes = keys.slice(i * each, (i + 1) * each).map(key => `"sha256:${hash('sha256', key, 'hex')}"`)
    return `  consumer-${i}: { keys: [${hashes.join(', ')}] }\n`
  })
  return `consumers:\n${lines.join('')}`
}
