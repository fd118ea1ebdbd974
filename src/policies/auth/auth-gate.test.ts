import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../../base/errors.ts'
import { HeaderEdits } from '../../base/headers.ts'
import { linesOf } from '../../base/testing.ts'
import type { Exchange } from '../../core/exchange.ts'
import type { Identity } from '../../core/identity.ts'
import { Later, type Maybe } from '../../core/maybe.ts'
import type { Labels, Meter } from '../../core/ports.ts'
import type { Reply } from '../../core/reply.ts'
import type { CredentialPlaceSpec } from '../../spec/spec-auth.ts'
import type { AuthRuleSpec } from '../../spec/spec-policies.ts'
import { compileCredential } from '../credential/credential.ts'
import { asked, preflight } from '../testing/asked.ts'
import { fakeWay, identity } from '../testing/identities.ts'
import { type Rejection, reject, type Way } from '../way.ts'
import { authPolicy } from './auth-gate.ts'

const ANY: AuthRuleSpec = { need: 'any', ways: ['a', 'b'], optional: false }
const ALL: AuthRuleSpec = { need: 'all', ways: ['a', 'b'], optional: false }
const OPTIONAL: AuthRuleSpec = { need: 'any', ways: ['a', 'b'], optional: true }
const ALL_OPTIONAL: AuthRuleSpec = { need: 'all', ways: ['a', 'b'], optional: true }

const ada = identity({ way: 'a', consumer: 'ada', headers: new HeaderEdits().append('x-consumer', 'ada') })
const bob = identity({ way: 'b', subject: 'bob', headers: new HeaderEdits().append('x-claim-sub', 'bob') })
const BAD = reject('bad')
const WORSE = reject('worse', 'invalid_request')
const AWAY = reject('away', 'unavailable')

/** What is counted, as `way result` lines. */
const countingMeter = (counts: string[]): Meter => ({
  counter: (name, labels: Labels = {}) => ({
    add: n => {
      assert.deepEqual([name, n], ['sallyport_auth_total', 1])
      counts.push(`${labels['way']} ${labels['result']}`)
    },
  }),
  gauge: () => assert.fail(),
  histogram: () => assert.fail(),
})

type Says = Maybe<Identity | Rejection | null>

/** With something where each way looks. */
const showing = () =>
  asked({
    headers: [
      ['x-a', '1'],
      ['x-b', '2'],
    ],
  })

/** Which of them does not reach the service. */
const removed = (x: Exchange): string => ['x-a', 'x-b'].filter(name => x.requestEdits?.removes(name)).join(', ')

const run = (rule: AuthRuleSpec, says: readonly Says[], x = showing(), passPreflights = false) => {
  const log: string[] = []
  const counts: string[] = []
  const ways = says.map((each, i) => fakeWay(['a', 'b', 'c'][i]!, each, log))
  const gate = authPolicy(rule, ways, countingMeter(counts), passPreflights)?.gate
  assert.ok(gate)
  return { x, log, counts, answer: gate(x) }
}

const told = (reply: Reply | undefined): string[] =>
  reply === undefined ? [] : [`${reply.status} ${reply.fault?.code}: ${reply.fault?.detail}`, ...linesOf(reply.headers)]

const now = (answer: Maybe<Reply | undefined>): Reply | undefined => {
  assert.ok(answer === undefined || !('then' in answer), 'it answers at once')
  return answer
}

const missing = ['401 MISSING_CREDENTIAL: this needs a credential', 'www-authenticate: a', 'www-authenticate: b']
const invalid = (detail: string, a: string, b: string) => [
  `401 INVALID_CREDENTIAL: ${detail}`,
  `www-authenticate: ${a}`,
  `www-authenticate: ${b}`,
]
const away = ['503 AUTH_UNAVAILABLE: away', 'retry-after: 1']

