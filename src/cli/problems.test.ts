import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Problem } from '../spec/problem.ts'
import { renderProblems, wantsColour } from './problems.ts'

const render = (problem: Partial<Problem>, source?: string, colour = false): string =>
  renderProblems([{ severity: 'error', path: ['a'], message: 'is wrong', ...problem }], {
    colour,
    readSource: () => source,
  })

const place = (line: number, column: number, length = 1) => ({ place: { file: 'c.yaml', line, column, length } })

test('the line, what is wrong underlined, the hint', () => {
  assert.equal(
    render({ ...place(2, 4, 3), hint: 'make it right' }, 'x: 1\na: bad # no\n'),
    'c.yaml:2:4: error: a: is wrong\n  2 | a: bad # no\n    |    ^^^\n  hint: make it right\n\n1 error\n',
  )
})

test('without a place, without a source, without a path', () => {
  assert.equal(render({}), 'error: a: is wrong\n\n1 error\n')
  assert.equal(render(place(2, 4)), 'c.yaml:2:4: error: a: is wrong\n\n1 error\n')
  assert.equal(render({ path: [], severity: 'warning' }), 'warning: is wrong\n\n1 warning\n')
})

test('the mark stands under its text after tabs', () => {
  assert.match(render(place(1, 3, 2), '\t\tab'), / {2}1 \| \t\tab\n {4}\| \t\t\^\^\n/)
})

test('long lines are cut around the mark', () => {
  const text = render(place(1, 501, 4), `${'x'.repeat(500)}here${'y'.repeat(500)}`)
  const [, shown = '', mark = ''] = text.split('\n')
  assert.ok(shown.length < 120)
  assert.equal(shown.slice(mark.indexOf('^'), mark.lastIndexOf('^') + 1), 'here')
})

test('a source cannot move the cursor', () => {
  assert.ok(!render(place(1, 1), '\u001b[2Jx').includes('\u001b'))
})

test('a place beyond the source is no crash', () => {
  assert.equal(render(place(9, 9), 'a'), 'c.yaml:9:9: error: a: is wrong\n\n1 error\n')
})

test('colours are for terminals only', () => {
  assert.ok(render({}, undefined, true).includes('\u001b[31merror'))
  assert.ok(wantsColour({ isTTY: true }, {}))
  for (const [stream, env] of [
    [{}, {}],
    [{ isTTY: true }, { NO_COLOR: '1' }],
    [{ isTTY: true }, { TERM: 'dumb' }],
  ] as const) {
    assert.ok(!wantsColour(stream, env))
  }
})
