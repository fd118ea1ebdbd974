import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cleanValue, HeaderEdits, headersOf, ID, NAMES, NO_HEADERS, nameId } from './headers.ts'

test('every name has its own id and is in lower case', () => {
  assert.equal(new Set(NAMES).size, NAMES.length)
  NAMES.forEach((name, id) => {
    assert.equal(nameId(name), id)
    assert.equal(name, name.toLowerCase())
    if (name !== '') assert.equal(ID[name], id)
  })
  assert.equal(nameId('x-unheard-of'), 0)
})

test('a view over pairs', () => {
  const view = headersOf([
    ['via', 'a'],
    ['x-other', 'b'],
    ['via', 'c'],
  ])
  assert.equal(view.count, 3)
  assert.deepEqual([view.idAt(0), view.idAt(1), view.idAt(9)], [ID.via, 0, 0])
  assert.deepEqual([view.nameAt(1), view.valueAt(1), view.nameAt(3), view.valueAt(3)], ['x-other', 'b', '', ''])
  assert.deepEqual([view.get('via'), view.get('none')], ['a', undefined])
  assert.deepEqual([view.all('via'), view.all('none')], [['a', 'c'], []])
  assert.equal(NO_HEADERS.count, 0)
})

test('set replaces, append adds, remove takes away what came in and what was added', () => {
  const edits = new HeaderEdits().append('a', '1').append('a', '2').append('b', '3').set('b', '4').remove('c')
  assert.deepEqual(edits.added, [
    ['a', '1'],
    ['a', '2'],
    ['b', '4'],
  ])
  assert.deepEqual(
    ['a', 'b', 'c', 'host'].map(name => edits.removes(name)),
    [false, true, true, false],
  )
  assert.deepEqual([edits.get('a'), edits.has('b'), edits.get('c'), edits.has('c')], ['1', true, undefined, false])
  assert.equal(edits.lines, 'a: 1\r\na: 2\r\nb: 4\r\n')
  assert.deepEqual(edits.remove('a').added, [['b', '4']])
  assert.deepEqual(
    [edits.lines, edits.remove('b').lines, new HeaderEdits().set('c', '').get('c')],
    ['b: 4\r\n', '', ''],
  )
})

test('a field of a head is left out by its id, or by its name in any case', () => {
  const head = headersOf([
    ['authorization', 'x'],
    ['x-token', 'y'],
    ['accept', 'z'],
  ])
  const edits = new HeaderEdits().remove('authorization').remove('x-token')
  assert.deepEqual(
    [0, 1, 2].map(i => edits.removesField(head, i)),
    [true, true, false],
  )
  assert.equal(new HeaderEdits().remove('x-token').removesField(headersOf([['X-Token', 'y']]), 0), true)
  assert.equal(new HeaderEdits().removesField(head, 0), false)
})

/** Any UTF-16 code units; fast-check's own strings of them take seconds to set up. */
const text = fc.array(fc.nat(0xffff), { maxLength: 20 }).map(units => String.fromCharCode(...units))

test('property: whatever a value is made of, on the wire it is one line of field content', () => {
  fc.assert(
    fc.property(text, value => {
      const bytes = Buffer.from(new HeaderEdits().set('x', value).get('x')!, 'latin1')
      assert.ok(bytes.every(byte => byte === 9 || (byte >= 32 && byte !== 127)))
    }),
    // U+010A and U+010D lose their upper half when they are written as latin1.
    { examples: [['a\r\nb: c'], ['a\u010d\u010ab: c'], ['\u0100'], ['\ud83d\ude0a']] },
  )
})

test('tabs, spaces and bytes above 0x7f are left alone', () => {
  assert.equal(cleanValue('\ta é\u00ff ~'), '\ta é\u00ff ~')
  assert.equal(cleanValue('\u0000\u001f\u007f'), '   ')
})

const step = fc.tuple(
  fc.constantFrom('set', 'append', 'remove'),
  fc.constantFrom('host', 'etag', 'x-a', 'x-b'),
  fc.stringMatching(/^[a-z]{1,3}$/),
)
const doing = (edits: HeaderEdits, steps: readonly (readonly [string, string, string])[]): HeaderEdits => {
  for (const [what, name, value] of steps) {
    if (what === 'set') edits.set(name, value)
    else if (what === 'append') edits.append(name, value)
    else edits.remove(name)
  }
  return edits
}

test('edits that are applied are as if they were done one after the other, and stay as they are', () => {
  const steps = fc.array(step, { maxLength: 8 })
  const seen = (edits: HeaderEdits): unknown => [
    edits.added,
    edits.lines,
    ['host', 'etag', 'x-a', 'x-b'].map(name => [edits.removes(name), edits.get(name), edits.all(name)]),
  ]
  fc.assert(
    fc.property(steps, steps, steps, (first, then, later) => {
      const made = doing(new HeaderEdits(), then)
      const before = seen(made)
      const edits = doing(new HeaderEdits(), first).apply(made)
      assert.deepEqual(seen(edits), seen(doing(new HeaderEdits(), [...first, ...then])))
      doing(edits, later)
      assert.deepEqual(seen(edits), seen(doing(new HeaderEdits(), [...first, ...then, ...later])))
      assert.deepEqual(seen(made), before)
    }),
  )
})
