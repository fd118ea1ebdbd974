import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { packageVersion } from '../src/gateway/version.ts'
import { jsonSchema } from '../src/spec/json-schema.ts'
import { newAjv } from '../src/spec/testing/editor.ts'
import { runSallyport } from './support/sallyport.ts'

test('sallyport schema prints a JSON Schema that says of which version it is', async () => {
  const { code, out, err } = await runSallyport(['schema'])
  assert.deepEqual([code, err], [0, ''])
  const { $comment, ...rest } = JSON.parse(out)
  assert.equal($comment, `Of Sallyport ${packageVersion()}; written by: sallyport schema`)
  assert.deepEqual(rest, jsonSchema())
  const accepts = newAjv().compile(JSON.parse(out))
  assert.deepEqual([accepts({ routes: [] }), accepts({ rutes: [] })], [true, false])
})

test('sallyport schema --out writes it whole, in place of what was there', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-schema-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'editor.json')
  await writeFile(file, 'old')
  const { code, out, err } = await runSallyport(['schema', '--out', 'editor.json'], { cwd: folder })
  assert.deepEqual([code, err], [0, ''])
  assert.match(out, /^editor\.json is written\..*\n# yaml-language-server: \$schema=\.\/editor\.json\n$/)
  assert.equal(JSON.parse(await readFile(file, 'utf8')).$id, 'urn:sallyport:configuration')
  assert.deepEqual(await readdir(folder), ['editor.json'])
})

test('sallyport schema --out where nothing can be written: one sentence, exit code 1', async () => {
  const { code, out, err } = await runSallyport(['schema', '--out', '/nowhere/at/all.json'])
  assert.deepEqual([code, out], [1, ''])
  assert.equal(err, 'sallyport: cannot write /nowhere/at/all.json: there is no such folder\n')
})
