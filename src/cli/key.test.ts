import assert from 'node:assert/strict'
import { hash, randomBytes } from 'node:crypto'
import { PassThrough, Readable } from 'node:stream'
import { test } from 'node:test'
import { keyHash } from './key-hash.ts'
import { keyNew } from './key-new.ts'
import { weaknessOf } from './key-weakness.ts'

const sha = (text: string | Buffer): string => `sha256:${hash('sha256', text, 'hex')}`

const made = (bytes: number, prefix: string, random: (count: number) => Uint8Array = randomBytes): string => {
  let out = ''
  assert.equal(keyNew({ bytes, prefix }, { stdout: { write: text => (out += text) }, randomBytes: random }), 0)
  return out
}

const keyIn = (out: string): string => out.split('\n')[2]?.trim() ?? ''

test('new: the key once, and lines to paste', () => {
  const out = made(32, 'sp_', count => new Uint8Array(count).map((_, i) => i))
  const key = 'sp_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg'
  assert.equal(
    out,
    `Key, for the client; it is not stored and not shown again:

  ${key}

Its hash, for the configuration:

consumers:
  my-client:
    keys: ["${sha(key)}"]
`,
  )
})

test('new: length follows from the number of bytes, the prefix may be empty', () => {
  assert.equal(keyIn(made(20, '')).length, 27)
  assert.equal(keyIn(made(256, 'x'.repeat(32))).length, 344 + 32)
  assert.match(keyIn(made(32, '')), /^[0-9A-Za-z]{43}$/)
  assert.notEqual(keyIn(made(32, '')), keyIn(made(32, '')))
})

test('new: bytes that would make some characters likelier are not used', () => {
  let calls = 0
  const out = made(20, '', count => new Uint8Array(count).fill(calls++ === 0 ? 248 : 247))
  assert.equal(keyIn(out), 'z'.repeat(27))
})

test('new: what cannot be is said', () => {
  for (const bytes of [19, 257, 20.5, Number.NaN]) {
    assert.throws(() => made(bytes, ''), { message: '--bytes takes a whole number from 20 to 256', exitCode: 2 })
  }
  for (const prefix of ['a b', 'é', 'x'.repeat(33), 'a\n']) {
    assert.throws(() => made(32, prefix), { exitCode: 2 })
  }
})

const hashed = async (input: string | Buffer | readonly Buffer[], args: readonly string[] = []) => {
  let [out, err] = ['', '']
  const stdin = Readable.from(typeof input === 'string' || Buffer.isBuffer(input) ? [Buffer.from(input)] : input)
  const stdout = { write: (text: string) => (out += text) }
  const stderr = { write: (text: string) => (err += text) }
  const code = await keyHash(args, { stdin, stdout, stderr })
  return { code, out, err }
}

const GOOD = 'sp_0cX3vN8qTzR5mK1wYb7uJd2LhG9aEf4PsQiVxBnMtZo'

test('hash: nothing but the hash; one line end is cut', async () => {
  for (const end of ['', '\n', '\r\n']) {
    assert.deepEqual(await hashed(GOOD + end), { code: 0, out: `${sha(GOOD)}\n`, err: '' })
  }
  assert.equal((await hashed([Buffer.from(GOOD.slice(0, 9)), Buffer.from(GOOD.slice(9))])).out, `${sha(GOOD)}\n`)
})

test('hash: what key new makes has the hash it shows, and no warning', async () => {
  for (let i = 0; i < 50; i++) {
    // The same 50 keys each time: one in ten thousand looks like words.
    const out = made(20, 'sp_', () => hash('sha256', String(i), 'buffer'))
    const result = await hashed(keyIn(out))
    assert.equal(result.err, '')
    assert.ok(out.includes(result.out.trim()))
  }
})

test('hash: not from the command line, and the key is not repeated', async () => {
  await assert.rejects(hashed('', [GOOD]), (error: Error & { exitCode: number }) => {
    assert.equal(error.exitCode, 2)
    assert.match(error.message, /shells remember/)
    assert.ok(!error.message.includes(GOOD))
    return true
  })
})

for (const [what, input, message] of [
  ['nothing', '', /there is no key/],
  ['an empty line', '\n', /there is no key/],
  ['two lines', `${GOOD}\n\n`, /more than one line/],
  ['a lone CR at the end', `${GOOD}\r`, /more than one line/],
  ['a tab', `${GOOD}\t${GOOD}`, /control characters/],
  ['a space behind', `${GOOD} `, /begins or ends with a space/],
  ['a space before', ` ${GOOD}\n`, /begins or ends with a space/],
  ['too long', 'x'.repeat(513), /longer than 512 bytes/],
  ['far too long', 'x'.repeat(1_000_000), /longer than 512 bytes/],
  ['a hash', `sha256:${'0a'.repeat(32)}`, /a hash already/],
] as const) {
  test(`hash: refused: ${what}`, async () => {
    await assert.rejects(hashed(input), error => {
      assert.ok(error instanceof Error && 'exitCode' in error)
      assert.match(error.message, message)
      assert.match(error.message, /; nothing was hashed$/)
      assert.equal(error.exitCode, 1)
      return true
    })
  })
}

