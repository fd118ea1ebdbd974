import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import { compileRouter } from '../src/routing/router.ts'
import { checkDocument } from '../src/spec/check.ts'
import { plainSource } from '../src/spec/source.ts'
import { asked } from './support/routing.ts'

/** The table of paths in the guide: each row is a route, and what it takes and does not take. */
const page = readFileSync(new URL('../docs/guide/routing.md', import.meta.url), 'utf8')
const codeIn = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
const rows = [...page.matchAll(/^\| `((?:path|prefix|regex): [^`]+)` \| (.*) \| (.*) \|$/gm)]

test('there are rows', () => assert.equal(rows.length, 6))

for (const [, key = '', takes = '', not = ''] of rows) {
  test(`the guide on ${key}`, () => {
    const document = { services: { a: 'http://127.0.0.1:1' }, routes: [{ ...parse(key), to: 'a' }] }
    const { spec } = checkDocument(plainSource(document), 1)
    const router = compileRouter((spec?.routes ?? []).map(route => ({ spec: route })))
    const paths = (cell: string): string[] => codeIn(cell).filter(code => code.length > 1)
    assert.ok(paths(takes).length > 0 && paths(not).length > 0)
    for (const path of paths(takes)) assert.notEqual(router.match(asked(`GET ${path}`)), null, path)
    for (const path of paths(not)) assert.equal(router.match(asked(`GET ${path}`)), null, path)
  })
}
