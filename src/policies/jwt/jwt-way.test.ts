import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import v8 from 'node:v8'
import vm from 'node:vm'
import { type ConsumerSpec, JWT_ALGORITHMS } from '../../spec/spec-auth.ts'
import { keySigner, signerFor, tokenOf } from '../testing/jwt-sign.ts'
import { bearing, benchOf, exchangeWith, NOW, outcome, REMOTE_KEYS, SECRET_KEYS } from '../testing/jwt-world.ts'
import { isRejection } from '../way.ts'

const hs256 = signerFor('HS256')

describe('every algorithm', () => {
  for (const algorithm of JWT_ALGORITHMS) {
    const signer = signerFor(algorithm)
    const keys = algorithm.startsWith('HS') ? SECRET_KEYS : ({ kind: 'static', keys: [signer.jwk] } as const)

    test(`${algorithm} is accepted`, async () => {
      const got = await benchOf({ algorithms: [algorithm], keys }).ask(tokenOf(signer, { sub: 'u1' }))
      assert.equal(typeof got === 'string' ? got : got.subject, 'u1')
    })

    test(`${algorithm} with one byte changed is not`, async () => {
      const { ask } = benchOf({ algorithms: [algorithm], keys })
      const token = tokenOf(signer, { sub: 'u1' })
      const [header, payload, signature = ''] = token.split('.')
      const bytes = Buffer.from(signature, 'base64url')
      bytes[bytes.length >> 1]! ^= 1
      assert.equal(
        await ask(`${header}.${payload}.${bytes.toString('base64url')}`),
        "the token's signature does not match",
      )
      const other = Buffer.from('{"sub":"u2"}').toString('base64url')
      assert.equal(await ask(`${header}.${other}.${signature}`), "the token's signature does not match")
      assert.equal(await ask(`${header}.${payload}.`), "the token's signature does not match")
    })

    test(`${algorithm} is refused when it is not among those of the way`, async () => {
      const others = JWT_ALGORITHMS.filter(each => each !== algorithm)
      assert.equal(
        await benchOf({ algorithms: others, keys }).ask(tokenOf(signer, {})),
        "the token's algorithm is not accepted",
      )
    })
  }

  test('a key serves no other algorithm than it was made for', async () => {
    const signers = JWT_ALGORITHMS.filter(each => !each.startsWith('HS')).map(each => keySigner(each, { alg: each }))
    for (const keyOf of signers) {
      const { ask } = benchOf({ algorithms: JWT_ALGORITHMS, keys: { kind: 'static', keys: [keyOf.jwk] } })
      for (const signer of signers) {
        const got = await ask(tokenOf(signer, { sub: 'u1' }))
        if (signer === keyOf) assert.notEqual(typeof got, 'string')
        else assert.equal(got, "no key of the set fits the token's algorithm", `${keyOf.algorithm} ${signer.algorithm}`)
      }
    }
  })
})

describe('a token seen before', () => {
  const token = tokenOf(hs256, { sub: 'u1', jti: 'j1', exp: NOW + 100 })

  test('is answered at once, with the same identity', async () => {
    const { way } = benchOf()
    const first = await way.check(bearing(token))
    assert.equal(way.check(bearing(token)), first)
    assert.equal(way.check(bearing(token)), first)
  })

  test('is refused from the millisecond on at which it is too old', async () => {
    const { way, world } = benchOf()
    await way.check(bearing(token))
    world.clock.advance(160_000 - 1)
    assert.equal(typeof outcome((await way.check(bearing(token)))!), 'object')
    world.clock.advance(1)
    const result = way.check(bearing(token))
    assert.ok(result !== null && 'kind' in result)
    assert.equal(result.detail, 'the token has expired')
    assert.equal(outcome(await way.check(bearing(token))), 'the token has expired')
  })

  for (const [kind, value] of [
    ['jti', 'j1'],
    ['sub', 'u1'],
  ] as const) {
    test(`is refused when its ${kind} is revoked`, async () => {
      const { way, world } = benchOf()
      await way.check(bearing(token))
      world.revocations.revoke(kind, value)
      assert.equal(outcome(await way.check(bearing(token))), 'the token was revoked')
      assert.equal(outcome(await way.check(bearing(token))), 'the token was revoked')
    })
  }

  test('is looked up in the list of revocations only when that changed', async () => {
    const { way, world } = benchOf()
    await way.check(bearing(token))
    const { asked } = world.revocations
    for (let i = 0; i < 5; i++) way.check(bearing(token))
    assert.equal(world.revocations.asked, asked)
    world.revocations.revoke('jti', 'another')
    for (let i = 0; i < 5; i++) assert.ok(!isRejection((await way.check(bearing(token)))!))
    assert.equal(world.revocations.asked, asked + 2)
  })

  test('is forgotten when its key leaves the set, and only then', async () => {
    const [a, b] = [keySigner('ES256', { kid: 'a' }), keySigner('ES256', { kid: 'b' })]
    const { way, world, ask } = benchOf({ algorithms: ['ES256'], keys: REMOTE_KEYS })
    world.keySets.set([a.jwk, b.jwk])
    const [ofA, ofB] = [tokenOf(a, {}, { kid: 'a' }), tokenOf(b, {}, { kid: 'b' })]
    const [identityA, identityB] = [await ask(ofA), await ask(ofB)]
    world.keySets.set([b.jwk, keySigner('ES256', { kid: 'c' }).jwk])
    assert.equal(way.check(bearing(ofB)), identityB)
    assert.equal(await ask(ofA), "no key of the set has the token's kid")
    world.keySets.set([a.jwk])
    const again = await ask(ofA)
    assert.deepEqual(again, identityA)
    assert.notEqual(again, identityA)
  })

  test('is forgotten when its key may not be used as before any more', async () => {
    const { jwk, ...signer } = keySigner('ES256')
    const { world, ask } = benchOf({ algorithms: ['ES256'], keys: REMOTE_KEYS })
    world.keySets.set([jwk])
    assert.equal(typeof (await ask(tokenOf(signer, {}))), 'object')
    world.keySets.set([{ ...jwk, use: 'enc' }])
    assert.equal(await ask(tokenOf(signer, {})), "no key of the set fits the token's algorithm")
  })
})

