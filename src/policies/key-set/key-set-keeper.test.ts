import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answer, type FakeIssuer, fakeIssuer, remote, setOf, settle } from '../testing/jwt-issuer.ts'
import { keySigner } from '../testing/jwt-sign.ts'
import { systemAfter } from './key-set-timer.ts'

const A = keySigner('ES256', { kid: 'a' }).jwk
const B = { ...A, kid: 'b' }

/** The kids of each set that was told. */
const watched = (issuer: FakeIssuer, spec = remote()) => {
  const told: string[] = []
  const end = issuer.keeper.watch(spec, keys => void told.push(keys.map(key => key['kid']).join()))
  return { told, end }
}

const down = (): never => {
  throw new TypeError('fetch failed', { cause: Object.assign(new Error('no'), { code: 'ECONNREFUSED' }) })
}

describe('a set', () => {
  test('is fetched when it is first watched, once for all watchers', async () => {
    const issuer = fakeIssuer(() => setOf(A))
    const [one, two] = [watched(issuer), watched(issuer)]
    await settle()
    const three = watched(issuer)
    assert.deepEqual([one.told, two.told, three.told], [['a'], ['a'], ['a']])
    assert.deepEqual(
      issuer.asked.map(({ url, init }) => [url, init.redirect, init.headers]),
      [['https://id.example.com/jwks.json', 'error', { accept: 'application/json' }]],
    )
    assert.deepEqual(issuer.counted, {
      'sallyport_key_set_fetches_total https://id.example.com/jwks.json ok': 1,
    })
  })

  test('is fetched again ahead of its time; watchers are told of changes only', async () => {
    const issuer = fakeIssuer(() => setOf(A))
    const { told } = watched(issuer)
    await settle()
    assert.deepEqual(issuer.due(), [480_000])
    await issuer.pass(480_000)
    assert.equal(issuer.asked.length, 2)
    issuer.respond = () => setOf(A, B)
    await issuer.pass(480_000)
    issuer.respond = () => setOf(B)
    await issuer.pass(480_000)
    assert.deepEqual(told, ['a', 'a,b', 'b'])
  })

  test('stays in use while the issuer is down, which is said once, as is that it is back', async () => {
    const issuer = fakeIssuer(() => setOf(A))
    const { told } = watched(issuer)
    await settle()
    issuer.respond = down
    await issuer.pass(480_000 + 3_600_000)
    assert.deepEqual(told, ['a'])
    const late = watched(issuer)
    assert.deepEqual(late.told, ['a'])
    issuer.respond = () => setOf(B)
    await issuer.pass(60_000)
    assert.deepEqual(told, ['a', 'b'])
    const source = '"source":"https://id.example.com/jwks.json"'
    assert.deepEqual(issuer.logged, [
      `warn The key set cannot be fetched; the keys known so far stay in use. {${source},"reason":"the connection failed (ECONNREFUSED)"}`,
      `info The key set can be fetched again. {${source}}`,
    ])
  })

  test('is asked for less and less often while the issuer is down', async () => {
    const issuer = fakeIssuer(down)
    watched(issuer)
    const waits: number[] = []
    for (let i = 0; i < 9; i++) {
      await settle()
      const [next = 0] = issuer.due()
      waits.push(next)
      await issuer.pass(next)
    }
    assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000])
    assert.match(issuer.logged[0] ?? '', /tokens cannot be checked until it can/)
    issuer.respond = () => setOf(A)
    await issuer.pass(60_000)
    assert.deepEqual(issuer.due(), [480_000])
  })

  test('whose settings differ is another set', async () => {
    const issuer = fakeIssuer(url => setOf({ ...A, kid: url.slice(-1) }))
    const [one, two] = [watched(issuer), watched(issuer, remote({ url: 'https://id.example.com/2' }))]
    watched(issuer, remote({ timeoutMs: 1 }))
    await settle()
    assert.deepEqual([one.told, two.told, issuer.asked.length], [['n'], ['2'], 3])
  })

  test('that nobody watches is not fetched, but kept for a while', async () => {
    const issuer = fakeIssuer(() => setOf(A))
    const one = watched(issuer)
    await settle()
    one.end()
    one.end()
    assert.deepEqual(issuer.due(), [300_000])
    await issuer.pass(299_999)
    issuer.respond = down
    const two = watched(issuer)
    assert.deepEqual(two.told, ['a'])
    await issuer.pass(600_000)
    issuer.respond = () => setOf(B)
    await issuer.pass(60_000)
    assert.deepEqual([two.told, one.told], [['a', 'b'], ['a']])
    two.end()
    issuer.respond = down
    await issuer.pass(300_000)
    assert.deepEqual(watched(issuer).told, [])
  })

  test('that is watched again while it is fetched is fetched once', async () => {
    const issuer = fakeIssuer(() => setOf(A))
    watched(issuer).end()
    const { told } = watched(issuer)
    await settle()
    assert.deepEqual([issuer.asked.length, told], [1, ['a']])
  })

  test('is told to all though one of them fails', async () => {
    const issuer = fakeIssuer(() => setOf(A))
    issuer.keeper.watch(remote(), () => {
      throw new Error('broken')
    })
    const { told } = watched(issuer)
    await settle()
    assert.deepEqual(told, ['a'])
    assert.match(issuer.logged[0] ?? '', /^error A change of a key set could not be taken over\./)
  })
})

