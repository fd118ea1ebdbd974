import assert from 'node:assert/strict'
import { constants, generateKeyPairSync, sign } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { JWT_ALGORITHMS, type JwtAlgorithm } from '../../spec/spec-auth.ts'
import { base64url, hmacSigner, keySigner, SECRET, signerFor, tokenOf } from '../testing/jwt-sign.ts'
import { bearing, benchOf, exchangeWith, NOW, outcome, REMOTE_KEYS } from '../testing/jwt-world.ts'
import { isRejection } from '../way.ts'

const hs256 = signerFor('HS256')
const rs256 = keySigner('RS256')
const es256 = keySigner('ES256')

const MALFORMED = 'the token is not three parts in base64url'
const BAD_HEADER = "the token's header is not a JSON object with unique names, or too large"
const BAD_CLAIMS = "the token's claims are not a JSON object with unique names, or too deep"
const WRONG_TYPE = "the token's header has a parameter of the wrong type"
const WRONG_ALGORITHM = "the token's algorithm is not accepted"
const CRITICAL = 'the token demands extensions that are not supported'
const NO_FITTING_KEY = "no key of the set fits the token's algorithm"
const BAD_SIGNATURE = "the token's signature does not match"
const UNKNOWN_KEY = "no key of the set has the token's kid"

const publicKeys = { kind: 'static', keys: [rs256.jwk, es256.jwk] } as const

describe('no algorithm', () => {
  const nones = ['none', 'None', 'NONE', 'nOnE', 'none ', ' none', 'none\u0000', '', 'n\u00f6ne', 'HS256none']
  for (const alg of nones) {
    test(`${JSON.stringify(alg)} is none that is accepted`, async () => {
      const { ask } = benchOf({ algorithms: JWT_ALGORITHMS })
      const top = base64url(JSON.stringify({ alg }))
      assert.equal(await ask(`${top}.${base64url('{}')}.`), WRONG_ALGORITHM)
      assert.equal(await ask(tokenOf(hs256, {}, { alg })), WRONG_ALGORITHM)
    })
  }

  const odd: readonly [unknown, string][] = [
    [undefined, WRONG_TYPE],
    [null, WRONG_TYPE],
    [['HS256'], WRONG_TYPE],
    [{ alg: 'HS256' }, WRONG_TYPE],
    [256, WRONG_TYPE],
    ['hs256', WRONG_ALGORITHM],
    ['HS256\n', WRONG_ALGORITHM],
    ['constructor', WRONG_ALGORITHM],
    ['__proto__', WRONG_ALGORITHM],
    ['RSA1_5', WRONG_ALGORITHM],
    ['dir', WRONG_ALGORITHM],
    ['ES256K', WRONG_ALGORITHM],
    ['Ed25519', WRONG_ALGORITHM],
  ]
  for (const [alg, reason] of odd) {
    test(`alg ${JSON.stringify(alg)}`, async () => {
      const { ask } = benchOf({ algorithms: JWT_ALGORITHMS })
      assert.equal(await ask(tokenOf(hs256, {}, JSON.stringify({ alg, typ: 'JWT' }))), reason)
    })
  }
})

describe('a public key is no secret', () => {
  const { jwk } = rs256
  const secrets: Readonly<Record<string, string | Uint8Array>> = {
    PEM: rs256.publicPem,
    'PEM without its last line end': rs256.publicPem.trimEnd(),
    DER: rs256.publicDer,
    'the JWK as text': JSON.stringify(jwk),
    'its modulus': Buffer.from(String(jwk['n']), 'base64url'),
    'its modulus as text': String(jwk['n']),
    nothing: '',
  }
  for (const [what, secret] of Object.entries(secrets)) {
    for (const algorithm of ['HS256', 'HS384', 'HS512'] as const) {
      test(`${algorithm} with ${what}`, async () => {
        const forged = tokenOf(hmacSigner(algorithm, secret), { sub: 'admin' })
        assert.equal(await benchOf({ algorithms: ['RS256'], keys: publicKeys }).ask(forged), WRONG_ALGORITHM)
        // Even where the configuration accepts both.
        assert.equal(await benchOf({ algorithms: JWT_ALGORITHMS, keys: publicKeys }).ask(forged), NO_FITTING_KEY)
      })
    }
  }

  test('a secret in a key set is nobody’s', async () => {
    const { world, ask } = benchOf({ algorithms: JWT_ALGORITHMS, keys: REMOTE_KEYS })
    world.keySets.set([{ ...hs256.jwk, kid: 'a' }, es256.jwk])
    assert.equal(await ask(tokenOf(hs256, {}, { kid: 'a' })), NO_FITTING_KEY)
    assert.equal(await ask(tokenOf(hs256, {})), NO_FITTING_KEY)
  })

  test('a short secret verifies nothing', async () => {
    for (const [algorithm, bytes] of [
      ['HS256', 31],
      ['HS384', 47],
      ['HS512', 63],
    ] as const) {
      const short = SECRET.subarray(0, bytes)
      const keys = { kind: 'secret', secret: short.toString('base64url') } as const
      const { ask } = benchOf({ algorithms: [algorithm], keys })
      assert.equal(await ask(tokenOf(hmacSigner(algorithm, short), {})), NO_FITTING_KEY)
    }
  })
})

