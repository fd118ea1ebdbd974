import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { parse } from 'yaml'
import { editorErrors } from '../src/spec/testing/editor.ts'
import { runSallyport, sallyport } from './support/sallyport.ts'

/** `sallyport init` as a user meets it: what it writes passes `check --strict`, and runs. */

const folderWith = async (t: TestContext, files: Readonly<Record<string, string>> = {}): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-init-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return folder
}

const init = (folder: string, ...args: string[]) => runSallyport(['init', ...args], { cwd: folder })

const passes = async (folder: string, file: string): Promise<void> => {
  const { code, out, err } = await runSallyport(['check', '--strict', file], { cwd: folder })
  assert.deepEqual([code, err], [0, ''], out)
}

const COMPOSE = `
services:
  shop: { image: shop, ports: ["8080:80"] }
  users: { ports: [{ target: 3000, published: "3001", protocol: tcp }], environment: { A: b } }
  stock: { expose: ["3002"] }
  mail: { ports: ["\${MAIL_PORT:-8025}:8025"] }
  db: { image: postgres, ports: ["5432:5432"] }
`

const PETSTORE = `
openapi: 3.0.3
info: { title: Pet Store, version: "1" }
servers: [{ url: "https://{env}.example.com/v1", variables: { env: { default: pets } } }]
security: [{ key: [] }]
paths:
  /pets: { get: { operationId: listPets }, post: {} }
  "/pets/{petId}": { get: {}, delete: { security: [] } }
  "/pets/{petId}/photo.{format}": { get: {} }
components: { securitySchemes: { key: { type: apiKey, in: header, name: api_key } } }
`

