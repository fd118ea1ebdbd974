import assert from 'node:assert/strict'
import { mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readFromDisk } from './disk.ts'
import { reasonOf } from './outside.ts'

test('only what can be meant as text is read, and the reason is in words', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-disk-'))
  t.after(() => rm(folder, { recursive: true }))
  const at = (name: string): string => join(folder, name)
  await writeFile(at('text'), 'grüße\n')
  await writeFile(at('binary'), Uint8Array.of(0x61, 0xff, 0x00, 0xc0))
  await writeFile(at('huge'), '')
  await truncate(at('huge'), 17 * 1024 * 1024)
  await symlink('loop', at('loop'))
  assert.equal(await readFromDisk(at('text')), 'grüße\n')
  const reason = (file: string): Promise<string> => readFromDisk(file).then(text => `read ${text.length}`, reasonOf)
  assert.equal(await reason(at('binary')), 'it is not text in UTF-8')
  assert.equal(await reason(at('huge')), 'it is larger than 16 MiB')
  assert.equal(await reason(at('loop')), 'it is a link that leads back to itself')
  assert.equal(await reason(at('none')), 'there is no such file')
  assert.equal(await reason(at('text/below')), 'part of the path is not a directory')
  assert.equal(await reason(at('x'.repeat(300))), 'its name is too long')
  assert.equal(await reason(folder), 'it is a directory')
  assert.equal(await reason('/dev/null'), 'it is no ordinary file')
  assert.equal(reasonOf(Object.assign(new Error('EACCES: open'), { code: 'EACCES' })), 'permission denied')
})
