import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { watchFiles } from '../src/config/watch.ts'

const folder = async (t: TestContext): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'sallyport-'))
  t.after(() => rm(path, { recursive: true }))
  return path
}

/** Resolves at the next change. */
const follow = (t: TestContext, file: string): (() => Promise<void>) => {
  let changed = (): void => {}
  const watch = watchFiles([file], () => changed(), { settleMs: 20, pollMs: 0 })
  t.after(() => watch.close())
  return () =>
    new Promise(resolve => {
      changed = resolve
    })
}

test('a file that is written over, and one that is replaced', async t => {
  const directory = await folder(t)
  const file = join(directory, 'sallyport.yaml')
  await writeFile(file, 'a')
  const next = follow(t, file)
  const first = next()
  await writeFile(file, 'b')
  await first
  const second = next()
  await writeFile(`${file}.new`, 'c')
  await rename(`${file}.new`, file)
  await second
})

test('a ConfigMap: the link beside the file is swapped, twice', async t => {
  const directory = await folder(t)
  for (const version of ['v1', 'v2', 'v3']) {
    await mkdir(join(directory, version))
    await writeFile(join(directory, version, 'sallyport.yaml'), version)
  }
  await symlink('v1', join(directory, '..data'))
  const file = join(directory, 'sallyport.yaml')
  await symlink('..data/sallyport.yaml', file)
  const next = follow(t, file)
  for (const version of ['v2', 'v3']) {
    const change = next()
    await symlink(version, join(directory, '..tmp'))
    await rename(join(directory, '..tmp'), join(directory, '..data'))
    await change
  }
})
