import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkDocument } from '../../spec/check.ts'
import { showProblem } from '../../spec/problem.ts'
import { plainSource } from '../../spec/source.ts'
import { parseYaml } from '../yaml.ts'
import { combine } from './combine.ts'
import { fromCompose } from './compose.ts'
import { findIn } from './find.ts'
import { parseForeign } from './foreign.ts'
import { fromOpenApi } from './openapi.ts'
import type { Sketch } from './sketch.ts'
import { sketchTypeScript } from './sketch-typescript.ts'
import { sketchYaml } from './sketch-yaml.ts'

const ROUTE = { methods: [], stripPrefix: false, comment: '' } as const

const SKETCH: Sketch = {
  listen: '127.0.0.1:8080',
  services: [{ name: 'a', url: 'http://a:1', comment: 'of x' }],
  routes: [
    { ...ROUTE, kind: 'path', pattern: '/{id}', methods: ['GET'], to: 'a', comment: 'asks for key: see auth' },
    { ...ROUTE, kind: 'prefix', pattern: "/it's", to: 'a', stripPrefix: true },
    { ...ROUTE, kind: 'regex', pattern: '/x\\.[^/]+', to: 'a' },
  ],
}

test('YAML: comments, and the schema in the first line', () => {
  const text = sketchYaml(SKETCH, './s.json')
  assert.ok(text.startsWith('# yaml-language-server: $schema=./s.json\n# What each key means'), text)
  for (const part of [
    '\n  # of x\n  a: http://a:1\n',
    '\n  # asks for key: see auth\n  - { path: "/{id}", methods: [ GET ], to: a }\n',
  ]) {
    assert.ok(text.includes(part), text)
  }
  assert.deepEqual(dataOf(text), {
    listeners: { web: '127.0.0.1:8080' },
    services: { a: 'http://a:1' },
    routes: [
      { path: '/{id}', methods: ['GET'], to: 'a' },
      { prefix: "/it's", to: 'a', stripPrefix: true },
      { regex: '/x\\.[^/]+', to: 'a' },
    ],
  })
})

const dataOf = (text: string): unknown => {
  const { document, problems } = parseYaml(text, 'a.yaml')
  assert.deepEqual(problems, [])
  return document
}

/** What the module exports, read as plain JavaScript. */
const exportOf = (text: string): unknown => {
  const body = text
    .replace("import { defineConfig } from 'sallyport'", '')
    .replace('export default defineConfig(', 'return (')
  return new Function(body)()
}

test('TypeScript says the same', () => {
  assert.deepEqual(exportOf(sketchTypeScript(SKETCH)), dataOf(sketchYaml(SKETCH, '')))
})

test('an API whose service compose names is asked there, by its paths', () => {
  const compose = { services: { shop: { ports: ['3001:80'] }, other: { ports: ['3002:80'] } } }
  const shop = { openapi: '3.0.0', info: { title: 'Shop' }, paths: { '/pets': { get: {} } } }
  const other = {
    openapi: '3.0.0',
    info: { title: 'X' },
    servers: [{ url: 'http://127.0.0.1:3002' }],
    paths: { '/pets': {} },
  }
  const { sketch, notes } = combine(
    [fromCompose(compose, 'c.yml'), fromOpenApi(shop, 'shop.yaml'), fromOpenApi(other, 'other.yaml')],
    ':80',
  )
  assert.deepEqual(
    sketch.services.map(({ name, url }) => `${name} ${url}`),
    ['shop http://127.0.0.1:3001', 'other http://127.0.0.1:3002'],
  )
  assert.deepEqual(
    sketch.routes.map(({ kind, pattern, to }) => `${kind} ${pattern} ${to}`),
    ['path /pets shop', 'prefix /other other'],
  )
  assert.ok(notes.includes('/pets is there twice: only the first is a route'))
})

/** Texts that would mean something in YAML, TypeScript, comments, patterns or references. */
const odd = fc.oneof(
  fc.constantFrom(
    ...[
      '\n',
      '# x',
      '*/',
      '`',
      "'",
      '"',
      '\\',
      '${env:HOME}',
      '${file:/etc/passwd}',
      ': ',
      '- ',
      '&a',
      '*a',
      '!!js',
      '\u2028',
      '\u0085',
    ],
    ...[
      '__proto__',
      'constructor',
      '<<',
      '{x}',
      '{x',
      'x}',
      '/..;/',
      '%2e',
      '%00',
      '//',
      '\u202e',
      'none',
      'true',
      '1',
      '~',
      '',
    ],
  ),
  fc.string({ unit: 'binary' }),
)
const text = fc
  .array(fc.oneof(odd, fc.constantFrom('/', 'a', 'pets', '{id}', '.')), { maxLength: 5 })
  .map(parts => parts.join(''))
