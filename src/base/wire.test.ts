import assert from 'node:assert/strict'
import net from 'node:net'
import { type TestContext, test } from 'node:test'
import { now } from './turn.ts'
import { MOST_KEPT_BYTES, wave } from './wave.ts'
import { leanWorks, takeAccepted, type Wire, type WireOwner, wrapAccepted, wrapPlain } from './wire.ts'

// Real sockets: this file is where the two ways to a socket must be shown to be one.

interface Recorder extends WireOwner {
  readonly log: string[]
  data: string
  /** Resolves once `entry` is in the log. */
  until(entry: string): Promise<void>
}

const recorder = (onData: (text: string) => void = () => {}): Recorder => {
  const log: string[] = []
  let wake = (): void => {}
  const add = (entry: string): void => {
    log.push(entry)
    wake()
  }
  const self: Recorder = {
    log,
    data: '',
    until: async entry => {
      while (!log.includes(entry)) await new Promise<void>(resolve => (wake = resolve))
    },
    onData: (buf, start, end) => {
      const text = buf.toString('latin1', start, end)
      self.data += text
      onData(text)
    },
    onDrain: () => add('drain'),
    onHeldUp: () => add('held up'),
    onEnd: () => add('end'),
    onClose: error => add(error === null ? 'close' : 'close with error'),
  }
  return self
}

interface Pair {
  readonly wire: Wire
  readonly client: net.Socket
  /** Everything the client gets; resolves when the connection is over. */
  readonly received: Promise<string>
}

const pair = async (t: TestContext, lean: boolean, owner: WireOwner): Promise<Pair> => {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const accepted = new Promise<Wire>(resolve => {
    if (lean) takeAccepted(server, handle => resolve(wrapAccepted(handle, Buffer.alloc(65_536), owner)))
    else server.on('connection', socket => resolve(wrapPlain(socket, owner)))
  })
  const { port } = server.address() as net.AddressInfo
  const client = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  const wire = await accepted
  const received = new Promise<string>(resolve => {
    let text = ''
    client.on('data', chunk => {
      text += chunk.toString('latin1')
    })
    client.on('error', () => {})
    client.on('close', () => resolve(text))
  })
  t.after(() => {
    client.destroy()
    wire.destroy()
    server.close()
  })
  return { wire, client, received }
}

/** What libuv still holds. */
const queuedBytes = (wire: Wire): number =>
  (wire.socket as unknown as { _handle: { writeQueueSize: number } | null })._handle?.writeQueueSize ?? 0

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

test('the lean way works on this Node', async () => assert.equal(await leanWorks(), true))

for (const lean of [true, false]) {
  const way = lean ? 'lean' : 'plain'

  test(`${way}: bytes in, text and bytes out, FIN both ways, closed once`, async t => {
    const owner = recorder()
    const { wire, client, received } = await pair(t, lean, owner)
    assert.equal(wire.lean, lean)
    client.end('ping')
    await owner.until('end')
    assert.equal(owner.data, 'ping')
    const buf = Buffer.from('[pong]')
    assert.equal(wire.write(buf, 1, 5), true)
    assert.equal(wire.writeText('\u00e9'), true)
    wire.end()
    assert.equal(await received, 'pong\u00e9')
    await owner.until('close')
    assert.deepEqual(owner.log, ['end', 'close'])
    assert.equal(wire.closed, true)
  })

  test(`${way}: a write that is not taken whole is lent until drained`, async t => {
    const owner = recorder()
    const { wire, client, received } = await pair(t, lean, owner)
    client.pause()
    const big = Buffer.alloc(16 << 20, 'x')
    assert.equal(wire.write(big, 0, big.length), false)
    assert.equal(wire.pending, true)
    await turn()
    assert.deepEqual(owner.log, [])
    client.resume()
    await owner.until('drain')
    assert.equal(wire.pending, false)
    assert.equal(wire.writeText('!'), true)
    wire.end()
    client.end()
    const text = await received
    assert.equal(text.length, big.length + 1)
    assert.deepEqual(owner.log.filter(entry => entry === 'drain').length, 1)
  })

  test(`${way}: a write behind one that was not taken is lent until both are drained`, async t => {
    const owner = recorder()
    const { wire, client, received } = await pair(t, lean, owner)
    client.pause()
    const big = Buffer.alloc(16 << 20, 'x')
    assert.equal(wire.write(big, 0, big.length), false)
    assert.equal(wire.write(big, 0, big.length), false)
    client.resume()
    await owner.until('drain')
    assert.equal(wire.socket.writableLength + queuedBytes(wire), 0)
    wire.end()
    client.end()
    assert.equal((await received).length, 2 * big.length)
    assert.equal(owner.log.filter(entry => entry === 'drain').length, 1)
  })

  test(`${way}: paused, nothing is read; resumed, all of it`, async t => {
    let wire: Wire | null = null
    const owner = recorder(() => wire!.pause())
    const it = await pair(t, lean, owner)
    wire = it.wire
    it.client.write('one')
    while (owner.data === '') await turn()
    await new Promise<void>(resolve => it.client.end('two', resolve))
    for (let i = 0; i < 20; i++) await turn()
    assert.deepEqual([owner.data, owner.log], ['one', []])
    wire.resume()
    while (owner.data === 'one') await turn()
    wire.resume()
    await owner.until('end')
    assert.equal(owner.data, 'onetwo')
  })

  test(`${way}: a reset by the client closes with an error, and later writes vanish`, async t => {
    const owner = recorder()
    const { wire, client } = await pair(t, lean, owner)
    client.resetAndDestroy()
    await owner.until('close with error')
    assert.equal(wire.writeText('late'), true)
    assert.equal(wire.pending, false)
    assert.deepEqual(owner.log, ['close with error'])
  })

  test(`${way}: a write that fails closes the wire, even where nobody reads`, async t => {
    const owner = recorder()
    const { wire, client } = await pair(t, lean, owner)
    wire.pause()
    client.resetAndDestroy()
    for (let i = 0; i < 20; i++) await turn()
    // Node reads on for a while after `pause` of a plain socket, and may find out by itself.
    if (lean) assert.deepEqual(owner.log, [])
    wire.writeText('into the void')
    await owner.until('close with error')
    assert.deepEqual(owner.log, ['close with error'])
  })

  test(`${way}: destroyed, the owner hears of it once and drains no more`, async t => {
    const owner = recorder()
    const { wire, client } = await pair(t, lean, owner)
    client.pause()
    const big = Buffer.alloc(16 << 20)
    assert.equal(wire.write(big, 0, big.length), false)
    wire.destroy()
    await owner.until('close')
    await turn()
    assert.deepEqual(owner.log, ['close'])
  })
}