describe('asked again for an unknown key', () => {
  test('a set is fetched three times in a row, then once in ten seconds', async () => {
    const issuer = fakeIssuer(() => setOf(A))
    watched(issuer)
    await settle()
    for (let i = 0; i < 10; i++) await issuer.keeper.refresh(remote())
    assert.equal(issuer.asked.length, 1 + 3)
    await issuer.pass(9_999)
    await issuer.keeper.refresh(remote())
    assert.equal(issuer.asked.length, 4)
    await issuer.pass(1)
    for (let i = 0; i < 10; i++) await issuer.keeper.refresh(remote())
    assert.equal(issuer.asked.length, 5)
    await issuer.pass(45_000)
    for (let i = 0; i < 10; i++) await issuer.keeper.refresh(remote())
    assert.equal(issuer.asked.length, 8)
  })

  test('all wait for one fetch, and watchers know before they do', async () => {
    const issuer = fakeIssuer(() => setOf(A))
    const { told } = watched(issuer)
    await settle()
    const { promise, resolve } = Promise.withResolvers<void>()
    issuer.respond = () => promise.then(() => setOf(B))
    const all = Array.from({ length: 50 }, () => issuer.keeper.refresh(remote()).then(() => told.at(-1)))
    await settle()
    assert.equal(issuer.asked.length, 2)
    resolve()
    assert.deepEqual(new Set(await Promise.all(all)), new Set(['b']))
    // Fifty that came together took one of the three.
    for (let i = 0; i < 10; i++) await issuer.keeper.refresh(remote())
    assert.equal(issuer.asked.length, 4)
  })

  test('a fetch that fails resolves all the same', async () => {
    const issuer = fakeIssuer(down)
    watched(issuer)
    await issuer.keeper.refresh(remote())
    await issuer.keeper.refresh(remote())
    assert.equal(issuer.asked.length, 2)
  })

  test('a set that nobody watches is left alone', async () => {
    const issuer = fakeIssuer(() => setOf(A))
    await issuer.keeper.refresh(remote())
    assert.equal(issuer.asked.length, 0)
  })
})

const endless = async function* (): AsyncGenerator<Uint8Array> {
  for (;;) yield Buffer.alloc(65_536, ' ')
}

