import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

/** `sallyport key` as shells and scripts meet it. */

const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))

const run = (args: readonly string[], input = '') => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'key', ...args], { input, encoding: 'utf8' })
  return { status, stdout, stderr }
}

test('a new key, piped back, has the hash that was shown', () => {
  const made = run(['new', '--bytes', '24', '--prefix', 'acme-'])
  assert.deepEqual([made.status, made.stderr], [0, ''])
  const [key = ''] = made.stdout.match(/acme-[0-9A-Za-z]{33}\b/) ?? []
  const [shown = ''] = made.stdout.match(/sha256:[0-9a-f]{64}/) ?? []
  assert.deepEqual(run(['hash'], `${key}\n`), { status: 0, stdout: `${shown}\n`, stderr: '' })
})

test('wrong usage is 2, one sentence on standard error, and a key is not repeated', () => {
  for (const args of [
    ['new', '--bytes', '8'],
    ['new', '--prefix', ' '],
    ['hash', 's3cr3t'],
    ['hash', '--s3cr3t'],
  ]) {
    const { status, stdout, stderr } = run(args)
    assert.deepEqual([status, stdout], [2, ''])
    assert.match(stderr, /^sallyport: [^\n]+\n$/)
    assert.ok(!stderr.includes('s3cr3t'))
  }
})

test('what cannot be hashed is 1', () => {
  const { status, stdout, stderr } = run(['hash'])
  assert.deepEqual([status, stdout], [1, ''])
  assert.equal(stderr, 'sallyport: there is no key in the input; nothing was hashed\n')
})
