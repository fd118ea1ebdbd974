import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Exchange } from '../../core/exchange.ts'
import type { CredentialPlaceSpec } from '../../spec/spec-auth.ts'
import { type Asked, asked } from '../testing/asked.ts'
import { compileCredential } from './credential.ts'

const BEARER: CredentialPlaceSpec = { in: 'header', name: 'authorization', scheme: 'Bearer' }
const FIELD: CredentialPlaceSpec = { in: 'header', name: 'x-secret', scheme: '' }
const QUERY: CredentialPlaceSpec = { in: 'query', name: 'api_key' }
const COOKIE: CredentialPlaceSpec = { in: 'cookie', name: 'session' }

const header = (name: string, ...values: readonly string[]): Asked => ({
  headers: values.map(value => [name, value] as const),
})

/** What is found: the credential, null, or the error of a Rejection in brackets. */
const found = (places: readonly CredentialPlaceSpec[], request: Asked): string | null => {
  const result = compileCredential(places).find(asked(request))
  return typeof result === 'object' && result !== null ? `<${result.error}>` : result
}

const stripped = (places: readonly CredentialPlaceSpec[], request: Asked): Exchange => {
  const x = asked(request)
  compileCredential(places).strip(x)
  return x
}

const cases: readonly [what: string, place: CredentialPlaceSpec, request: Asked, expected: string | null][] = [
  ['a scheme', BEARER, header('authorization', 'Bearer abc'), 'abc'],
  ['a scheme without case, more spaces', BEARER, header('Authorization', 'bEARER   abc'), 'abc'],
  ['another scheme', BEARER, header('authorization', 'Basic abc'), null],
  ['a scheme that only starts alike', BEARER, header('authorization', 'Bearerabc'), null],
  ['a tab is no space', BEARER, header('authorization', 'Bearer\tabc'), null],
  ['a scheme alone', BEARER, header('authorization', 'Bearer'), null],
  ['a scheme and spaces', BEARER, header('authorization', 'Bearer  '), null],
  ['two in one field are one text', BEARER, header('authorization', 'Bearer a, Bearer b'), 'a, Bearer b'],
  ['the field twice', BEARER, header('authorization', 'Bearer abc', 'Bearer abc'), '<invalid_request>'],
  [
    'the field twice, once for somebody else',
    BEARER,
    header('authorization', 'Basic x', 'Bearer abc'),
    '<invalid_request>',
  ],
  ['a field that is not interned', FIELD, header('X-Secret', 'abc'), 'abc'],
  ['such a field twice', FIELD, header('x-secret', 'abc', ''), '<invalid_request>'],
  ['a longer name', FIELD, header('x-secret-2', 'abc'), null],
  ['an alias is another name', FIELD, header('x_secret', 'abc'), null],
  ['an empty field', FIELD, header('x-secret', ''), null],
  ['bytes stay bytes', FIELD, header('x-secret', 'schl\u00c3\u00bcssel'), 'schl\u00c3\u00bcssel'],
  ['a parameter', QUERY, { query: '?a=1&api_key=abc&b=2' }, 'abc'],
  ['a parameter with an encoded name', QUERY, { query: '?api%5fk%65y=a%2Bb' }, 'a+b'],
  ['a parameter in UTF-8', QUERY, { query: '?api_key=schl%C3%BCssel' }, 'schl\u00c3\u00bcssel'],
  ['a parameter with =', QUERY, { query: '?api_key=YWI==' }, 'YWI=='],
  ['a raw + is a space', QUERY, { query: '?api_key=a+b' }, 'a b'],
  ['no parameter', QUERY, { query: '' }, null],
  ['a longer parameter', QUERY, { query: '?api_key2=1&xapi_key=2&api_key%00=3&API_KEY=4' }, null],
  ['an empty parameter', QUERY, { query: '?api_key=' }, null],
  ['a parameter without =', QUERY, { query: '?api_key' }, null],
  ['a parameter twice', QUERY, { query: '?api_key=a&api_key=a' }, '<invalid_request>'],
  ['a parameter twice, once encoded', QUERY, { query: '?api_key=a&%61pi_key=' }, '<invalid_request>'],
  ['a semicolon behind', QUERY, { query: '?api_key=a;b=1' }, '<invalid_request>'],
  ['a semicolon before', QUERY, { query: '?b=1;api_key=a' }, '<invalid_request>'],
  ['a second one behind a semicolon', QUERY, { query: '?api_key=a&b=1;api%5Fkey=c' }, '<invalid_request>'],
  ['a semicolon elsewhere', QUERY, { query: '?b=1;c=2&api_key=a%3B' }, 'a;'],
  ['a cookie', COOKIE, header('cookie', 'a=1; session=abc; b=2'), 'abc'],
  ['a cookie in the second field', COOKIE, header('cookie', 'a=1', 'session=abc'), 'abc'],
  ['a cookie with = and white space', COOKIE, header('cookie', 'a=1;\tsession = a=c= ;b'), 'a=c='],
  ['a cookie in quotes', COOKIE, header('cookie', 'session="abc"'), 'abc'],
  ['a cookie with one quote', COOKIE, header('cookie', 'session="abc; x="'), '"abc'],
  ['a cookie in the quotes of another', COOKIE, header('cookie', 'x="; session=a"; session=b'), '<invalid_request>'],
  ['a cookie twice, over two fields', COOKIE, header('cookie', 'session=abc', 'session=abc'), '<invalid_request>'],
  ['a cookie of another case', COOKIE, header('cookie', 'Session=abc; xsession=1; session2=2'), null],
  ['a byte that String.trim would take away', COOKIE, header('cookie', '\u00a0session=abc'), null],
  ['an empty cookie', COOKIE, header('cookie', 'session=""; a'), null],
  ['a cookie without =', COOKIE, header('cookie', 'session'), null],
]