describe('first uses', () => {
  test('of one token at the same time verify once', async () => {
    const { way } = benchOf()
    const token = tokenOf(hs256, { sub: 'u1' })
    const results = Array.from({ length: 20 }, () => way.check(bearing(token)))
    assert.equal(new Set(results).size, 1)
    assert.equal(new Set(await Promise.all(results)).size, 1)
  })

  test('of too many tokens at the same time are put off, and later pass', async () => {
    const { way, ask } = benchOf()
    const tokens = Array.from({ length: 300 }, (_, i) => tokenOf(hs256, { sub: `u${i}` }))
    const results = (await Promise.all(tokens.map(token => way.check(bearing(token))))).map(outcome)
    const busy = results.filter(result => result === 'unavailable: too many new tokens at once')
    assert.equal(busy.length, 44)
    assert.equal(typeof (await ask(tokens[299]!)), 'object')
  })

  test('that wait for the issuer do not keep out tokens whose keys are there', async () => {
    const signer = keySigner('ES256', { kid: 'a' })
    const { way, world, ask } = benchOf({ algorithms: ['ES256'], keys: REMOTE_KEYS })
    world.keySets.set([signer.jwk])
    const { promise, resolve } = Promise.withResolvers<void>()
    world.keySets.onRefresh = () => promise
    const unknown = Array.from({ length: 400 }, (_, i) => way.check(bearing(tokenOf(signer, { i }, { kid: `x${i}` }))))
    assert.equal(typeof (await ask(tokenOf(signer, {}, { kid: 'a' }))), 'object')
    assert.equal(world.keySets.refreshes, 1)
    // Nor do more wait than there is room for: the others are answered with what is known.
    assert.equal(await Promise.race([unknown[255], 'waits']), 'waits')
    assert.equal(outcome((await unknown[256])!), "no key of the set has the token's kid")
    resolve()
    const reasons = new Set((await Promise.all(unknown)).map(outcome))
    assert.deepEqual([...reasons], ["no key of the set has the token's kid"])
  })

  test('a token that is revoked while its signature is checked does not pass', async () => {
    const { way, world } = benchOf()
    const result = way.check(bearing(tokenOf(hs256, { jti: 'j' })))
    world.revocations.revoke('jti', 'j')
    assert.equal(outcome(await result), 'the token was revoked')
  })

  test('a token that expires while its signature is checked does not pass', async () => {
    const { way, world } = benchOf()
    const result = way.check(bearing(tokenOf(hs256, { exp: NOW })))
    world.clock.advance(60_000)
    assert.equal(outcome(await result), 'the token has expired')
  })

  test('keep the token, and not the head of the request that it was cut out of', async () => {
    v8.setFlagsFromString('--expose-gc')
    const collect: unknown = vm.runInNewContext('gc')
    assert.ok(typeof collect === 'function')
    const { way } = benchOf()
    collect()
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < 200; i++) {
      const token = tokenOf(hs256, { sub: `u${i}` })
      const head = Buffer.from(`Bearer ${token}${'x'.repeat(100_000)}`).toString('latin1')
      await way.check(exchangeWith(['authorization', head.slice(0, 7 + token.length)]))
    }
    collect()
    // The heads are 20 MB.
    assert.ok(process.memoryUsage().heapUsed - before < 5_000_000)
  })

  test('a token whose key leaves the set while its signature is checked does not pass', async () => {
    const signer = keySigner('ES256', { kid: 'a' })
    const { way, world } = benchOf({ algorithms: ['ES256'], keys: REMOTE_KEYS })
    world.keySets.set([signer.jwk])
    const result = way.check(bearing(tokenOf(signer, {}, { kid: 'a' })))
    world.keySets.set([keySigner('ES256', { kid: 'b' }).jwk])
    assert.equal(outcome(await result), 'the key of the token has left the set')
  })
})

