import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { problemsOf, problemTable as table } from './testing/problem-table.ts'

const way = (main: unknown): unknown => ({ auth: { main } })
const jwt = (given: Record<string, unknown>): unknown => way({ jwt: { algorithms: ['RS256'], ...given } })
const issuer = 'https://id.example.com/'
const hs256 = (given: Record<string, unknown>): unknown => way({ jwt: { algorithms: ['HS256'], ...given } })
const SECRET = 'hunter2-hunter2-hunter2-hunter2!'

table('ways', [
  [way({}), 'auth.main: needs one of "jwt" or "apiKey"'],
  [
    way({ jwt: { issuer, algorithms: ['RS256'] }, apiKey: { header: 'x-api-key' } }),
    'auth.main.apiKey: only one of "jwt" or "apiKey" can be given',
  ],
  [way({ jtw: {} }), 'auth.main.jtw: unknown key; did you mean "jwt"?'],
  [
    { auth: { none: { apiKey: { header: 'x' } } } },
    'auth.none: a way cannot be called "none"; "auth: none" on a route means something else',
  ],
])

table('API keys', [
  [way({ apiKey: { header: 'x-api-key', query: 'key', cookie: 'key', forward: true, realm: 'a b' } })],
  [
    way({ apiKey: {} }),
    'auth.main.apiKey: needs at least one of "header", "query" or "cookie"; usual is "header: x-api-key"',
  ],
  [
    way({ apiKey: { query: 'key', scheme: 'Key' } }),
    'auth.main.apiKey.scheme: needs "header"; it stands before the key in a header',
  ],
  [way({ apiKey: { header: 'Host' } }), 'auth.main.apiKey.header: "Host" means something else; use another header'],
  [
    way({ apiKey: { header: 'Cookie' } }),
    'auth.main.apiKey.header: a credential in a cookie is named by its cookie; use "cookie"',
  ],
  [
    way({ apiKey: { header: 'x', realm: 'a"b' } }),
    'auth.main.apiKey.realm: expected plain text without quotes and backslashes, found "a\\"b"',
  ],
])

table('where the keys of tokens come from', [
  [jwt({ issuer })],
  [jwt({ jwks: 'https://id.example.com/jwks.json', refresh: '1h', timeout: '1s' })],
  [jwt({ jwks: 'http://10.0.0.1/jwks.json', allowHttp: true })],
  [hs256({ secret: SECRET })],
  [
    jwt({}),
    'auth.main.jwt: says nowhere which keys count; give "jwks", "keys" or "secret", or an "issuer" whose metadata name them',
  ],
  [
    jwt({ jwks: 'https://a/', keys: { kty: 'RSA' } }),
    'auth.main.jwt.keys: only one of "jwks", "keys" or "secret" can be given',
  ],
  [
    jwt({ jwks: 'id.example.com/jwks.json' }),
    'auth.main.jwt.jwks: expected a URL with its scheme, such as https://id.example.com/jwks.json',
  ],
  [
    jwt({ jwks: 'ftp://id.example.com/' }),
    'auth.main.jwt.jwks: expected a URL with its scheme, such as https://id.example.com/jwks.json',
  ],
  [
    jwt({ jwks: 'http://id.example.com/jwks.json' }),
    'auth.main.jwt.jwks: must be https: whoever can change keys on their way can forge tokens; "allowHttp: true" allows http',
  ],
  [jwt({ jwks: 'https://u:p@id.example.com/' }), 'auth.main.jwt.jwks: must not hold a user name or password'],
  [jwt({ jwks: 'https://id.example.com/#a' }), 'auth.main.jwt.jwks: must not have a fragment'],
  [
    jwt({ issuer: 'acme' }),
    'auth.main.jwt.issuer: expected a URL with its scheme, such as https://id.example.com/jwks.json; or say with "jwks", "keys" or "secret" which keys count',
  ],
  // Only an issuer that is asked must be a URL.
  [hs256({ issuer: 'acme', secret: SECRET })],
  [
    hs256({ secret: SECRET, refresh: '1m', allowHttp: true }),
    'auth.main.jwt.refresh: is about keys that are fetched: it needs "jwks" or an "issuer"',
    'auth.main.jwt.allowHttp: is about keys that are fetched: it needs "jwks" or an "issuer"',
  ],
  [jwt({ issuer, secretEncoding: 'hex' }), 'auth.main.jwt.secretEncoding: needs "secret"'],
])