const value = fc.oneof(text, fc.integer(), fc.constant(null), fc.array(text, { maxLength: 2 }))
const maps = (item: fc.Arbitrary<unknown>) => fc.dictionary(text, item, { maxKeys: 4 })
const port = fc.oneof(
  fc.tuple(text, fc.integer({ min: 0, max: 70_000 })).map(([a, b]) => `${a}:${b}`),
  fc.integer(),
  value,
  fc.record({ target: fc.oneof(fc.integer(), text), published: value, host_ip: value }, { requiredKeys: [] }),
)
const compose = maps(
  fc.oneof(fc.record({ ports: fc.array(port, { maxLength: 3 }), expose: fc.array(port, { maxLength: 2 }) }), value),
)
const paths = fc.dictionary(
  text.map(path => `/${path}`),
  fc.oneof(
    fc.record({
      get: fc.constant({}),
      post: fc.record({ security: fc.array(maps(fc.constant([])), { maxLength: 2 }) }),
    }),
    value,
  ),
  { maxKeys: 6 },
)
const api = fc.record(
  {
    info: fc.record({ title: value }),
    servers: fc.array(
      fc.record({
        url: fc.oneof(
          text,
          text.map(part => `http://${part}`),
          text.map(part => `http://a/${part}`),
        ),
      }),
      { maxLength: 2 },
    ),
    paths,
    components: fc.record({ securitySchemes: maps(maps(value)) }),
  },
  { requiredKeys: [] },
)

test('localhost is where compose publishes; a name that only begins so is another host', () => {
  const compose = fromCompose({ services: { users: { ports: ['4000:4000'] } } }, 'compose.yaml')
  const apiAt = (url: string) =>
    fromOpenApi({ openapi: '3.0.0', servers: [{ url }], paths: { '/users': {} } }, 'openapi.json')
  const { sketch } = combine([compose, apiAt('http://localhost:4000')], '127.0.0.1:8080')
  assert.deepEqual(
    sketch.services.map(({ name }) => name),
    ['users'],
  )
  assert.deepEqual(
    sketch.routes.map(({ kind, pattern, to }) => `${kind} ${pattern} ${to}`),
    ['path /users users'],
  )
  for (const url of ['http://localhost:4001', 'https://localhost:4000', 'http://localhost.example.com:4000'])
    assert.equal(combine([compose, apiAt(url)], '127.0.0.1:8080').sketch.services.length, 2, url)
})

test('whatever stands in other files, the configuration is right, holds nothing of theirs that would be filled in, and is the same in TypeScript', () => {
  let routes = 0
  fc.assert(
    fc.property(compose, api, text, (services, document, name) => {
      const file = name.replace(/[\\/]/g, '') || 'x'
      const { sketch } = combine(
        [fromCompose({ services }, file), fromOpenApi({ openapi: '3.0.0', ...document }, file)],
        ':0',
      )
      routes += sketch.routes.length
      const written = sketchYaml(sketch, './s.json')
      const data = dataOf(written)
      assert.doesNotMatch(JSON.stringify(data), /\$\{(?!env:[A-Za-z_]\w*:-\d+\})/)
      const filled = JSON.parse(JSON.stringify(data).replace(/\$\{env:\w+:-(\d+)\}/g, '$1'))
      const errors = checkDocument(plainSource(filled)).problems.filter(({ severity }) => severity === 'error')
      assert.deepEqual(errors.map(showProblem), [], written)
      assert.deepEqual(exportOf(sketchTypeScript(sketch)), data)
    }),
    { numRuns: 400 },
  )
  assert.ok(routes > 300, `${routes} routes`)
})

const found = async (content: string | Error): Promise<unknown> => {
  const readFile = async (): Promise<string> => {
    if (content instanceof Error) throw content
    return content
  }
  return (await findIn('/', 'a.yaml', readFile)).finding
}

test('files that nothing can be made of: why, in a sentence', async () => {
  assert.equal(
    await found('openapi: 3.0.0\nservices: {}'.replace('openapi: 3.0.0\n', '').replace('services', 'x')),
    'is neither OpenAPI 3 nor a compose file',
  )
  assert.equal(await found('swagger: "2.0"'), 'is Swagger 2.0; convert it to OpenAPI 3')
  assert.equal(await found('- a'), 'is no map of keys')
  assert.equal(await found(''), 'is no map of keys')
  assert.match(String(await found('a: [')), /^cannot be read: /)
  assert.equal(await found('a'.repeat(5 * 1024 * 1024)), 'is larger than 4 MiB')
  assert.equal(await found(Object.assign(new Error(''), { code: 'EACCES' })), 'cannot be read: permission denied')
})

test('aliases that grow without end, nesting without end, keys that are there twice', () => {
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]']
  for (let i = 0; i < 9; i++)
    bomb.push(
      `b${i}: &b${i} [${Array(10)
        .fill(i === 0 ? '*a' : `*b${i - 1}`)
        .join(', ')}]`,
    )
  assert.match(String(parseForeign(bomb.join('\n'))), /^cannot be read: .*alias/)
  assert.match(String(parseForeign(`services: ${'['.repeat(100_000)}`)), /^cannot be read: /)
  assert.equal(typeof parseForeign(`{"openapi": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`), 'object')
  assert.deepEqual(parseForeign('a: 1\na: 2'), { a: 2 })
  assert.deepEqual(Object.keys(Object(parseForeign('services: &s { x: *s }'))), ['services'])
})
