import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Slashes, Target } from './target.ts'

const normal = (raw: string, slashes: Slashes = 'keep'): string | false => {
  const target = new Target()
  return target.set(raw, slashes) && target.path + target.query
}

const kept: readonly [raw: string, normal: string][] = [
  ['/', '/'],
  ['/a/b.c/.well-known/...', '/a/b.c/.well-known/...'],
  ['/a?b=%7e/../\\//&c', '/a?b=%7e/../\\//&c'],
  ['/?', '/?'],
  ['/%7Euser/%61%2d', '/~user/a-'],
  ['/a%2fb/%5c/%c3%a9/%3f%23', '/a%2Fb/%5C/%C3%A9/%3F%23'],
  ['/%252e%252E/x', '/%252e%252E/x'],
  ['/a/./b/../c', '/a/c'],
  ['/a/%2e/b/%2E%2e/c', '/a/c'],
  ['/a/.%2e', '/'],
  ['/a/b/..', '/a/'],
  ['/a/.', '/a/'],
  ['/../../etc', '/etc'],
  ['/a//b//', '/a//b//'],
  ['/a//../b', '/a/b'],
  ['/..//a', '//a'],
  ['/.?x', '/?x'],
  ['/a;p=1/"|{}^', '/a;p=1/"|{}^'],
  ['/...;/a..;/.a;?..;/', '/...;/a..;/.a;?..;/'],
]

for (const [raw, expected] of kept) test(`${raw} becomes ${expected}`, () => assert.equal(normal(raw), expected))

const refused = ['', '*', 'a', '/a\\b', '/a b', '/a\tb', '/\0', '/a\x7f', '/é', '/\u2028', '/a#b', '/a?b#c']
refused.push('/%', '/%z', '/%zz', '/%4', '/%4g', '/a%00', '/a?b\x01', '/a?b c', '/a?é')
refused.push('/a/..;/b', '/a/..;x=1', '/a/.;', '/%2e%2e;/b', '/a/.%2E;', '/a/..%3b/b')

for (const raw of refused) {
  test(`${JSON.stringify(raw)} is refused, with a reason`, () => {
    const target = new Target()
    target.set('/before?x', 'keep')
    assert.equal(target.set(raw, 'keep'), false)
    assert.notEqual(target.reason, '')
    assert.equal(target.path + target.query, '')
  })
}

test('slashes: merge makes one of many, before dot segments go', () => {
  assert.equal(normal('//a///b//?x//y', 'merge'), '/a/b/?x//y')
  assert.equal(normal('/a//../b', 'merge'), '/b')
  assert.equal(normal('/a%2F/b', 'merge'), '/a%2F/b')
})

test('slashes: reject refuses "//" and encoded slashes', () => {
  for (const raw of ['//a', '/a//', '/a%2fb', '/a%2Fb', '/a%5cb']) assert.equal(normal(raw, 'reject'), false)
  assert.equal(normal('/a/%2e/b?c//d%2f', 'reject'), '/a/b?c//d%2f')
})

test('a target that is normal already is passed on as it is, and the reason is forgotten', () => {
  const target = new Target()
  target.set('\\', 'keep')
  assert.equal(target.set('/a/b?c', 'keep'), true)
  assert.deepEqual([target.path, target.query, target.reason], ['/a/b', '?c', ''])
})

/** Hostile on purpose: made of what normalising looks at. */
const targets = fc
  .array(
    fc.constantFrom('/', '/', '.', '..', '%2e', '%2E', '%2f', '%5C', '%41', '%7e', '%25', '%c3', 'a', 'b', '?', ';'),
  )
  .map(parts => '/' + parts.join(''))
const policies = fc.constantFrom<Slashes>('keep', 'merge', 'reject')

test('property: normalising twice changes nothing', () => {
  fc.assert(
    fc.property(targets, policies, (raw, slashes) => {
      const once = normal(raw, slashes)
      assert.ok(once === false || normal(once, slashes) === once)
    }),
  )
})

test('property: no dot segment is left, and the path starts at the root', () => {
  fc.assert(
    fc.property(targets, policies, (raw, slashes) => {
      const target = new Target()
      if (!target.set(raw, slashes)) return
      assert.ok(target.path.startsWith('/'))
      for (const segment of target.path.split('/')) assert.ok(!/^(\.|%2e){1,2}$/i.test(segment))
      if (slashes !== 'keep') assert.ok(!target.path.includes('//'))
    }),
  )
})

test('property: slashes and their escapes are neither made nor lost unless a policy says so', () => {
  const noDots = fc.array(fc.constantFrom('/', '%2f', '%5c', '%41', '%7e', 'a')).map(parts => '/' + parts.join(''))
  fc.assert(
    fc.property(noDots, raw => {
      const path = normal(raw)
      assert.ok(path !== false)
      for (const what of ['/', '%2F', '%5C']) {
        assert.equal(path.split(what).length, raw.replaceAll('%2f', '%2F').replaceAll('%5c', '%5C').split(what).length)
      }
    }),
  )
})

test('property: agrees with URL where both say the same', () => {
  const plain = fc
    .array(fc.constantFrom('/', '.', '..', '%2e', 'a', 'b-c', '~', ';x', '%2F', '%C3%A9'))
    .map(parts => '/x' + parts.join(''))
  fc.assert(
    fc.property(plain, raw => {
      if (/\/\.{1,2};/.test(raw.replaceAll(/%2e/gi, '.'))) return assert.equal(normal(raw), false)
      assert.equal(normal(raw), new URL(`http://h${raw}`).pathname.replaceAll('%2e', '.').replaceAll('%2E', '.'))
    }),
  )
})
