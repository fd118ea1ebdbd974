import assert from 'node:assert/strict'
import { fstatSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createLogDescriptor } from '../telemetry/direct-log.ts'
import { createAccessOutput } from './access-output.ts'

const log = { info: () => {}, warn: () => {}, error: () => {} }

test('a rotation that ends after a reload went to another file does not send workers back', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-access-'))
  t.after(() => rm(folder, { recursive: true }))
  const [one, other] = [join(folder, 'one'), join(folder, 'other')]
  const fd = createLogDescriptor()
  const output = createAccessOutput(log, () => {}, fd)
  await (await output.prepare({ format: 'json', to: one })).commit()
  const isShown = (path: string): boolean => fstatSync(Atomics.load(fd, 0)).ino === statSync(path).ino
  assert.ok(isShown(one))
  // The second waits until workers have let go of the file before the first.
  const reopened = [output.reopen(), output.reopen()]
  const next = await output.prepare({ format: 'json', to: other })
  await next.commit()
  await Promise.all(reopened)
  assert.ok(isShown(other))
  await output.close()
  assert.equal(Atomics.load(fd, 0), -1)
})