const table: readonly [
  what: string,
  rule: AuthRuleSpec,
  says: readonly [Identity | Rejection | null, Identity | Rejection | null],
  who: string | null,
  answer: readonly string[],
  log: string,
][] = [
  ['any: the first accepts', ANY, [ada, bob], 'a', [], 'check a'],
  ['any: the second accepts', ANY, [null, bob], 'b', [], 'check a, check b'],
  ['any: a bad one and a good one', ANY, [BAD, bob], 'b', [], 'check a, check b'],
  ['any: one that cannot be judged and a good one', ANY, [AWAY, bob], 'b', [], 'check a, check b'],
  ['any: nothing', ANY, [null, null], null, missing, 'check a, check b'],
  ['any: a bad one', ANY, [null, BAD], null, invalid('bad', 'a', 'b error="bad"'), 'check a, check b'],
  [
    'any: two bad ones',
    ANY,
    [WORSE, BAD],
    null,
    invalid('worse', 'a error="worse"', 'b error="bad"'),
    'check a, check b',
  ],
  ['any: one that cannot be judged', ANY, [AWAY, null], null, away, 'check a, check b'],
  ['any: a bad one and one that cannot be judged', ANY, [BAD, AWAY], null, away, 'check a, check b'],
  ['all: both', ALL, [ada, bob], 'a+b', [], 'check a, check b'],
  ['all: one is missing', ALL, [ada, null], null, missing, 'check a, check b'],
  ['all: the other is missing', ALL, [null, bob], null, missing, 'check a, check b'],
  ['all: one is bad', ALL, [ada, BAD], null, invalid('bad', 'a', 'b error="bad"'), 'check a, check b'],
  ['all: the first is bad', ALL, [BAD, bob], null, invalid('bad', 'a error="bad"', 'b'), 'check a'],
  ['all: one missing, one bad', ALL, [null, BAD], null, invalid('bad', 'a', 'b error="bad"'), 'check a, check b'],
  ['all: one cannot be judged', ALL, [AWAY, bob], null, away, 'check a, check b'],
  ['all: one cannot be judged, one is missing', ALL, [AWAY, null], null, missing, 'check a, check b'],
  [
    'all: one cannot be judged, one is bad',
    ALL,
    [AWAY, BAD],
    null,
    invalid('bad', 'a error="away"', 'b error="bad"'),
    'check a, check b',
  ],
  ['optional: nothing', OPTIONAL, [null, null], null, [], 'check a, check b'],
  ['optional: a good one', OPTIONAL, [null, bob], 'b', [], 'check a, check b'],
  ['optional: a bad one', OPTIONAL, [BAD, null], null, invalid('bad', 'a error="bad"', 'b'), 'check a, check b'],
  ['optional: one that cannot be judged', OPTIONAL, [AWAY, null], null, away, 'check a, check b'],
  ['all, optional: nothing', ALL_OPTIONAL, [null, null], null, [], 'check a, check b'],
  ['all, optional: one is missing', ALL_OPTIONAL, [ada, null], null, missing, 'check a, check b'],
]

for (const [what, rule, says, who, answer, log] of table) {
  test(`${what}: at once`, () => {
    const it = run(rule, says)
    assert.deepEqual(told(now(it.answer)), answer)
    assert.deepEqual([it.x.identity?.way ?? null, it.log.join(', ')], [who, log])
    assert.equal(removed(it.x), answer.length === 0 ? 'x-a, x-b' : '')
  })
  for (const late of [[0], [1], [0, 1]]) {
    test(`${what}: late ${late.join(' and ')}`, async () => {
      const it = run(
        rule,
        says.map((each, i) => (late.includes(i) ? Promise.resolve(each) : each)),
      )
      assert.deepEqual(told(await it.answer), answer)
      assert.deepEqual([it.x.identity?.way ?? null, it.log.join(', ')], [who, log])
    })
  }
}

test('the service is told who it is; what was edited before stays', () => {
  const x = asked()
  assert.equal(now(run(ANY, [ada, null], x).answer), undefined)
  assert.deepEqual(x.requestEdits?.added, [['x-consumer', 'ada']])
  assert.equal(now(run(ALL, [ada, bob], x).answer), undefined)
  assert.deepEqual(x.requestEdits?.added.slice(1), [
    ['x-consumer', 'ada'],
    ['x-claim-sub', 'bob'],
  ])
  const nothing = asked()
  run(ANY, [identity(), null], nothing)
  assert.equal(nothing.requestEdits, null)
})

test('a refused request is nobody: nothing of an accepted credential is left in it', () => {
  const { x } = run(ALL, [ada, BAD])
  assert.deepEqual([x.identity, x.requestEdits], [null, null])
})

// What reaches the service.

