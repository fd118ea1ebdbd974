import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:net'
import { after, test } from 'node:test'
import { bindAlone, bindProblem, claimListeners } from './bind.ts'
import { emptySpec, listenerOn } from './testing/specs.ts'

const servers: Server[] = []
after(() => Promise.all(servers.map(server => new Promise(resolve => server.close(resolve)))))

const occupied = async (): Promise<number> => {
  const server = createServer()
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return address.port
}

const specOn = (...ports: number[]) => ({ ...emptySpec, listeners: ports.map((port, i) => listenerOn(port, `l${i}`)) })

test('port 0 becomes a real one, each its own', async () => {
  const { listeners } = await claimListeners(specOn(0, 0))
  const ports = listeners.map(listener => listener.port)
  assert.ok(ports.every(port => port > 0))
  assert.equal(new Set(ports).size, 2)
})

test('a port in use is named', async () => {
  const port = await occupied()
  await assert.rejects(claimListeners(specOn(port)), {
    message: `port ${port} on 127.0.0.1 is already in use (listener "l0")`,
  })
})

test('what is held already is not tried again, whatever its name or host', async () => {
  const port = await occupied()
  const held = [listenerOn(port, 'old')]
  assert.equal((await claimListeners(specOn(port), held)).listeners[0]!.port, port)
  const everywhere = { ...emptySpec, listeners: [listenerOn(port, 'old', '0.0.0.0')] }
  assert.equal((await claimListeners(everywhere, held)).listeners[0]!.port, port)
})

test('port 0 stays where it was after a reload', async () => {
  const held = [listenerOn(40_404, 'l0')]
  assert.equal((await claimListeners(specOn(0), held)).listeners[0]!.port, 40_404)
})

test('bindAlone lets go of the port', async () => {
  const port = await bindAlone({ host: '127.0.0.1', port: 0 }, 'a test')
  assert.equal(await bindAlone({ host: '127.0.0.1', port }, 'a test'), port)
})

test('every way to fail is one sentence', () => {
  const say = (code: string): string =>
    bindProblem(Object.assign(new Error('raw'), { code }), { host: '10.1.2.3', port: 80 }, 'listener "web"')
  assert.equal(say('EACCES'), 'port 80 on 10.1.2.3 may not be used without more rights (listener "web")')
  assert.equal(say('EADDRNOTAVAIL'), '10.1.2.3 is not an address of this machine (listener "web")')
  assert.equal(say('EOTHER'), 'cannot listen on 10.1.2.3:80 (listener "web"): raw')
})