describe('what a token brings along', () => {
  const evil = keySigner('ES256', { kid: 'evil' })
  const headers: Readonly<Record<string, object>> = {
    jwk: { jwk: evil.jwk },
    'jwk and kid': { jwk: evil.jwk, kid: 'evil' },
    jku: { jku: 'https://evil.example/jwks.json' },
    x5u: { x5u: 'https://evil.example/chain.pem' },
    x5c: { x5c: [evil.publicDer.toString('base64')] },
    x5t: { x5t: 'AAAA', 'x5t#S256': 'AAAA' },
  }
  for (const [what, header] of Object.entries(headers)) {
    test(`${what} is not looked at`, async () => {
      const { ask } = benchOf({ algorithms: ['ES256'], keys: publicKeys })
      assert.equal(await ask(tokenOf(evil, {}, header)), BAD_SIGNATURE)
      assert.equal(typeof (await ask(tokenOf(es256, {}, header))), 'object')
    })
  }
})

describe('kid', () => {
  const named = keySigner('ES256', { kid: 'a' })
  const odd = [
    '../../dev/null',
    '/dev/null',
    "' UNION SELECT 'AAAA",
    "a' OR '1'='1",
    '| id',
    '__proto__',
    'constructor',
    'toString',
    'A',
    'a ',
    'a\u0000',
    '',
    'x'.repeat(1_400),
  ]
  for (const kid of odd) {
    test(`${JSON.stringify(kid.slice(0, 30))} is a name like any other`, async () => {
      const { ask } = benchOf({ algorithms: JWT_ALGORITHMS, keys: { kind: 'static', keys: [named.jwk] } })
      assert.equal(await ask(tokenOf(named, {}, { kid })), UNKNOWN_KEY)
      assert.equal(await ask(tokenOf(hmacSigner('HS256', ''), {}, { kid })), UNKNOWN_KEY)
    })
  }

  for (const kid of [null, 1, ['a'], { a: 1 }, true]) {
    test(`${JSON.stringify(kid)} is no name`, async () => {
      const { ask } = benchOf({ algorithms: ['ES256'], keys: { kind: 'static', keys: [named.jwk] } })
      assert.equal(await ask(tokenOf(named, {}, { kid })), WRONG_TYPE)
    })
  }

  test('the name of one key does not let another sign', async () => {
    const other = keySigner('ES256', { kid: 'b' })
    const { ask } = benchOf({ algorithms: ['ES256'], keys: { kind: 'static', keys: [named.jwk, other.jwk] } })
    assert.equal(await ask(tokenOf(other, {}, { kid: 'a' })), BAD_SIGNATURE)
  })

  test('of two keys with one name, both are tried', async () => {
    const twin = keySigner('ES256', { kid: 'a' })
    const { ask } = benchOf({ algorithms: ['ES256'], keys: { kind: 'static', keys: [named.jwk, twin.jwk] } })
    assert.equal(typeof (await ask(tokenOf(twin, {}, { kid: 'a' }))), 'object')
  })
})