table('algorithms', [
  [way({ jwt: { issuer } }), 'auth.main.jwt.algorithms: is missing; expected a list'],
  [
    jwt({ issuer, algorithms: ['none'] }),
    'auth.main.jwt.algorithms[0]: unknown value "none"; use "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "HS256", "HS384" or "HS512"',
  ],
  [
    jwt({ secret: SECRET, algorithms: ['HS256', 'RS256'] }),
    'auth.main.jwt.algorithms[1]: RS256 needs a public key; with "secret" use HS256, HS384 or HS512',
  ],
  [
    jwt({ issuer, algorithms: ['RS256', 'HS256'] }),
    'auth.main.jwt.algorithms[1]: HS256 needs "secret"; public keys serve RS256, ES256, EdDSA and the like',
  ],
])

const ADVICE = 'make one with: openssl rand -base64'
table('secrets must be as long as the hash (RFC 7518 §3.2)', [
  [hs256({ secret: 'x'.repeat(32) })],
  [
    hs256({ secret: 'x'.repeat(31) }),
    `auth.main.jwt.secret: is too short for HS256: 31 bytes, at least 32 are needed; ${ADVICE} 32 (and "secretEncoding: base64")`,
  ],
  [
    hs256({ secret: 'x'.repeat(47), algorithms: ['HS256', 'HS384', 'HS512'] }),
    `auth.main.jwt.secret: is too short for HS384 and HS512: 47 bytes, at least 64 are needed; ${ADVICE} 64 (and "secretEncoding: base64")`,
  ],
  // Bytes count, not characters.
  [hs256({ secret: '\u00e9'.repeat(16) })],
  [hs256({ secret: 'ab'.repeat(32), secretEncoding: 'hex' })],
  [hs256({ secret: Buffer.alloc(32).toString('base64'), secretEncoding: 'base64' })],
  [
    hs256({ secret: 'ab'.repeat(31), secretEncoding: 'hex' }),
    `auth.main.jwt.secret: is too short for HS256: 31 bytes, at least 32 are needed; ${ADVICE} 32 (and "secretEncoding: base64")`,
  ],
  [
    hs256({ secret: 'xyz', secretEncoding: 'hex' }),
    'auth.main.jwt.secret: is not written in hex; see "secretEncoding"',
  ],
  [
    hs256({ secret: 'a-_b', secretEncoding: 'base64' }),
    'auth.main.jwt.secret: is not written in base64; see "secretEncoding"',
  ],
  [hs256({ secret: 12345678 }), 'auth.main.jwt.secret: expected text, found a value that is not shown'],
])

const jwkOf = (type: 'rsa' | 'ec' | 'ed25519', bits = 2048): Record<string, unknown> => {
  const options = { modulusLength: bits, namedCurve: 'P-256' }
  const { publicKey } =
    type === 'rsa'
      ? generateKeyPairSync(type, options)
      : type === 'ec'
        ? generateKeyPairSync(type, options)
        : generateKeyPairSync(type)
  return { ...publicKey.export({ format: 'jwk' }) }
}
const rsa = jwkOf('rsa')
const ec = jwkOf('ec')
const FIT = 'RS and PS take RSA keys, ES256 P-256, ES384 P-384, ES512 P-521, EdDSA Ed25519; "use" and "alg" must agree'

