import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { targetsFile } from './targets-file.ts'

const read = (text: string, path = '/etc/targets.yaml') => targetsFile({ readText: async () => text }).read(path)

const briefly = async (text: string, path?: string) =>
  (await read(text, path)).map(({ url, weight, priority }) => `${url} ${weight} ${priority}`)

const YAML = '- http://10.0.0.1:80\n- { url: "https://b.example/v2/", weight: 3, priority: 1 }\n'

test('a list in YAML holds URLs, or maps with weight and priority', async () => {
  assert.deepEqual(await briefly(YAML), ['http://10.0.0.1:80 1 0', 'https://b.example/v2/ 3 1'])
  const [, second] = await read(YAML)
  const { tls, host, port, authority, basePath } = second!
  assert.deepEqual([tls, host, port, authority, basePath], [true, 'b.example', 443, 'b.example', '/v2'])
})

test('a list in JSON says the same, with a byte order mark too', async () => {
  const json = '\uFEFF["http://10.0.0.1:80", {"url": "https://b.example/v2/", "weight": 3, "priority": 1}]'
  assert.deepEqual(await read(json, '/etc/targets.json'), await read(YAML))
})

const MISTAKES: readonly [name: string, text: string, told: RegExp][] = [
  ['empty', '', /expected a list, found nothing \(\/etc\/targets\.yaml:1:1\)/],
  ['more than anybody needs', `- ${'x'.repeat(1024 * 1024)}`, /is larger than 1 MiB \(.*:1:1\)/],
  ['an empty list', '[]', /expected at least one, found an empty list \(\/etc\/targets\.yaml:1:1\)/],
  ['a map', 'endpoints: [http://a]', /expected a list, found a map \(.*:1:1\)/],
  ['no YAML', '- [http://a', /\(\/etc\/targets\.yaml:1:\d+\)/],
  ['a weight of 0', '- http://a\n- { url: http://b, weight: 0 }', /\[1\]\.weight: expected .*, found 0 \(.*:2:28\)/],
  ['a mistyped key', '- { url: http://b, wieght: 2 }', /\[0\]\.wieght: unknown key; did you mean "weight"\?/],
  ['no URL', '- 10.0.0.1:80', /\[0\]: expected a URL such as .* \(.*:1:3\)/],
  ['a password', '- http://ann:s3cret@a', /\[0\]: must not hold a user name or password \(.*:1:3\)/],
  ['the same twice', '- http://a\n- http://a', /\[1\]: is the same target as \[0\] \(.*:2:3\)/],
  ['the same key twice', '- { url: http://a, url: http://b }', /this key is there twice/],
]

for (const [name, text, told] of MISTAKES) {
  test(`refused with its place: ${name}`, async () => {
    await assert.rejects(read(text), error => {
      assert.ok(error instanceof Error)
      assert.match(error.message, told)
      assert.doesNotMatch(error.message, /s3cret/)
      return true
    })
  })
}

test('what is no JSON is refused though YAML would take it', async () => {
  await assert.rejects(read("['http://a']", '/etc/targets.json'), /is not JSON.*\(\/etc\/targets\.json:1:1\)/)
})

test('of many mistakes the first are told', async () => {
  await assert.rejects(read('- bad\n'.repeat(50)), error => {
    assert.ok(error instanceof Error)
    assert.match(error.message, /^\[0\].*\[4\].*, and 45 more$/)
    return true
  })
})

test('a file that cannot be read is named, with the reason', async () => {
  const gone = targetsFile().read('/no/such/targets.yaml')
  await assert.rejects(gone, { message: 'cannot read /no/such/targets.yaml: there is no such file' })
})

test('a file on disk is watched until that is stopped', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-targets-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'targets.yaml')
  writeFileSync(path, YAML)
  const changed = Promise.withResolvers<void>()
  const files = targetsFile({ settleMs: 1, pollMs: 20 })
  const stop = files.watch(path, changed.resolve)
  writeFileSync(path, '- http://c\n')
  // The watch's own timers keep no process alive.
  const alive = setInterval(() => {}, 1000)
  await changed.promise
  clearInterval(alive)
  stop()
  assert.deepEqual(
    (await files.read(path)).map(({ url }) => url),
    ['http://c'],
  )
})
