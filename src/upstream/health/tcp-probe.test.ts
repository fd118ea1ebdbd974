import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { ask, probedAt, served } from '../testing/probing.ts'
import { probeTarget } from './probe-target.ts'

const TCP = { kind: 'tcp' } as const

test('whoever listens is well, says it something or nothing, and the connection is closed', async t => {
  for (const says of ['', 'SSH-2.0\r\n']) {
    const server = await served(
      t,
      createServer(socket => void socket.resume().write(says)),
    )
    assert.equal(await ask(probedAt(server.port, TCP)), null)
    await server.quiet()
  }
})

test('a target of https is connected to, and that is all', async t => {
  const server = await served(t, createServer())
  assert.equal(await ask(probedAt(server.port, TCP, { tls: true })), null)
})

test('nobody listens', async t => {
  const server = await served(t, createServer())
  await server.close()
  assert.equal(await ask(probedAt(server.port, TCP)), 'refused the connection')
})

test('another port may be asked', async t => {
  const server = await served(t, createServer())
  assert.equal(await ask(probedAt(1, TCP, {}, { port: server.port })), null)
})

test('a probe that is given up before it is connected connects to nobody', async t => {
  let connections = 0
  const server = await served(
    t,
    createServer(socket => {
      connections++
      socket.resume()
    }),
  )
  let told = 0
  probeTarget(probedAt(server.port, TCP), () => void told++)()
  assert.equal(told, 0)
  await ask(probedAt(server.port, TCP))
  await server.quiet()
  assert.ok(connections <= 2)
})
