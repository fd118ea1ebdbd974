import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fencedBlocks, looksLike, shownIn } from './console-blocks.ts'

const page = [
  '# Page',
  '',
  '```sh',
  'start &',
  '```',
  '',
  '```console',
  '$ one \\',
  '  more',
  'a',
  '',
  'b',
  '$ two',
  '```',
  '',
].join('\n')

test('blocks have their language, text and place', () => {
  assert.deepEqual(
    fencedBlocks(page).map(({ language, line }) => [language, line]),
    [
      ['sh', 3],
      ['console', 7],
    ],
  )
})

test('commands go on over backslashes; what follows is their output', () => {
  assert.deepEqual(shownIn(page), [
    { command: 'one \\\n  more', expected: 'a\n\nb\n' },
    { command: 'two', expected: '' },
  ])
})

test('dots stand for anything in a line, or for lines', () => {
  assert.ok(looksLike('HTTP/1.1 200 OK\r\n\r\nhello\n', 'HTTP/1.1 200 OK\n\nhello\n'))
  assert.ok(looksLike('{"id":"17","ok":true}\n', '{"id":"...","ok":true}\n'))
  assert.ok(looksLike('a\nb\nc\nd\n', 'a\n...\nd\n'))
  assert.ok(looksLike('a\nd\n', 'a\n...\nd\n'))
  assert.ok(looksLike('a\nb\n', 'a\n...\n'))
  assert.ok(looksLike('', ''))
})

test('anything else is a difference', () => {
  const different = [
    ['ab\n', 'a\n'],
    ['a\nb\n', 'a\n'],
    ['a\n', 'a\nb\n'],
    ['a\nx\n', 'a\n...\nd\n'],
    ['axc', 'a.c'],
    ['', 'a'],
    ['a', ''],
    ['x\ny', 'x...y'],
  ]
  for (const [actual = '', expected = ''] of different)
    assert.ok(!looksLike(actual, expected), `${actual} | ${expected}`)
})