describe('JSON that two parsers read differently', () => {
  const HEADERS: readonly [name: string, header: string, reason: string][] = [
    ['alg twice', '{"alg":"none","alg":"HS256"}', BAD_HEADER],
    ['alg twice, escaped once', '{"alg":"HS256","\\u0061lg":"none"}', BAD_HEADER],
    ['a name twice deep inside', '{"alg":"HS256","x":[{"a":1,"b":2,"a":3}]}', BAD_HEADER],
    ['a comment', '{"alg":"HS256"/**/}', BAD_HEADER],
    ['a trailing comma', '{"alg":"HS256",}', BAD_HEADER],
    ['something behind it', '{"alg":"HS256"}x', BAD_HEADER],
    ['a byte order mark', '\ufeff{"alg":"HS256"}', BAD_HEADER],
    ['a list', '["HS256"]', BAD_HEADER],
    ['null', 'null', BAD_HEADER],
    ['nothing', '', BAD_HEADER],
    ['17 levels', `{"alg":"HS256","x":${'['.repeat(16)}${']'.repeat(16)}}`, BAD_HEADER],
    ['too much', `{"alg":"HS256","x":"${'x'.repeat(1_600)}"}`, BAD_HEADER],
  ]
  for (const [name, header, reason] of HEADERS) {
    test(`a header with ${name}`, async () => {
      assert.equal(await benchOf().ask(tokenOf(hs256, {}, header)), reason)
    })
  }

  const PAYLOADS: readonly [name: string, payload: string][] = [
    ['sub twice', '{"sub":"a","sub":"b"}'],
    ['sub twice, escaped once', '{"sub":"a","s\\u0075b":"b"}'],
    ['a name twice deep inside', '{"org":{"id":1,"id":2}}'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}'],
    ['a list', '[]'],
    ['a text', '"sub"'],
    ['a number', '1'],
    ['nothing', ''],
    ['17 levels', `{"x":${'['.repeat(16)}${']'.repeat(16)}}`],
    ['thousands of levels', `{"x":${'['.repeat(2_500)}${']'.repeat(2_500)}}`],
  ]
  for (const [name, payload] of PAYLOADS) {
    test(`claims with ${name}`, async () => {
      assert.equal(await benchOf().ask(tokenOf(hs256, payload)), BAD_CLAIMS)
    })
  }

  test('claims that are not UTF-8', async () => {
    const input = `${base64url('{"alg":"HS256"}')}.${base64url(Buffer.from('{"sub":"\xff"}', 'latin1'))}`
    assert.equal(await benchOf().ask(`${input}.${base64url(hs256.sign(input))}`), BAD_CLAIMS)
  })

  test('one name in several objects, and 16 levels, are nothing to object to', async () => {
    const payload = `{"a":{"a":{"a":1}},"b":[{"a":1},{"a":"{\\"a\\":1,\\"a\\":2}"}],"x":${'['.repeat(15)}${']'.repeat(15)}}`
    assert.equal(typeof (await benchOf().ask(tokenOf(hs256, payload))), 'object')
  })

  test('claims called kind or __proto__ decide nothing', async () => {
    const got = await benchOf().ask(tokenOf(hs256, '{"kind":"rejection","__proto__":{"sub":"admin"},"sub":"u"}'))
    assert.ok(typeof got === 'object')
    assert.equal(got.subject, 'u')
    const other = await benchOf({ issuer: 'me' }).ask(tokenOf(hs256, '{"__proto__":{"iss":"me"}}'))
    assert.equal(other, "the token's issuer is not accepted")
  })
})

describe('extensions', () => {
  const HEADERS: readonly object[] = [
    { crit: ['exp'], exp: NOW },
    { crit: ['b64'], b64: false },
    { crit: ['b64'], b64: true },
    { crit: [] },
    { crit: 'exp' },
    { crit: null },
    { crit: ['unknown'] },
    { b64: false },
    { b64: true },
  ]
  for (const header of HEADERS) {
    test(`${JSON.stringify(header)} is refused`, async () => {
      assert.equal(await benchOf().ask(tokenOf(hs256, {}, header)), CRITICAL)
    })
  }

  for (const cty of ['JWT', 'jwt', 'application/jwt', 'Application/JWT']) {
    test(`a token in a token (${cty}) is refused`, async () => {
      assert.equal(await benchOf().ask(tokenOf(hs256, {}, { cty })), 'the token holds another token')
    })
  }
})