for (const [what, place, request, expected] of cases) {
  test(`find: ${what}`, () => assert.equal(found([place], request), expected))
}

test('the first place that holds something counts, one that holds too much included', () => {
  const places = [BEARER, QUERY]
  assert.equal(found(places, { ...header('authorization', 'Bearer h'), query: '?api_key=q' }), 'h')
  assert.equal(found(places, { ...header('authorization', 'Basic h'), query: '?api_key=q' }), 'q')
  const twice = { ...header('authorization', 'Bearer h', 'Bearer i'), query: '?api_key=q' }
  assert.equal(found(places, twice), '<invalid_request>')
  assert.equal(found([], twice), null)
})

test('strip: a header field goes, one of another scheme stays', () => {
  const gone = stripped([BEARER], header('Authorization', 'Bearer abc'))
  assert.equal(gone.requestEdits?.removesField(gone.headers, 0), true)
  const places = [BEARER, QUERY]
  const kept = stripped(places, { ...header('authorization', 'Basic x'), query: '?api_key=q' })
  assert.deepEqual([kept.requestEdits, kept.query], [null, ''])
  const both = stripped(places, { ...header('authorization', 'bearer x'), query: '?api_key=q' })
  assert.deepEqual([both.requestEdits?.removesField(both.headers, 0), both.query], [true, ''])
})

for (const [query, rest] of [
  ['?api_key=a', ''],
  ['?a=%zz&api_key=a&&b=+;c', '?a=%zz&&b=+;c'],
  ['?%61pi_key=a&b=1&api_key', '?b=1'],
  ['?b=1;api_key=a;c=2', '?b=1;c=2'],
  ['?x;%61pi_key=a', '?x'],
  ['?api_key=a;b=1', ''],
  ['?API_KEY=a', '?API_KEY=a'],
  ['?', '?'],
  ['', ''],
] as const) {
  test(`strip: of the query "${query}" there is left "${rest}"`, () => {
    assert.equal(stripped([QUERY], { query }).query, rest)
  })
}

for (const [fields, rest] of [
  [['session=abc'], undefined],
  [['a="x y"; session=abc;b'], 'a="x y";b'],
  [['session=abc; a=1', 'b=2;  session = "x"'], 'a=1; b=2'],
  [['session=a', 'b=2'], 'b=2'],
] as const) {
  test(`strip: of the cookies ${JSON.stringify(fields)} there is left ${rest}`, () => {
    const x = stripped([COOKIE], header('Cookie', ...fields))
    assert.deepEqual([x.requestEdits?.get('cookie'), x.requestEdits?.removes('cookie')], [rest, true])
  })
}

test('strip: cookies that hold nothing of ours are not touched', () => {
  assert.equal(stripped([COOKIE], header('cookie', 'a=1')).requestEdits, null)
})

test('strip: two ways take a cookie each', () => {
  const x = asked(header('cookie', 'session=a; other=b; c=d'))
  compileCredential([COOKIE]).strip(x)
  compileCredential([{ in: 'cookie', name: 'other' }]).strip(x)
  assert.equal(x.requestEdits?.get('cookie'), 'c=d')
  compileCredential([{ in: 'cookie', name: 'c' }]).strip(x)
  assert.equal(x.requestEdits?.get('cookie'), undefined)
})

/** Encodes some characters that would not need it, in either case. */
const spelled = (text: string, choices: readonly number[]): string =>
  [...text]
    .map((char, i) => {
      const hex = char.charCodeAt(0).toString(16)
      return [char, `%${hex}`, `%${hex.toUpperCase()}`][choices[i % choices.length]!]
    })
    .join('')

const choices = fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 7 })
const others = fc.array(fc.stringMatching(/^[a-z%+.0-9]{0,6}(=[a-z%+0-9/?:@]{0,6})?$/), { maxLength: 5 })

test('property: however a parameter is spelled, it is found, and stripped while all others stay', () => {
  fc.assert(
    fc.property(choices, choices, others, others, (name, value, before, after) => {
      const mine = `${spelled('api_key', name)}=${spelled('s3cr3t-', value)}`
      const query = `?${[...before, mine, ...after].join('&')}`
      assert.equal(found([QUERY], { query }), 's3cr3t-')
      const rest = [...before, ...after]
      assert.equal(stripped([QUERY], { query }).query, rest.length === 0 ? '' : `?${rest.join('&')}`)
    }),
  )
})

test('property: after strip nothing is found', () => {
  const text = fc.string({ unit: fc.constantFrom('session', 'api_key', '=', '; ', ';', '&', '"', '%', '6', '1', 'x') })
  fc.assert(
    fc.property(text, text, (query, cookie) => {
      const x = stripped([QUERY, COOKIE], { query: `?${query}`, ...header('cookie', cookie) })
      const left = x.requestEdits?.removes('cookie') ? (x.requestEdits.get('cookie') ?? '') : cookie
      assert.equal(found([QUERY, COOKIE], { query: x.query, ...header('cookie', left) }), null)
    }),
  )
})