test('hash: a key of 512 bytes, and one beyond ASCII, by its bytes', async () => {
  const long = randomBytes(256).toString('hex')
  assert.equal((await hashed(`${long}\r\n`)).out, `${sha(long)}\n`)
  const odd = await hashed(`${GOOD}ü`)
  assert.equal(odd.out, `${sha(`${GOOD}ü`)}\n`)
  assert.match(odd.err, /more than ASCII/)
  const latin1 = Buffer.from(`${GOOD}ü`, 'latin1')
  assert.equal((await hashed(latin1)).out, `${sha(latin1)}\n`)
})

test('hash: from a terminal, one line that is not shown', async () => {
  let [out, err] = ['', '']
  const stdin = Object.assign(new PassThrough(), { isTTY: true })
  const result = keyHash([], {
    stdin,
    stdout: { write: text => (out += text) },
    stderr: { write: text => (err += text) },
  })
  stdin.write(`${GOOD}x\x7f\r`)
  assert.equal(await result, 0)
  assert.deepEqual([out, err], [`${sha(GOOD)}\n`, 'Key (not shown): \n'])
})

for (const [what, keys] of [
  ['Ctrl-C', '\x03'],
  ['Ctrl-D', '\x04'],
] as const) {
  test(`hash: ${what} at a terminal ends it`, async () => {
    const stdin = Object.assign(new PassThrough(), { isTTY: true })
    const quiet = { write: () => true }
    const result = keyHash([], { stdin, stdout: { write: () => assert.fail() }, stderr: quiet })
    stdin.write(keys)
    await assert.rejects(result, { message: 'no key was typed; nothing was hashed' })
  })
}

test('hash: no more is read than is needed to see that it is too much', async () => {
  let read = 0
  const endless = Readable.from(
    (function* () {
      for (;;) {
        read++
        yield Buffer.alloc(100, 'x')
      }
    })(),
    { highWaterMark: 1 },
  )
  const quiet = { write: () => assert.fail() }
  await assert.rejects(keyHash([], { stdin: endless, stdout: quiet, stderr: quiet }), /longer than 512 bytes/)
  assert.ok(read < 20)
})

test('hash: a key that can be guessed is hashed, with a warning', async () => {
  const { code, out, err } = await hashed('hunter2')
  assert.deepEqual([code, out], [0, `${sha('hunter2')}\n`])
  assert.equal(
    err,
    'sallyport: warning: this key can be guessed: it is shorter than 20 characters; "sallyport key new" makes one that cannot\n',
  )
})

for (const [key, weakness] of [
  ['Tr0ub4dor&3', 'it is shorter than 20 characters'],
  ['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'it repeats a few characters'],
  ['abcabcabcabcabcabcabcabcabcabc', 'it repeats a few characters'],
  ['00000000-0000-0000-0000-000000000000', 'it repeats a few characters'],
  ['xxxxxxxxxxxxxxxxxxxxxxxx', 'it repeats a few characters'],
  ['correct-horse-battery-staple', 'it is made of words'],
  ['thisismyverysecretkeyforproduction', 'it is made of words'],
  ['change-me-change-me-change-me-32b', 'it is made of'],
  ['your-api-key-goes-here', 'it is made of'],
  ['P4ssw0rd-P4ssw0rd-2024!', 'it is made of'],
  ['abcdefghijklmnopqrstuvwxyz0123456789', 'it is made of'],
  ['0123456789abcdef0123456789abcdef', 'it is made of'],
  ['12345678901234567890123456789012', 'it is made of'],
  ['qwertyuiopasdfghjklzxcvbnm', 'it is made of'],
  ['a8Kd0mQz'.repeat(6), 'it is made of'],
  ['$3cr3t_t0k3n_4dm1n_W3lc0me', 'it is made of'],
  ['summer2024winter2025test', 'it is made of'],
  ['31415926535897932384', 'it is made of'],
  ['test_api_key_1234567890', 'it is made of'],
] as const) {
  test(`weak: ${key}`, () => assert.equal(weaknessOf(key)?.slice(0, weakness.length), weakness))
}

test('strong: random keys in the usual forms', () => {
  const forms: readonly ((bytes: Buffer) => string)[] = [
    bytes => bytes.subarray(0, 16).toString('hex'),
    bytes => bytes.toString('hex'),
    bytes => bytes.toString('base64url'),
    bytes => `sp_live_${bytes.subarray(0, 20).toString('base64url')}`,
    bytes =>
      bytes
        .subarray(0, 16)
        .toString('hex')
        .replace(/^(.{8})(....)(....)(....)/, '$1-$2-$3-$4-'),
  ]
  // Not new ones each time: one in ten thousand looks like words.
  for (let seed = 0; seed < 1000; seed++) {
    for (const form of forms) {
      const key = form(hash('sha256', String(seed), 'buffer'))
      assert.equal(weaknessOf(key), undefined, key)
    }
  }
})