test('from compose and OpenAPI files: commented, right by check --strict, known to editors', async t => {
  const folder = await folderWith(t, { 'docker-compose.yml': COMPOSE, 'openapi.yaml': PETSTORE })
  const { code, out, err } = await init(folder, '--schema')
  assert.deepEqual([code, err], [0, ''])
  assert.match(out, /^sallyport\.yaml is written: 5 services, 7 routes\.\n/)
  assert.match(out, /"db" is left out/)
  assert.match(out, /sallyport run sallyport\.yaml +serve on http:\/\/127\.0\.0\.1:8081;/)
  const text = await readFile(join(folder, 'sallyport.yaml'), 'utf8')
  assert.match(text, /^# yaml-language-server: \$schema=\.\/sallyport\.schema\.json\n/)
  assert.ok(text.includes('# asks for key (apiKey header): see auth'))
  const document = parse(text)
  assert.deepEqual(document.services, {
    shop: 'http://127.0.0.1:8080',
    users: 'http://127.0.0.1:3001',
    stock: 'http://stock:3002',
    mail: 'http://127.0.0.1:${env:MAIL_PORT:-8025}',
    'pet-store': 'https://pets.example.com',
  })
  assert.deepEqual(document.routes.slice(-3), [
    { path: '/v1/pets', methods: ['GET', 'POST'], to: 'pet-store' },
    { path: '/v1/pets/{petId}', methods: ['GET', 'DELETE'], to: 'pet-store' },
    { regex: '/v1/pets/[^/]+/photo\\.[^/]+', methods: ['GET'], to: 'pet-store' },
  ])
  assert.deepEqual(editorErrors(document), [])
  assert.deepEqual((await readdir(folder)).sort(), [
    'docker-compose.yml',
    'openapi.yaml',
    'sallyport.schema.json',
    'sallyport.yaml',
  ])
  await passes(folder, 'sallyport.yaml')
})

test('in TypeScript: the same, and right', async t => {
  const folder = await folderWith(t, { 'docker-compose.yml': COMPOSE, 'openapi.yaml': PETSTORE })
  const { code, out } = await init(folder, '--typescript')
  assert.equal(code, 0, out)
  await passes(folder, 'sallyport.config.ts')
  assert.match(
    await readFile(join(folder, 'sallyport.config.ts'), 'utf8'),
    /^import { defineConfig } from 'sallyport'\n/,
  )
})

test('a folder with nothing in it: one service, and it runs', async t => {
  const upstream = createServer((request, response) => void response.end(`at ${request.url}`))
  await new Promise<void>(resolve => upstream.listen(0, '127.0.0.1', resolve))
  t.after(() => upstream.close())
  const folder = await folderWith(t)
  const { code, out, err } = await init(folder)
  assert.deepEqual([code, err], [0, ''])
  assert.match(out, /^sallyport\.yaml is written: 1 service, 1 route\.\n\nNext\n/)
  await passes(folder, 'sallyport.yaml')
  const file = join(folder, 'sallyport.yaml')
  const text = await readFile(file, 'utf8')
  const { port } = upstream.address() as AddressInfo
  const here = text.replace('127.0.0.1:8080', '127.0.0.1:0').replace('127.0.0.1:3000', `127.0.0.1:${port}`)
  assert.notEqual(here, text)
  await writeFile(file, `${here}\nadmin: 127.0.0.1:0\nworkers: 1\n`)
  const gateway = sallyport(['run'], { cwd: folder })
  t.after(() => gateway.child.kill('SIGKILL'))
  const [, url = ''] = await gateway.says(/listening on (http:\/\/[\d.:]+)/)
  assert.equal(await (await fetch(`${url}/orders?a=1`)).text(), 'at /orders?a=1')
  gateway.child.kill('SIGTERM')
  assert.equal(await gateway.ended, 0)
})

test('what is there is not replaced without --force, nor half of it', async t => {
  const folder = await folderWith(t, { 'sallyport.yaml': 'mine' })
  for (const args of [[], ['--schema']]) {
    const { code, out, err } = await init(folder, ...args)
    assert.deepEqual([code, out, err], [1, '', 'sallyport: sallyport.yaml is there already; --force replaces it\n'])
  }
  assert.deepEqual(await readdir(folder), ['sallyport.yaml'])
  assert.equal(await readFile(join(folder, 'sallyport.yaml'), 'utf8'), 'mine')
  assert.equal((await init(folder, '--force')).code, 0)
  await passes(folder, 'sallyport.yaml')
})

test('a link that leads nowhere is something that is there', async t => {
  const folder = await folderWith(t)
  await symlink(join(folder, 'elsewhere'), join(folder, 'sallyport.yaml'))
  const { code, err } = await init(folder)
  assert.deepEqual([code, err], [1, 'sallyport: sallyport.yaml is there already; --force replaces it\n'])
  assert.deepEqual(await readdir(folder), ['sallyport.yaml'])
})

test('another folder, and files from elsewhere', async t => {
  const folder = await folderWith(t, { 'api.json': JSON.stringify(parse(PETSTORE)) })
  await mkdir(join(folder, 'gateway'))
  const { code, out, err } = await init(folder, 'gateway', '--from', 'api.json')
  assert.deepEqual([code, err], [0, ''])
  assert.match(out, /^gateway\/sallyport\.yaml is written: 1 service, 3 routes\./)
  await passes(folder, 'gateway/sallyport.yaml')
})

test('files that nothing can be made of: with --from an error, else left out', async t => {
  const bomb = [
    'a: &a [x, x, x, x, x, x, x, x, x]',
    ...Array.from(
      { length: 9 },
      (_, i) =>
        `b${i}: &b${i} [${Array(9)
          .fill(i ? `*b${i - 1}` : '*a')
          .join(', ')}]`,
    ),
  ]
  const files = {
    'bomb.yaml': bomb.join('\n'),
    'large.yaml': `openapi: 3.0.0\nx: ${'x'.repeat(5_000_000)}`,
    'swagger.json': '{"swagger": "2.0"}',
    'neither.yaml': 'a: b',
  }
  const folder = await folderWith(t, files)
  await writeFile(join(folder, 'bytes.yaml'), Buffer.from([0xff, 0xfe, 0x00]))
  for (const file of [...Object.keys(files), 'bytes.yaml', 'missing.yaml', '/dev/zero']) {
    const { code, out, err } = await init(folder, '--from', file)
    assert.deepEqual([code, out], [1, ''], file)
    assert.match(err, /^sallyport: [^\n]+\n$/, file)
  }
  assert.ok(!(await readdir(folder)).includes('sallyport.yaml'))
  const { code, out } = await init(folder)
  assert.equal(code, 0)
  assert.match(out, /swagger\.json is left out: it is Swagger 2\.0/)
})

test('no folder, a folder that cannot be written to: one sentence, exit code 1', async t => {
  const folder = await folderWith(t)
  const none = await init(folder, 'none')
  assert.deepEqual([none.code, none.err], [1, 'sallyport: none is no folder; make it, or name another\n'])
  if (process.getuid?.() === 0) return
  await chmod(folder, 0o500)
  t.after(() => chmod(folder, 0o700))
  const { code, err } = await init(folder)
  assert.deepEqual([code, err], [1, 'sallyport: cannot write sallyport.yaml: permission denied\n'])
})
