import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { parse } from 'yaml'
import { demoConfig } from '../src/cli/demo/config.ts'
import { loadConfig } from '../src/config/load.ts'
import { replaceAt } from '../src/spec/coerce.ts'
import type { Path } from '../src/spec/problem.ts'
import { configSchema } from '../src/spec/schema.ts'
import { valueAt } from '../src/spec/source.ts'
import { document, EDGES } from '../src/spec/testing/documents.ts'
import { editorErrors } from '../src/spec/testing/editor.ts'
import { fencedBlocks } from './support/console-blocks.ts'

/** What editors say of files that `check` takes: nothing. The JSON Schema is looser than the checks, and never stricter. */

const ROOT = new URL('../', import.meta.url)
const read = (file: string): string => readFileSync(new URL(file, ROOT), 'utf8')

const DEMO = demoConfig({
  gateway: 8080,
  admin: 9901,
  samples: { users: 1, orders: 2, productsV1: 3, productsV2: 4, recommendations: 5, live: 6, brokenStock: 7, stock: 8 },
  credentials: { secret: 'x'.repeat(32), keyHash: `sha256:${'0'.repeat(64)}` },
})

const files = globSync(['examples/*/sallyport.yaml', 'src/config/testdata/design.yaml'], { cwd: ROOT })
const pages = globSync(['*.md', '{docs,examples,bench}/**/*.md'], { cwd: ROOT })

const corpus: readonly (readonly [where: string, text: string])[] = [
  ['the demo', DEMO],
  ...files.map(file => [file, read(file)] as const),
  ...pages.flatMap(page =>
    fencedBlocks(read(page))
      .filter(({ language, text }) => language === 'yaml' && /^routes:/m.test(text))
      .map(({ text, line }) => [`${page}:${line}`, text] as const),
  ),
]

const right: unknown[] = corpus.map(([, text]) => parse(text, { merge: true }))

test('there are configurations', () => assert.ok(corpus.length > 20, `${corpus.length}`))

for (const [i, [where]] of corpus.entries()) {
  test(`nothing is underlined in ${where}`, () => assert.deepEqual(editorErrors(right[i]), []))
}

test('a file may say where its schema is: by a comment, or by a key, as JSON must', async () => {
  const yaml = '# yaml-language-server: $schema=./sallyport.schema.json\nservices: { a: "http://a" }\nroutes: []'
  const json = '{ "$schema": "./sallyport.schema.json", "services": { "a": "http://a" }, "routes": [] }'
  for (const [file, text] of Object.entries({ 'a.yaml': yaml, 'a.json': json })) {
    const { spec, problems } = await loadConfig({ file, cwd: '/', env: {}, readFile: async () => text })
    assert.ok(spec, JSON.stringify(problems))
    assert.deepEqual(editorErrors(parse(text)), [])
  }
})

/** Of everything in a document, the document included. */
const pathsIn = (value: unknown, path: Path = []): Path[] =>
  typeof value !== 'object' || value === null
    ? [path]
    : [
        path,
        ...(Array.isArray(value) ? [...value.entries()] : Object.entries(value)).flatMap(([key, item]) =>
          pathsIn(item, [...path, key]),
        ),
      ]

const places = right.flatMap(given => pathsIn(given).map(path => ({ given, path })))
const pieces = places.map(({ given, path }) => valueAt(given, path))

/** What stands somewhere under the same name, or anything. */
const pieceFor = (path: Path): fc.Arbitrary<unknown> => {
  const alike = places.filter(other => other.path.at(-1) === path.at(-1) && other.path.length > 0)
  const any = fc.oneof(fc.constantFrom(...EDGES), fc.constantFrom(...pieces))
  if (alike.length === 0) return any
  return fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...alike).map(at => valueAt(at.given, at.path)) }, any)
}

/** A right document in which one thing is something else. */
const changed = fc
  .constantFrom(...places)
  .chain(({ given, path }) => pieceFor(path).map(piece => replaceAt(given, path, piece)))

test('what the checks of shape take is not underlined, whatever is put where', () => {
  let taken = 0
  fc.assert(
    fc.property(fc.oneof({ weight: 9, arbitrary: changed }, document), written => {
      if (!configSchema.safeParse(written).success) return
      taken++
      assert.deepEqual(editorErrors(written), [], JSON.stringify(written))
    }),
    { numRuns: 2000 },
  )
  assert.ok(taken > 300, `only ${taken} were right`)
})

/** Texts, numbers, true and false. */
const scalars = places.filter(({ given, path }) =>
  ['string', 'number', 'boolean'].includes(typeof valueAt(given, path)),
)

test('what comes from outside is not underlined, wherever the gateway takes it', async () => {
  let taken = 0
  const property = fc.asyncProperty(fc.constantFrom(...scalars), fc.boolean(), async ({ given, path }, half) => {
    const text = String(valueAt(given, path))
    // A part of the text, or all of it.
    const at = half ? text.length >> 1 : 0
    const written = replaceAt(given, path, `${text.slice(0, at)}\${env:PART}`)
    const { spec } = await loadConfig({
      file: 'a.json',
      cwd: '/',
      env: { PART: text.slice(at), JWT_SECRET: 'x'.repeat(64), REDIS_URL: 'redis://h' },
      readFile: async file => {
        if (file === '/a.json') return JSON.stringify(written)
        throw new Error('no file')
      },
    })
    if (spec === undefined) return
    taken++
    assert.deepEqual(editorErrors(written), [], JSON.stringify({ path, text }))
  })
  await fc.assert(property, { numRuns: 300 })
  assert.ok(taken > 150, `only ${taken} were right`)
})