test('reset: the other side sees no orderly end', async t => {
  const owner = recorder()
  const { wire, client } = await pair(t, true, owner)
  const failed = new Promise<string>(resolve =>
    client.on('error', error => resolve((error as { code?: string }).code!)),
  )
  wire.reset()
  assert.equal(await failed, 'ECONNRESET')
})

test('reset while its FIN waits behind what nobody reads: it is closed all the same', async t => {
  const owner = recorder()
  const { wire, client } = await pair(t, true, owner)
  client.pause()
  const big = Buffer.alloc(16 << 20)
  assert.equal(wire.write(big, 0, big.length), false)
  wire.end()
  await turn()
  wire.reset()
  await owner.until('close')
  assert.deepEqual(owner.log, ['close'])
})

/** As if dozens of connections were read from in each turn. */
const makeBusy = async (): Promise<void> => {
  for (let i = 0; i < 100; i++) wave.read(now())
  await turn()
  assert.equal(wave.isBusy, true)
}

test('busy: the end of a message waits for that of the turn, and what is written after it stays behind it', async t => {
  const owner = recorder()
  const { wire, client, received } = await pair(t, true, owner)
  await makeBusy()
  const buf = Buffer.from('[one]')
  assert.equal(wire.writeSoon(buf, 1, 4), true)
  buf.fill('?')
  assert.equal(wire.socket.bytesWritten, 0)
  assert.equal(wire.writeTextSoon('\u00e9'), true)
  assert.equal(wire.writeText('two'), true)
  await turn()
  await makeBusy()
  assert.equal(wire.writeTextSoon('three'), true)
  await turn()
  assert.equal(wire.socket.bytesWritten, 'one\u00e9twothree'.length)
  wire.end()
  client.end()
  assert.equal(await received, 'one\u00e9twothree')
  assert.equal(owner.log.includes('drain'), false)
})

test('busy: what waits goes out before an end, and is not lost to a close', async t => {
  for (const close of ['end', 'destroy'] as const) {
    const { wire, client, received } = await pair(t, true, recorder())
    await makeBusy()
    wire.writeTextSoon('all of it')
    wire[close]()
    client.end()
    assert.equal(await received, 'all of it')
  }
})

test('busy: what was given up while it waited is not sent, and what comes after it is', async t => {
  const { wire, client, received } = await pair(t, true, recorder())
  await makeBusy()
  wire.writeTextSoon('given up')
  assert.equal(wire.isOut, false)
  wire.dropWaiting()
  assert.equal(wire.isOut, true)
  wire.writeTextSoon('sent')
  await turn()
  wire.end()
  client.end()
  assert.equal(await received, 'sent')
})

test('busy: a reset closes, and nothing is sent after it', async t => {
  const owner = recorder()
  const { wire } = await pair(t, true, owner)
  await makeBusy()
  wire.writeTextSoon('counts as given')
  wire.reset()
  assert.equal(wire.writeTextSoon('never'), true)
  await owner.until('close')
})

test('busy: whoever reads nothing gets every byte later, and nobody else any of them', async t => {
  const owner = recorder()
  const slow = await pair(t, true, owner)
  const other = await pair(t, true, recorder())
  slow.client.pause()
  let sent = 0
  const message = (n: number): Buffer => Buffer.alloc(MOST_KEPT_BYTES, `<${n}>`)
  while (!slow.wire.pending) {
    await makeBusy()
    const buf = message(sent++)
    assert.equal(slow.wire.writeSoon(buf, 0, buf.length), true)
    buf.fill('?')
    other.wire.writeTextSoon('.')
    await turn()
  }
  for (let i = 0; i < 100; i++) {
    await makeBusy()
    const buf = Buffer.alloc(MOST_KEPT_BYTES, '.')
    other.wire.writeSoon(buf, 0, buf.length)
    await turn()
  }
  slow.client.resume()
  await owner.until('drain')
  slow.wire.end()
  slow.client.end()
  other.wire.end()
  other.client.end()
  const expected = Buffer.concat(Array.from({ length: sent }, (_, n) => message(n)))
  assert.ok((await slow.received) === expected.toString('latin1'))
  assert.match(await other.received, /^\.+$/)
})