table('public keys in the configuration', [
  [jwt({ keys: rsa })],
  [jwt({ keys: { keys: [rsa, ec, { kty: 'new' }] } })],
  [jwt({ keys: [rsa, { keys: [rsa] }] })],
  [jwt({ keys: jwkOf('ed25519'), algorithms: ['EdDSA'] })],
  [jwt({ keys: { ...rsa, alg: 'RS256', use: 'sig' } })],
  [jwt({ keys: ec }), `auth.main.jwt.keys: does not fit RS256; ${FIT}`],
  [jwt({ keys: { ...rsa, use: 'enc' } }), `auth.main.jwt.keys: does not fit RS256; ${FIT}`],
  [jwt({ keys: { ...rsa, alg: 'PS256' } }), `auth.main.jwt.keys: does not fit RS256; ${FIT}`],
  [jwt({ keys: [rsa, { keys: [ec, ec] }] }), `auth.main.jwt.keys[1]: has no key that fits RS256; ${FIT}`],
  [jwt({ keys: { keys: [] } }), 'auth.main.jwt.keys: is a set without keys; it needs at least one'],
  [
    jwt({ keys: { kty: 'oct', k: 'aHVudGVyMg' } }),
    'auth.main.jwt.keys: is a symmetric key; a shared secret belongs in "secret"',
  ],
  [
    jwt({ keys: { keys: [rsa, { ...rsa, d: 'x' }] } }),
    'auth.main.jwt.keys: key 2 holds a private key; the gateway needs the public key only; leave "d" and the like out',
  ],
  [jwt({ keys: { ...rsa, n: 'AAAA' } }), 'auth.main.jwt.keys: is an RSA key of 0 bits; it must have at least 2048'],
  [jwt({ keys: jwkOf('rsa', 1024) }), 'auth.main.jwt.keys: is an RSA key of 1024 bits; it must have at least 2048'],
  [
    jwt({ keys: { ...ec, x: 'AAAA' }, algorithms: ['ES256'] }),
    'auth.main.jwt.keys: is not a valid public key; write it as RFC 7517 has it, or in PEM',
  ],
  [jwt({ keys: { a: 1 } }), 'auth.main.jwt.keys: is no key; give a PEM file, a JWK file, or a JWK with its "kty"'],
  [
    jwt({ keys: Array.from({ length: 101 }, () => rsa) }),
    'auth.main.jwt.keys: holds 101 keys; at most 100 are allowed',
  ],
])

table('where tokens stand', [
  [jwt({ issuer, from: ['header:x-token', 'cookie:sid', 'query:access_token', { header: 'x', scheme: 'Token' }] })],
  [
    jwt({ issuer, from: 'body:token' }),
    'auth.main.jwt.from: unknown value "body:token"; use "header:<name>", "cookie:<name>" or "query:<name>"',
  ],
  [jwt({ issuer, from: ['header:te'] }), 'auth.main.jwt.from[0]: "te" means something else; use another header'],
])

table('claims as header fields', [
  [jwt({ issuer, claimHeaders: ['sub', 'org.id', 'a_b'] })],
  [jwt({ issuer, claimHeaders: { sub: 'X-User', 'https://example.com/plan': 'x-plan' } })],
  [
    jwt({ issuer, claimHeaders: ['https://example.com/plan'] }),
    'auth.main.jwt.claimHeaders[0]: makes no header name; write it with a name: { "https://example.com/plan": x-claim-plan }',
  ],
  [
    jwt({ issuer, claimHeaders: { sub: 'Authorization', a: 'X-Forwarded-User', b: 'x_forwarded_for' } }),
    'auth.main.jwt.claimHeaders.sub: authorization already means something else; use a name such as x-claim-sub',
    'auth.main.jwt.claimHeaders.a: x-forwarded-user already means something else; use a name such as x-claim-sub',
    'auth.main.jwt.claimHeaders.b: x_forwarded_for already means something else; use a name such as x-claim-sub',
  ],
  [
    jwt({ issuer, claimHeaders: { sub: 'x-consumer' } }),
    'auth.main.jwt.claimHeaders.sub: x-consumer is the name of the known consumer; use "consumerClaim", or another header',
  ],
  [
    jwt({ issuer, claimHeaders: { sub: 'x-user', email: 'X_User' } }),
    'auth.main.jwt.claimHeaders.email: has the same header as another claim; give each its own',
  ],
  [
    jwt({ issuer, claimHeaders: ['a.b', 'a_b'] }),
    'auth.main.jwt.claimHeaders[1]: has the same header as another claim; give each its own',
  ],
])

