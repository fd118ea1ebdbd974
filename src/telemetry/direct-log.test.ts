import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createLogDescriptor, directLog } from './direct-log.ts'

const setup = (t: TestContext) => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-direct-'))
  const file = join(folder, 'access.log')
  const opened = openSync(file, 'a')
  t.after(() => {
    closeSync(opened)
    rmSync(folder, { recursive: true })
  })
  const fd = createLogDescriptor()
  const handedOn: string[] = []
  const log = directLog(fd, lines => void handedOn.push(lines))
  return {
    fd,
    opened,
    handedOn,
    write: (lines: string) => log(Buffer.from(lines)),
    text: () => readFileSync(file, 'utf8'),
  }
}

test('lines go to the descriptor that the main thread set, else to the main thread', t => {
  const { fd, opened, handedOn, write, text } = setup(t)
  write('one\n')
  Atomics.store(fd, 0, opened)
  write('two é\n')
  Atomics.store(fd, 0, -1)
  write('three\n')
  assert.deepEqual([handedOn, text()], [['one\n', 'three\n'], 'two é\n'])
})

test('a batch larger than any room arrives whole', t => {
  const { fd, opened, write, text } = setup(t)
  Atomics.store(fd, 0, opened)
  const lines = `${'é'.repeat(200_000)}\n`
  write(lines)
  assert.equal(text(), lines)
})

test('what cannot be written is handed on, and nothing is thrown', t => {
  const { fd, handedOn, write } = setup(t)
  const closed = openSync('/dev/null', 'r')
  Atomics.store(fd, 0, closed)
  write('lost?\n')
  closeSync(closed)
  assert.deepEqual(handedOn, ['lost?\n'])
})