const HOSTILE: readonly [name: string, respond: FakeIssuer['respond'], reason: string][] = [
  ['without end', () => ({ status: 200, body: endless() }), 'it answered with more than 1 MiB'],
  ['with a redirect', () => answer(302), 'it answered with status 302'],
  ['with an error', () => answer(500, '{"keys":[]}'), 'it answered with status 500'],
  ['without a body', () => ({ status: 200, body: null }), 'its document is not a set of keys that can be used'],
  ['with HTML', () => answer(200, '<html>'), 'its document is not a set of keys that can be used'],
  ['with a list', () => answer(200, JSON.stringify([A])), 'its document is not a set of keys that can be used'],
  ['with no keys', () => setOf(), 'its document is not a set of keys that can be used'],
  ['with secrets only', () => setOf({ kty: 'oct', k: 'AA' }), 'its document is not a set of keys that can be used'],
  [
    'with keys for encryption only',
    () => setOf({ ...A, use: 'enc' }),
    'its document is not a set of keys that can be used',
  ],
  ['too deep', () => answer(200, '[{"a":'.repeat(80_000)), 'its document is not a set of keys that can be used'],
  [
    'with a secret in its error',
    () => Promise.reject(new TypeError('https://u:p@host failed')),
    'the connection failed',
  ],
  [
    'that breaks off',
    () => ({
      status: 200,
      body: (async function* () {
        yield Buffer.from('{')
        down()
      })(),
    }),
    'the connection failed (ECONNREFUSED)',
  ],
]

describe('an answer', () => {
  for (const [name, respond, reason] of HOSTILE) {
    test(`${name} replaces no good set`, async () => {
      const issuer = fakeIssuer(() => setOf(A))
      const { told } = watched(issuer)
      await settle()
      issuer.respond = respond
      await issuer.keeper.refresh(remote())
      assert.deepEqual(told, ['a'])
      assert.equal(issuer.logged.length, 1)
      const [line = ''] = issuer.logged
      assert.ok(line.endsWith(`"reason":"${reason}"}`), line)
    })
  }

  test('that does not come is given up in time', async () => {
    const issuer = fakeIssuer(() => new Promise(() => {}))
    watched(issuer)
    await issuer.pass(4_999)
    assert.equal(issuer.logged.length, 0)
    assert.equal(issuer.asked[0]?.init.signal.aborted, false)
    await issuer.pass(1)
    assert.match(issuer.logged[0] ?? '', /"reason":"it was too slow"/)
    assert.equal(issuer.asked[0]?.init.signal.aborted, true)
  })

  test('that comes byte by byte is given up in time', async () => {
    const drip = async function* () {
      yield Buffer.from('{')
      await new Promise(() => {})
    }
    const issuer = fakeIssuer(() => ({ status: 200, body: drip() }))
    watched(issuer)
    await issuer.pass(5_000)
    assert.match(issuer.logged[0] ?? '', /"reason":"it was too slow"/)
  })
})

describe('an address', () => {
  const asks = async (given: Parameters<typeof remote>[0]): Promise<number> => {
    const issuer = fakeIssuer(() => setOf(A))
    watched(issuer, remote(given))
    await settle()
    return issuer.asked.length
  }

  test('must be https unless http is allowed', async () => {
    assert.equal(await asks({ url: 'http://id/jwks' }), 0)
    assert.equal(await asks({ url: 'http://id/jwks', allowHttp: true }), 1)
    assert.equal(await asks({ url: 'file:///etc/passwd', allowHttp: true }), 0)
    assert.equal(await asks({ url: 'jwks', allowHttp: true }), 0)
    assert.equal(await asks({ url: 'https://user@id/jwks' }), 0)
    assert.equal(await asks({ url: 'https://:pass@id/jwks' }), 0)
  })

  test('is shown without what may be secret', async () => {
    const issuer = fakeIssuer(down)
    watched(issuer, remote({ url: 'https://user:pass@id.example.com/k?token=secret' }))
    watched(issuer, remote({ url: 'https://id.example.com/k?token=secret' }))
    await settle()
    const shown = JSON.stringify([issuer.logged, issuer.counted])
    assert.doesNotMatch(shown, /pass|secret/)
    assert.match(shown, /https:\/\/id\.example\.com\/k/)
  })
})