describe('keys of an issuer', () => {
  const signer = keySigner('ES256', { kid: 'a' })
  const token = tokenOf(signer, { sub: 'u1' }, { kid: 'a' })

  test('that were never fetched: nobody can tell', async () => {
    const { world, ask } = benchOf({ algorithms: ['ES256'], keys: REMOTE_KEYS })
    assert.equal(await ask(token), 'unavailable: the keys of the issuer could not be fetched')
    assert.equal(world.keySets.refreshes, 1)
    world.keySets.onRefresh = () => world.keySets.set([signer.jwk])
    assert.equal(typeof (await ask(token)), 'object')
  })

  test('are fetched again for a kid that is not among them', async () => {
    const { world, ask } = benchOf({ algorithms: ['ES256'], keys: REMOTE_KEYS })
    world.keySets.set([keySigner('ES256', { kid: 'old' }).jwk])
    world.keySets.onRefresh = () => world.keySets.set([signer.jwk])
    assert.equal(typeof (await ask(token)), 'object')
    assert.equal(world.keySets.refreshes, 1)
  })

  test('are not fetched again for what fetching cannot better', async () => {
    const { world, ask } = benchOf({ algorithms: ['ES256', 'RS256'], keys: REMOTE_KEYS, issuer: 'me' })
    world.keySets.set([signer.jwk])
    await ask(tokenOf(signer, { iss: 'you' }, { kid: 'new' }))
    await ask(tokenOf(keySigner('ES256'), { iss: 'me' }, { kid: 'a' }))
    await ask(tokenOf(keySigner('RS256'), { iss: 'me' }, { kid: 'a' }))
    world.keySets.set([signer.jwk, keySigner('ES384', { kid: 'not accepted' }).jwk])
    await ask(tokenOf(signer, { iss: 'me' }, { kid: 'not accepted' }))
    assert.equal(world.keySets.refreshes, 0)
  })

  test('without names are all tried, at most eight', async () => {
    const many = Array.from({ length: 9 }, () => keySigner('ES256'))
    const { ask } = benchOf({ algorithms: ['ES256'], keys: { kind: 'static', keys: many.map(each => each.jwk) } })
    assert.equal(typeof (await ask(tokenOf(many[7]!, {}, { kid: 'whatever' }))), 'object')
    assert.equal(await ask(tokenOf(many[8]!, {})), "the token's signature does not match")
  })

  test('are watched until the way is closed', () => {
    const { way, world } = benchOf({ algorithms: ['ES256'], keys: REMOTE_KEYS })
    assert.equal(world.keySets.watchers, 1)
    way.close()
    assert.equal(world.keySets.watchers, 0)
  })
})

describe('the credential', () => {
  const token = tokenOf(hs256, {})

  test('absent: nothing to say', () => assert.equal(benchOf().way.check(exchangeWith()), null))

  test('twice: malformed', async () => {
    const x = exchangeWith(['authorization', `Bearer ${token}`], ['authorization', `Bearer ${token}`])
    const result = await benchOf().way.check(x)
    assert.ok(result !== null && isRejection(result))
    assert.equal(result.error, 'invalid_request')
  })

  test('is taken out, or passed on', () => {
    assert.equal(benchOf({ forward: true }).way.strip, null)
    const x = bearing(token)
    benchOf().way.strip?.(x)
    assert.equal(x.requestEdits?.removes('authorization'), true)
  })

  test('challenges name the realm and the reason', async () => {
    const { way } = benchOf({ resourceMetadata: 'https://api.example.com/m' })
    const result = await way.check(bearing('x'))
    assert.ok(result !== null && isRejection(result))
    assert.equal(
      way.challenge(result),
      'Bearer realm="api", error="invalid_token", error_description="the token is not three parts in base64url", ' +
        'resource_metadata="https://api.example.com/m"',
    )
  })
})

describe('consumers', () => {
  const acme: ConsumerSpec = { name: 'acme', keys: [], roles: ['partner'], scopes: ['read'], tier: 'gold' }

  test('a token that names a known one has what both have', async () => {
    const { ask } = benchOf({ consumerClaim: 'org.name' }, [acme])
    const got = await ask(tokenOf(hs256, { sub: 's', roles: ['user'], scope: 'write', org: { name: 'acme' } }))
    assert.ok(typeof got === 'object')
    assert.deepEqual([got.way, got.consumer, got.subject, got.tier], ['main', 'acme', 's', 'gold'])
    assert.deepEqual([...got.roles, ...got.scopes], ['user', 'partner', 'write', 'read'])
    assert.deepEqual(got.headers?.added, [['x-consumer', 'acme']])
  })

  test('a token that names an unknown one, or one not as text, belongs to none', async () => {
    const { ask } = benchOf({ consumerClaim: 'client' }, [acme])
    for (const client of ['Acme', 'acme ', ['acme'], { acme: 1 }, null, '__proto__']) {
      const got = await ask(tokenOf(hs256, { client }))
      assert.ok(typeof got === 'object')
      assert.deepEqual([got.consumer, got.tier, got.headers], ['', '', null])
    }
  })
})