const BEARER: CredentialPlaceSpec = { in: 'header', name: 'authorization', scheme: 'Bearer' }
const COOKIE: CredentialPlaceSpec = { in: 'cookie', name: 'token' }
const KEY: CredentialPlaceSpec = { in: 'header', name: 'x-api-key', scheme: '' }
const EITHER: CredentialPlaceSpec = { in: 'header', name: 'authorization', scheme: 'ApiKey' }

type Taken = readonly [from: readonly CredentialPlaceSpec[], forward: boolean, says: Identity | Rejection | null]

/** Which of the header fields sent are left, the edited `cookie` included. */
const left = (rule: Partial<AuthRuleSpec>, taken: readonly Taken[], sent: readonly (readonly [string, string])[]) => {
  const x = asked({ headers: sent })
  const ways = taken.map(([from, forward, says], i): Way => {
    const way = { ...fakeWay(['a', 'b'][i]!, says, [], forward), from }
    return { ...way, strip: forward ? null : compileCredential(from).strip }
  })
  const gate = authPolicy({ ...ANY, ...rule }, ways, countingMeter([]), true)?.gate
  assert.equal(gate?.(x), undefined)
  const kept = sent.filter((_, i) => !x.requestEdits?.removesField(x.headers, i))
  return [...kept, ...(x.requestEdits?.added ?? [])].filter(([name]) => !name.startsWith('x-con')).map(String)
}

const token = ['authorization', 'Bearer t'] as const
const key = ['x-api-key', 'k'] as const
const cookie = ['cookie', 'token=c; a=1'] as const

test('service: one way, stripped and forwarded', () => {
  assert.deepEqual(left({}, [[[BEARER], false, ada]], [token, key]), ['x-api-key,k'])
  assert.deepEqual(left({}, [[[BEARER], true, ada]], [token]), ['authorization,Bearer t'])
  assert.deepEqual(left({}, [[[COOKIE, BEARER], false, ada]], [token, cookie]), ['cookie,a=1'])
})

test('service: a forged token beside a good key is not passed on, not even where tokens are', () => {
  const forged = reject('forged')
  assert.deepEqual(
    left(
      {},
      [
        [[KEY], false, ada],
        [[BEARER], true, forged],
      ],
      [key, token],
    ),
    [],
  )
  assert.deepEqual(
    left(
      {},
      [
        [[BEARER], true, forged],
        [[KEY], false, ada],
      ],
      [key, token],
    ),
    [],
  )
  assert.deepEqual(
    left(
      {},
      [
        [[BEARER, COOKIE], true, null],
        [[KEY], true, ada],
      ],
      [key, cookie],
    ),
    ['x-api-key,k', 'cookie,a=1'],
  )
})

test('service: of several places only the one that was proved is passed on', () => {
  assert.deepEqual(left({}, [[[BEARER, COOKIE], true, ada]], [token, cookie]), ['authorization,Bearer t', 'cookie,a=1'])
  assert.deepEqual(left({}, [[[COOKIE, BEARER], true, ada]], [token, cookie]), ['cookie,token=c; a=1'])
  assert.deepEqual(left({}, [[[COOKIE, BEARER], true, ada]], [token]), ['authorization,Bearer t'])
})

test('service: two ways that share a field do not take it from each other', () => {
  const both: Taken[] = [
    [[BEARER], true, reject('not mine')],
    [[BEARER], true, bob],
  ]
  assert.deepEqual(left({}, both, [token]), ['authorization,Bearer t', 'x-claim-sub,bob'])
  const schemes: Taken[] = [
    [[BEARER], true, ada],
    [[EITHER], false, null],
  ]
  assert.deepEqual(left({}, schemes, [token]), ['authorization,Bearer t'])
})

test('service: another scheme is its own business, what it could take for ours is not', () => {
  const taken: Taken[] = [
    [[KEY], false, ada],
    [[BEARER], true, null],
  ]
  assert.deepEqual(left({}, taken, [key, ['authorization', 'Basic b']]), ['authorization,Basic b'])
  assert.deepEqual(left({}, taken, [key, ['authorization', 'BearerToken b']]), ['authorization,BearerToken b'])
  for (const value of ['bearer\tt', 'Bearer', 'BEARER  t', 'Bearer,t']) {
    assert.deepEqual(left({}, taken, [key, ['authorization', value]]), [], value)
  }
  assert.deepEqual(left({}, taken, [key, ['authorization', 'Basic b'], ['Authorization', 'Bearer t']]), [])
})