describe('the keys behind an issuer', () => {
  const spec = remote({ url: 'https://id.example.com/tenant/', discover: true })
  const OPENID = 'https://id.example.com/tenant/.well-known/openid-configuration'
  const OAUTH = 'https://id.example.com/.well-known/oauth-authorization-server/tenant'
  const metadata = (given: object) =>
    answer(200, JSON.stringify({ issuer: spec.url, jwks_uri: 'https://keys.example.com/jwks', ...given }))

  const discover = async (documents: Readonly<Record<string, () => ReturnType<typeof answer>>>) => {
    const issuer = fakeIssuer(url => documents[url]?.() ?? answer(404))
    const { told } = watched(issuer, spec)
    await settle()
    await settle()
    const reason = /"reason":"([^"]*)"/.exec(issuer.logged[0] ?? '')?.[1]
    return { told, urls: issuer.asked.map(each => each.url), reason }
  }
  const keys = { 'https://keys.example.com/jwks': () => setOf(A) }

  test('are found by OpenID discovery', async () => {
    const { told, urls } = await discover({ ...keys, [OPENID]: () => metadata({}) })
    assert.deepEqual([told, urls], [['a'], [OPENID, 'https://keys.example.com/jwks']])
  })

  test('are found by the metadata of RFC 8414', async () => {
    const { told, urls } = await discover({ ...keys, [OAUTH]: () => metadata({}) })
    assert.deepEqual([told, urls], [['a'], [OPENID, OAUTH, 'https://keys.example.com/jwks']])
  })

  const BAD: readonly [name: string, given: object, reason: string][] = [
    ['of another issuer', { issuer: 'https://id.example.com/tenant' }, 'its metadata is that of another issuer'],
    ['without an issuer', { issuer: undefined }, 'its metadata is that of another issuer'],
    ['without keys', { jwks_uri: undefined }, 'its metadata does not say where the keys are'],
    ['with keys over http', { jwks_uri: 'http://k/jwks' }, 'its address is not an https URL without credentials'],
    ['with keys in a file', { jwks_uri: 'file:///k' }, 'its address is not an https URL without credentials'],
  ]
  for (const [name, given, expected] of BAD) {
    test(`are not taken from metadata ${name}`, async () => {
      const { told, reason } = await discover({ ...keys, [OPENID]: () => metadata(given) })
      assert.deepEqual([told, reason], [[], expected])
    })
  }

  test('are looked for in the second place only where the first has nothing', async () => {
    const { urls } = await discover({ ...keys, [OPENID]: down, [OAUTH]: () => metadata({}) })
    assert.deepEqual(urls, [OPENID])
  })

  test('are nowhere', async () => {
    const { reason } = await discover({})
    assert.equal(reason, 'it answered with status 404')
  })
})

describe('closed', () => {
  test('it has neither timers nor fetches, and says nothing', async () => {
    const issuer = fakeIssuer(() => setOf(A))
    const { told } = watched(issuer)
    watched(issuer, remote({ url: 'https://id.example.com/2' })).end()
    await settle()
    issuer.respond = () => new Promise(() => {})
    const refreshed = issuer.keeper.refresh(remote())
    issuer.keeper.close()
    await refreshed
    assert.deepEqual([issuer.due(), issuer.logged, told], [[], [], ['a']])
    assert.equal(issuer.asked.at(-1)?.init.signal.aborted, true)
  })
})

test('a timer of the system that is cancelled does not run', async () => {
  let ran = 0
  const cancel = systemAfter(0, () => ran++)
  cancel()
  cancel()
  const { promise, resolve } = Promise.withResolvers<void>()
  // This one keeps the process alive, as those do not.
  setTimeout(resolve, 5)
  systemAfter(0, () => ran++)
  await promise
  assert.equal(ran, 1)
})