describe('spelling', () => {
  const token = tokenOf(hs256, { sub: 'u1', name: 'ab?>~~' })
  const [header = '', payload = '', signature = ''] = token.split('.')
  const parts = [header, payload, signature]

  /** The token with one of its parts written in another way. */
  const respelled = (respell: (part: string) => string): string[] =>
    parts.map((_, i) => parts.map((part, j) => (i === j ? respell(part) : part)).join('.'))

  const SPELLINGS: Readonly<Record<string, (part: string) => string>> = {
    'one =': part => `${part}=`,
    'padding to four': part => part.padEnd(Math.ceil(part.length / 4) * 4 + 4, '='),
    'a space before': part => ` ${part}`,
    'a space behind': part => `${part} `,
    'a line end': part => `${part}\n`,
    'a tab inside': part => `${part.slice(0, 4)}\t${part.slice(4)}`,
    'a +': part => `+${part.slice(1)}`,
    'a /': part => `/${part.slice(1)}`,
    'a percent sign': part => `%${part.charCodeAt(0).toString(16)}${part.slice(1)}`,
    'a byte that is no ASCII': part => `${part}\u00e9`,
    'a NUL': part => `${part}\u0000`,
    'one digit too many': part =>
      part.length % 4 === 0 ? `${part}A` : part.slice(0, part.length - (part.length % 4) + 1),
  }
  for (const [name, respell] of Object.entries(SPELLINGS)) {
    test(`${name} is refused in every part`, async () => {
      // A field of its own: spaces before a token are a matter of the scheme's grammar (RFC 9110 §11.4).
      const { way } = benchOf({ from: [{ in: 'header', name: 'x-token', scheme: '' }] })
      const ask = async (text: string) => outcome(await way.check(exchangeWith(['x-token', text])))
      assert.equal(typeof (await ask(token)), 'object')
      for (const [i, other] of respelled(respell).entries()) assert.equal(await ask(other), MALFORMED, `part ${i}`)
    })
  }

  const FORMS: Readonly<Record<string, string>> = {
    nothing: '',
    dots: '..',
    'more dots': '....',
    'one part': header,
    'two parts': `${header}.${payload}`,
    'four parts': `${token}.`,
    'five parts': `${token}.${header}.${payload}`,
    'no header': `.${payload}.${signature}`,
    'JSON serialization': JSON.stringify({ protected: header, payload, signature }),
    'two tokens': `${token},${token}`,
    'quotes around it': `"${token}"`,
    'the scheme twice': `Bearer ${token}`,
  }
  for (const [name, form] of Object.entries(FORMS)) {
    test(`${name} is no token`, async () => {
      const result = await benchOf({ from: [{ in: 'header', name: 'x-token', scheme: '' }] }).way.check(
        exchangeWith(['x-token', form]),
      )
      if (form === '') assert.equal(result, null)
      else assert.ok([MALFORMED, BAD_HEADER].includes(String(outcome(result))), String(outcome(result)))
    })
  }

  test('bits that stand for nothing must be 0', async () => {
    const { ask } = benchOf()
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const last = digits.indexOf(signature.at(-1) ?? '')
    // 32 bytes: two bits of the last digit are unused.
    for (const bits of [1, 2, 3]) {
      const other = `${header}.${payload}.${signature.slice(0, -1)}${digits[last + bits]}`
      assert.deepEqual(Buffer.from(other.split('.')[2] ?? '', 'base64url'), Buffer.from(signature, 'base64url'))
      assert.equal(await ask(other), MALFORMED)
    }
  })

  test('a token of 8 KiB is the longest', async () => {
    const { ask } = benchOf()
    const sized = (length: number) => tokenOf(hs256, { x: 'x'.repeat(length) })
    let size = 6_000
    while (sized(size + 1).length <= 8192) size++
    assert.equal(typeof (await ask(sized(size))), 'object')
    assert.equal(await ask(sized(size + 1)), 'the token is too long')
    assert.equal(await ask('x'.repeat(1_000_000)), 'the token is too long')
  })

  test('no other text is taken for a token that was seen', async () => {
    const { ask } = benchOf()
    await ask(token)
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.integer({ min: 0, max: 255 }), async (at, code) => {
        const other = token.slice(0, at) + String.fromCharCode(code) + token.slice(at + 1)
        assert.equal(typeof (await ask(other)), other === token ? 'object' : 'string')
      }),
    )
  })

  test('no text at all makes it throw', async () => {
    const { way } = benchOf()
    const part = fc.oneof(fc.string(), fc.json().map(base64url), fc.base64String(), fc.constantFrom(...parts))
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 5 }), async texts => {
        const result = await way.check(bearing(texts.join('.')))
        assert.ok(result === null || isRejection(result) || texts.join('.') === token)
      }),
    )
  })
})