test('service: nobody shows nothing', () => {
  const rule = { optional: true }
  assert.deepEqual(left(rule, [[[BEARER], true, null]], [['authorization', 'bearer\tt']]), [])
  assert.deepEqual(left(rule, [[[BEARER], false, null]], [['authorization', 'Basic b']]), ['authorization,Basic b'])
  assert.deepEqual(left(rule, [[[BEARER], true, ada]], [token]), ['authorization,Bearer t'])
})

test('service: all ways, each with what is its own', () => {
  const taken: Taken[] = [
    [[BEARER], true, ada],
    [[KEY, COOKIE], false, bob],
  ]
  assert.deepEqual(left({ need: 'all' }, taken, [token, key, cookie]), [
    'authorization,Bearer t',
    'cookie,a=1',
    'x-claim-sub,bob',
  ])
})

test('preflights are not looked at: they pass to a service that answers them, and are answered where none does', () => {
  const passed = run(ANY, [null, null], preflight(), true)
  assert.deepEqual([passed.answer, passed.log, passed.counts], [undefined, [], []])
  const answered = run(ANY, [null, null], preflight())
  assert.deepEqual([now(answered.answer)?.status, answered.log, answered.counts], [204, [], []])
  // As nobody, who may come here anyway.
  assert.equal(run(OPTIONAL, [null, null], preflight()).answer, undefined)
})

test('other OPTIONS than preflights are looked at', () => {
  for (const headers of [[['origin', 'https://a']], [['access-control-request-method', 'PUT']]] as const) {
    assert.equal(now(run(ANY, [null, null], asked({ method: 'OPTIONS', headers })).answer)?.status, 401)
  }
  const lie = asked({
    method: 'GET',
    headers: [
      ['origin', 'x'],
      ['access-control-request-method', 'PUT'],
    ],
  })
  assert.equal(now(run(ANY, [null, null], lie).answer)?.status, 401)
})

test('a preflight brings neither a credential nor a body to the service', () => {
  const x = preflight('https://app.example.com', 'PUT', [token, key, cookie])
  const forwarding: Way = { ...fakeWay('a', ada, [], true), from: [BEARER, COOKIE] }
  const gate = authPolicy(ANY, [forwarding], countingMeter([]), true)?.gate
  assert.equal(now(gate?.(x)), undefined)
  assert.deepEqual([x.requestEdits?.removes('authorization'), x.requestEdits?.added], [true, [['cookie', 'a=1']]])
  const upload = preflight()
  upload.body = { length: 2, pipe: () => {}, resume: () => {}, cancel: () => {} }
  assert.equal(now(run(ANY, [null, null], upload).answer)?.status, 401)
})

test('each way counts what it said', () => {
  assert.deepEqual(run(ANY, [ada, bob]).counts, ['a ok'])
  assert.deepEqual(run(ANY, [BAD, bob]).counts, ['a invalid', 'b ok'])
  assert.deepEqual(run(ANY, [null, AWAY]).counts, ['a missing', 'b unavailable'])
  assert.deepEqual(run(ALL, [ada, WORSE]).counts, ['a ok', 'b invalid'])
})

test('the client leaves while a way waits: nothing more of its request is read', async () => {
  const later = new Later<Identity | Rejection | null>()
  const it = run(ANY, [later, bob])
  it.x.cancel(new Fault('CLIENT_GONE'))
  later.resolve(ada)
  assert.equal(await it.answer, undefined)
  assert.deepEqual([it.log, it.x.identity], [['check a'], null])
})

test('a way that fails fails the request, not open', async () => {
  const broken: Way = {
    ...fakeWay('a', null),
    check: () => {
      throw new Error('bug')
    },
  }
  const gate = authPolicy(OPTIONAL, [broken], countingMeter([]), true)?.gate
  assert.throws(() => gate?.(asked()), /bug/)
  const it = run(OPTIONAL, [Promise.reject(new Error('bug')), bob])
  await assert.rejects(async () => it.answer, /bug/)
})

test('ways with the same challenge give it once', () => {
  const gate = authPolicy(ANY, [fakeWay('a', null), fakeWay('a', null)], countingMeter([]), true)?.gate
  assert.deepEqual(told(now(gate?.(asked()))), missing.slice(0, 2))
})

test('where nobody has to prove anything there is no policy', () => {
  assert.equal(authPolicy({ need: 'none', ways: [], optional: false }, [], countingMeter([]), true), undefined)
})
