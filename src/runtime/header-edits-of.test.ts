import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Exchange } from '../core/exchange.ts'
import type { Identity } from '../core/identity.ts'
import { isIdentityField } from '../http1/serialize.ts'
import { asked } from '../policies/testing/asked.ts'
import { parseRefTemplate } from '../spec/ref-template.ts'
import { headerEditsOf } from './header-edits-of.ts'

/** The value that a template makes of a request; undefined: none. */
const made = (text: string, x: Exchange): string | undefined => {
  const [plan] = headerEditsOf(
    [{ name: 'x-a', replaces: true, values: [parseRefTemplate(text).parts] }],
    isIdentityField,
  )
  const [value] = plan!.values
  return typeof value === 'function' ? value(x) : value
}

const known = (claims: Identity['claims']): Exchange =>
  Object.assign(asked(), {
    identity: {
      way: 'main',
      consumer: 'app',
      subject: 'u1',
      keyId: '',
      roles: new Set(),
      scopes: new Set(),
      tier: '',
      claims,
      headers: null,
    } satisfies Identity,
  })

test('text that refers to nothing is made at load', () => {
  const [plan] = headerEditsOf([{ name: 'x-a', replaces: false, values: [['a', 'b'], []] }], isIdentityField)
  assert.deepEqual(plan, { name: 'x-a', replaces: false, values: ['ab', ''] })
})

test('references to all that a request has', () => {
  const x = known({ sub: 'u1', n: 7, on: true, org: { id: 'o' } })
  x.query = '?q=1'
  x.params = ['a%20b']
  x.paramNames = ['id']
  const text = '{id} {query.q} {claims.n} {claims.on} {claims.org.id} {consumer} {subject}'
  assert.equal(made(text, x), 'a b 1 7 true o app u1')
  assert.equal(made('{headers.X-B}', asked({ headers: [['x-b', 'v']] })), 'v')
})

test('what is not there, or is no text, makes no value', () => {
  const x = known({ list: [1], big: 2 ** 60, none: null })
  for (const text of ['{claims.list}', '{claims.big}', '{claims.none}', '{claims.x}', 'a{query.q}', '{headers.x-b}']) {
    assert.equal(made(text, x), undefined, text)
  }
  assert.equal(made('{headers.x-consumer}', asked({ headers: [['x-consumer', 'forged']] })), undefined)
  assert.equal(made('{id}', Object.assign(asked(), { params: ['%ff'], paramNames: ['id'] })), undefined)
})

test('8 KiB is the longest', () => {
  const x = asked({ query: `?q=${'a'.repeat(4096)}` })
  assert.equal(made('{query.q}{query.q}', x)?.length, 8192)
  assert.equal(made('{query.q}{query.q}b', x), undefined)
})

test('text of any kind becomes the content of one field, and different texts stay different', () => {
  const any = fc.string({ unit: 'binary' })
  fc.assert(
    fc.property(any, any, (a, b) => {
      const one = made('{claims.t}', known({ t: a }))
      assert.match(one ?? '', /^([!-~\x80-\xff]([\t -~\x80-\xff]*[!-~\x80-\xff])?)?$/)
      // Escaping is not told from what looks like it: only one that was escaped may be mistaken.
      if (a !== b && !a.includes('%') && !b.includes('%') && a.isWellFormed() && b.isWellFormed()) {
        assert.notEqual(one, made('{claims.t}', known({ t: b })))
      }
    }),
  )
})

test('what came in a field goes on byte for byte', () => {
  const value = Buffer.from('zoë').toString('latin1')
  assert.equal(made('{headers.x-b}', asked({ headers: [['x-b', value]] })), value)
  assert.equal(made('{claims.name}', known({ name: 'zoë' })), value)
})