const hash = (digit: string): string => `sha256:${digit.repeat(64)}`
table('consumers', [
  [{ consumers: { a: { keys: ['sha256:<64 hex digits>', hash('A')] }, b: { keys: ['sha256:<64 hex digits>'] } } }],
  [
    {
      consumers: {
        a: {
          keys: [
            { hash: hash('1'), expires: '2027-01-31', disabled: true },
            { hash: hash('2'), expires: '2027-01-31T12:00:00+02:00' },
          ],
        },
      },
    },
  ],
  [
    { consumers: { a: { keys: ['hunter2', hash('g')] } } },
    'consumers.a.keys[0]: expected "sha256:" and 64 hex digits, found a value that is not shown',
    'consumers.a.keys[1]: expected "sha256:" and 64 hex digits, found a value that is not shown',
  ],
  [
    { consumers: { a: { keys: [hash('a')] }, b: { keys: [hash('b'), { hash: hash('A') }] } } },
    'consumers.b.keys[1]: is the same key as consumers.a.keys[0]; a key proves one consumer',
  ],
  ...['2027-02-30', '2027-01-31T12:00:00', 'tomorrow'].map(
    expires =>
      [
        { consumers: { a: { keys: [{ hash: hash('1'), expires }] } } },
        `consumers.a.keys[0].expires: expected a date or a time with its zone, such as 2027-01-31 or 2027-01-31T12:00:00Z, found "${expires}"`,
      ] as const,
  ),
])

const REDIS =
  'state.redis: expected a URL such as redis://10.0.0.5:6379 or, over TLS, rediss://user:password@host:6380/0'
table('state', [
  [{ state: { redis: 'redis://h' } }],
  [{ state: { redis: 'rediss://u:p@h:6380/2', prefix: 'a:', timeout: '50ms', keys: 5000 } }],
  [{ state: { memory: { keys: 5000 } } }],
  [{ state: 'redis' }, 'state: a value that is not shown is not known; use "memory"'],
  [{ state: { redis: 'hunter2' } }, REDIS],
  [{ state: { redis: 'http://h' } }, REDIS],
  [{ state: { redis: 'redis://h/abc' } }, 'state.redis: expected the number of a database, or nothing, after the host'],
  [{ state: { redis: 'redis://h?x=1' } }, 'state.redis: must not have a query or fragment'],
  [{ state: { memory: { keys: 10 } } }, 'state.memory.keys: expected at least 1000, found 10'],
])

test('secrets in the file are in no message', () => {
  const documents = [
    { state: { redis: 5 } },
    { state: { redis: 'hunter2://hunter2' } },
    hs256({ secret: 'hunter2' }),
    hs256({ secret: ['hunter2'] }),
    hs256({ secret: SECRET, algorithms: ['HS512'] }),
    hs256({ secret: 'hunter2', secretEncoding: 'base64' }),
    jwt({ keys: 'hunter2' }),
    jwt({ keys: ['hunter2'] }),
    jwt({ keys: { kty: 'oct', k: 'hunter2' } }),
    { consumers: { a: { keys: 'hunter2' } } },
    { consumers: { a: { keys: [{ hash: 'hunter2' }] } } },
  ]
  for (const document of documents) {
    const problems = problemsOf(document)
    assert.notEqual(problems.length, 0)
    assert.ok(!problems.join().includes('hunter2'), problems.join())
  }
})
