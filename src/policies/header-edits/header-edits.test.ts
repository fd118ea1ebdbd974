import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HeaderEdits, headersOf } from '../../base/headers.ts'
import { Exchange } from '../../core/exchange.ts'
import { fail, Reply } from '../../core/reply.ts'
import { fieldLines, nameSet } from '../../http1/serialize.ts'
import { asked } from '../testing/asked.ts'
import type { HeaderEditPlan } from './edit-plan.ts'
import { requestHeadersPolicy } from './request-headers.ts'
import { responseHeadersPolicy } from './response-headers.ts'

type Pairs = readonly (readonly [name: string, value: string])[]

const set = (name: string, ...values: HeaderEditPlan['values']): HeaderEditPlan => ({ name, replaces: true, values })
const add = (name: string, ...values: HeaderEditPlan['values']): HeaderEditPlan => ({ name, replaces: false, values })

/** What goes upstream of a request, as lines. */
const sent = (plans: readonly HeaderEditPlan[], headers: Pairs, x = asked({ headers })): string[] => {
  assert.equal(requestHeadersPolicy(plans).gate?.(x), undefined, 'it passes')
  return linesOf(fieldLines(x.headers, nameSet(), [], x.requestEdits, null))
}

const answered = (plans: readonly HeaderEditPlan[], reply: Reply, x = new Exchange()): string[] => {
  responseHeadersPolicy(plans).shape(x, reply)
  return linesOf(fieldLines(reply.headers, nameSet(), [], reply.edits, null))
}

const linesOf = (text: string): string[] => text.split('\r\n').slice(0, -1)

test('fields are replaced, added and left out', () => {
  const plans = [set('x-a', '1'), add('x-b', '2', '3'), set('x-c')]
  const headers: Pairs = [
    ['X-A', 'theirs'],
    ['X-B', 'theirs'],
    ['X-C', 'theirs'],
    ['X-D', 'theirs'],
  ]
  const expected = ['X-B: theirs', 'X-D: theirs', 'x-a: 1', 'x-b: 2', 'x-b: 3']
  assert.deepEqual(sent(plans, headers), expected)
  assert.deepEqual(answered(plans, new Reply(200, asked({ headers }).headers)), expected)
  assert.deepEqual(sent(plans, []), ['x-a: 1', 'x-b: 2', 'x-b: 3'])
})

test('what earlier gates did stays, but for what is replaced', () => {
  const x = asked({ headers: [['authorization', 'Bearer t']] })
  x.requestEdits = new HeaderEdits().remove('authorization').append('x-consumer', 'app').append('cookie', 'a=b')
  assert.deepEqual(sent([set('authorization', 'Basic c2FsbHk='), set('cookie', 'c=d')], [], x), [
    'x-consumer: app',
    'authorization: Basic c2FsbHk=',
    'cookie: c=d',
  ])
})

test('one request leaves nothing for the next: the edits made at load are never changed', () => {
  const policy = requestHeadersPolicy([set('x-a', '1'), set('x-gone')])
  for (let i = 0; i < 3; i++) {
    const x = asked()
    policy.gate?.(x)
    assert.deepEqual(x.requestEdits?.added, [['x-a', '1']])
    x.requestEdits?.append('x-later', `${i}`).remove('x-a').remove('x-more')
    assert.deepEqual([x.requestEdits?.lines, x.requestEdits?.removes('x-more')], [`x-later: ${i}\r\n`, true])
  }
  const fresh = asked()
  policy.gate?.(fresh)
  assert.equal(fresh.requestEdits?.removes('x-more'), false)
})

test('values are made for each request, before anything is changed', () => {
  const theirs = (x: Exchange): string | undefined => x.headers.get('x-a')
  const edited = (x: Exchange): string => `${x.requestEdits?.removes('x-a')}`
  assert.deepEqual(sent([set('x-a', 'new'), set('x-old', theirs), set('x-seen', edited)], [['x-a', 'old']]), [
    'x-a: new',
    'x-old: old',
    'x-seen: false',
  ])
  assert.deepEqual(sent([set('x-a', () => undefined, 'b'), add('x-c', () => undefined)], [['x-a', 'theirs']]), [
    'x-a: b',
  ])
})

test('other spellings of what is replaced do not get through, those of what is added do', () => {
  const headers: Pairs = [
    ['X_Tenant', 'forged'],
    ['x.tenant', 'forged'],
    ['X_Other', 'theirs'],
    ['x_added', 'theirs'],
    ['User_Agent', 'forged'],
  ]
  assert.deepEqual(sent([set('x-tenant', 'shop'), add('x-added', '1'), set('user-agent')], headers), [
    'X_Other: theirs',
    'x_added: theirs',
    'x-tenant: shop',
    'x-added: 1',
  ])
  assert.deepEqual(sent([set('x_tenant', 'shop')], [['x-tenant', 'forged']]), ['x_tenant: shop'])
})

test('what an error of the gateway says stays, all else is edited as on any answer', () => {
  const plans = [
    set('content-type', 'text/csv'),
    set('cache-control', 'max-age=60'),
    set('x-a', '1'),
    add('retry-after', '9'),
  ]
  const reply = fail('OVERLOADED')
  reply.edit.set('content-type', 'application/problem+json').set('cache-control', 'no-store')
  assert.deepEqual(answered(plans, reply), [
    'content-type: application/problem+json',
    'cache-control: no-store',
    'x-a: 1',
    'retry-after: 9',
  ])
  assert.deepEqual(answered(plans, new Reply(503, headersOf([['content-type', 'text/html']]))), [
    'content-type: text/csv',
    'cache-control: max-age=60',
    'x-a: 1',
    'retry-after: 9',
  ])
})

test("cookies of the service are left out, the gateway's own are not", () => {
  const reply = new Reply(200, headersOf([['set-cookie', 'theirs=1']]))
  reply.edit.append('set-cookie', 'sticky=a')
  assert.deepEqual(answered([set('set-cookie', 'more=2')], reply), ['set-cookie: more=2', 'set-cookie: sticky=a'])
})

const name = fc.constantFrom('x-a', 'x-b', 'x_a', 'accept', 'cookie', 'etag')
const plan = fc.record({ name, replaces: fc.boolean(), values: fc.array(fc.string({ unit: 'binary' })) })

test('whatever values are made of: one line each, and as many as there are values', () => {
  const headers = fc.array(fc.tuple(name, fc.stringMatching(/^[!-~]{0,9}$/)))
  fc.assert(
    fc.property(fc.uniqueArray(plan, { selector: one => one.name }), headers, fc.boolean(), (plans, given, made) => {
      const values = (all: readonly string[]) => all.map(value => (made ? () => value : value))
      const lines = sent(
        plans.map(one => ({ ...one, values: values(one.values) })),
        given,
      )
      const replaced: string[] = plans.filter(one => one.replaces).map(one => one.name)
      const known: string[] = plans.map(one => one.name)
      const isAlias = (one: string): boolean =>
        !known.includes(one) &&
        ((one === 'x_a' && replaced.includes('x-a')) || (one === 'x-a' && replaced.includes('x_a')))
      const left = given.filter(([one]) => !replaced.includes(one) && !isAlias(one))
      assert.equal(lines.length, left.length + plans.flatMap(one => one.values).length)
      for (const line of lines) assert.match(line, /^[a-z_-]+: [\t -~\x80-\xff]*$/)
    }),
  )
})