describe('malleability', () => {
  const ORDER = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')
  const bytesOf = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex')
  const token = tokenOf(es256, { sub: 'u1', jti: 'j1' })
  const [header, payload, signature = ''] = token.split('.')
  const raw = Buffer.from(signature, 'base64url')
  const r = raw.subarray(0, 32)
  const s = BigInt(`0x${raw.toString('hex', 32)}`)
  const signed = (...bytes: Uint8Array[]): string => `${header}.${payload}.${base64url(Buffer.concat(bytes))}`
  const keys = publicKeys

  test('(r, n - s) is a second good signature of ECDSA, and the same token in all that counts', async () => {
    const { world, way, ask } = benchOf({ algorithms: ['ES256'], keys })
    const twin = signed(r, bytesOf(ORDER - s))
    assert.notEqual(twin, token)
    assert.deepEqual(await ask(twin), await ask(token))
    // It is revoked by its claims, so there is no twin that escapes.
    world.revocations.revoke('jti', 'j1')
    assert.equal(outcome(await way.check(bearing(twin))), 'the token was revoked')
  })

  const zero = Buffer.alloc(32)
  const FORGED: Readonly<Record<string, string>> = {
    'r + n': signed(bytesOf((BigInt(`0x${r.toString('hex')}`) + ORDER) % (1n << 256n)), bytesOf(s)),
    'r = s = 0': signed(zero, zero),
    's = 0': signed(r, zero),
    'r = 0': signed(zero, bytesOf(s)),
    'r = s = n': signed(bytesOf(ORDER), bytesOf(ORDER)),
    'r = s = 1': signed(bytesOf(1n), bytesOf(1n)),
    'a zero before r': signed(Buffer.of(0), r, bytesOf(s)),
    'a zero behind s': signed(r, bytesOf(s), Buffer.of(0)),
    'r alone': signed(r),
    DER: `${header}.${payload}.${base64url(Buffer.concat([Buffer.of(0x30, 0x44, 2, 32), r, Buffer.of(2, 32), bytesOf(s)]))}`,
    nothing: signed(),
  }
  for (const [name, forged] of Object.entries(FORGED)) {
    test(`${name} is no signature`, async () => {
      assert.equal(await benchOf({ algorithms: ['ES256'], keys }).ask(forged), BAD_SIGNATURE)
    })
  }

  test('RSA: a signature with a zero before it, or one short, is none', async () => {
    const good = tokenOf(rs256, {})
    const [top, claims, proof = ''] = good.split('.')
    const bytes = Buffer.from(proof, 'base64url')
    const { ask } = benchOf({ algorithms: ['RS256'], keys })
    for (const other of [Buffer.concat([Buffer.of(0), bytes]), bytes.subarray(1), Buffer.alloc(256)]) {
      assert.equal(await ask(`${top}.${claims}.${base64url(other)}`), BAD_SIGNATURE)
    }
  })

  test('PSS: a salt of another length than the hash is refused', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const signer = keySigner('PS256', {}, privateKey)
    const salted = (saltLength: number) => ({
      algorithm: 'PS256' as JwtAlgorithm,
      sign: (input: string) =>
        sign('sha256', Buffer.from(input), { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }),
    })
    const { ask } = benchOf({ algorithms: ['PS256'], keys: { kind: 'static', keys: [signer.jwk] } })
    assert.equal(typeof (await ask(tokenOf(salted(32), {}))), 'object')
    for (const length of [0, 20, 31, 33]) assert.equal(await ask(tokenOf(salted(length), {})), BAD_SIGNATURE)
  })

  test('an HMAC that is cut short is none', async () => {
    const [top, claims, mac = ''] = tokenOf(hs256, {}).split('.')
    const bytes = Buffer.from(mac, 'base64url')
    for (const length of [0, 1, 16, 31]) {
      assert.equal(await benchOf().ask(`${top}.${claims}.${base64url(bytes.subarray(0, length))}`), BAD_SIGNATURE)
    }
  })
})

describe('headers that look like the one with the token', () => {
  const token = tokenOf(hs256, {})
  for (const name of [
    'Authorization ',
    'Authorization_',
    'X-Authorization',
    'Proxy-Authorization',
    'Authorizatio\u0131n',
  ]) {
    test(`${JSON.stringify(name)} is another`, () => {
      assert.equal(benchOf().way.check(exchangeWith([name.toLowerCase(), `Bearer ${token}`])), null)
    })
  }
})
