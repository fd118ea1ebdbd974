import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJson } from './json.ts'

test('documents and places', () => {
  const { document, problems, locate } = parseJson('{\n\t"a": [1, {"b": "x"}],\n\t"__proto__": 1\n}', 'c.json')
  assert.deepEqual(problems, [])
  assert.deepEqual(document, JSON.parse('{"a": [1, {"b": "x"}], "__proto__": 1}'))
  assert.deepEqual(locate(['a', 1, 'b'], 'value'), { file: 'c.json', line: 2, column: 17, length: 3 })
})

test('mistakes', () => {
  const rows: [string, string][] = [
    ['{\n  "a": 1,\n}', '3:1 is not JSON: Expected double-quoted property name'],
    ['{"a": [,]}', "1:8 is not JSON: Unexpected token ','"],
    ['{"a": 1', "1:8 is not JSON: Expected ',' or '}' after property value"],
    ['', '1:1 is not JSON: Unexpected end of JSON input'],
    ['{"a": 1, // x\n}', '1:10 is not JSON: Expected double-quoted property name'],
    ['{"a": 1, "a": 2}', '1:10 this key is there twice'],
  ]
  for (const [text, expected] of rows) {
    const [problem] = parseJson(text, 'c.json').problems
    assert.equal(`${problem?.place?.line}:${problem?.place?.column} ${problem?.message}`, expected, text)
  }
})
