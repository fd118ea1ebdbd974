import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { lstat, mkdir, mkdtemp, open, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
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

test('what is no file is written to and stays what it is', { skip: process.platform === 'win32' }, async t => {
  const folder = await folderFor(t)
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  // Open both ways, so that nobody waits for the other end.
  const ends = await open(pipe, 'r+')
  t.after(() => ends.close())
  await writeWhole(pipe, 'text', true)
  assert.equal((await ends.read(Buffer.alloc(4))).buffer.toString(), 'text')
  assert.ok((await lstat(pipe)).isFIFO())
  assert.deepEqual(await readdir(folder), ['pipe'])
})

test('of a link, the file that it names is replaced', async t => {
  const folder = await folderFor(t)
  await writeFile(join(folder, 'real.yaml'), 'one')
  await symlink('real.yaml', join(folder, 'link.yaml'))
  await writeWhole(join(folder, 'link.yaml'), 'two', true)
  assert.ok((await lstat(join(folder, 'link.yaml'))).isSymbolicLink())
  assert.equal(await readFile(join(folder, 'real.yaml'), 'utf8'), 'two')
  assert.deepEqual((await readdir(folder)).toSorted(), ['link.yaml', 'real.yaml'])
})
