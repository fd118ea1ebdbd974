import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { whyNotWritten, writeWhole } from './write-file.ts'

const folderFor = async (t: TestContext): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-write-'))
  t.after(() => rm(folder, { recursive: true }))
  return folder
}

test('what is there stays unless it is to be replaced; nothing else is left', async t => {
  const folder = await folderFor(t)
  const file = join(folder, 'a.yaml')
  await writeWhole(file, 'one', false)
  await assert.rejects(writeWhole(file, 'two', false), error => whyNotWritten(error) === 'it is there already')
  assert.equal(await readFile(file, 'utf8'), 'one')
  await writeWhole(file, 'three', true)
  assert.equal(await readFile(file, 'utf8'), 'three')
  assert.deepEqual(await readdir(folder), ['a.yaml'])
})

test('of several at once, one writes', async t => {
  const file = join(await folderFor(t), 'a.yaml')
  const tries = await Promise.allSettled(['a', 'b', 'c'].map(text => writeWhole(file, text, false)))
  assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 1)
})

test('a folder in its place: nothing is left behind', async t => {
  const folder = await folderFor(t)
  await mkdir(join(folder, 'a.yaml'))
  await assert.rejects(writeWhole(join(folder, 'a.yaml'), 'text', true))
  assert.deepEqual(await readdir(folder), ['a.yaml'])
})
