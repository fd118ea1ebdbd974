import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { onSignals } from './signals.ts'

const world = () => {
  const seen: string[] = []
  const source = new EventEmitter()
  let now = 0
  const disconnect = onSignals(
    { reload: () => seen.push('reload'), stop: signal => seen.push(`stop ${signal}`) },
    {
      process: source as unknown as NodeJS.Process,
      exit: code => seen.push(`exit ${code}`),
      now: () => now,
    },
  )
  const send = (signal: string, at: number): void => {
    now = at
    source.emit(signal)
  }
  return { seen, send, source, disconnect }
}

test('SIGHUP reloads, the first SIGTERM stops, a second signal ends at once', () => {
  const { seen, send } = world()
  send('SIGHUP', 0)
  send('SIGTERM', 1)
  send('SIGTERM', 2)
  send('SIGINT', 3)
  assert.deepEqual(seen, ['reload', 'stop SIGTERM', 'exit 143', 'exit 130'])
})

test('one Ctrl-C that arrives twice is one', () => {
  const { seen, send } = world()
  send('SIGINT', 0)
  send('SIGINT', 20)
  assert.deepEqual(seen, ['stop SIGINT'])
  send('SIGINT', 500)
  assert.deepEqual(seen, ['stop SIGINT', 'exit 130'])
})

test('disconnecting leaves no handler', () => {
  const { source, disconnect } = world()
  disconnect()
  assert.deepEqual(source.eventNames(), [])
})
