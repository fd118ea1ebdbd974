import assert from 'node:assert/strict'
import { test } from 'node:test'
import { takeTurns } from './turns.ts'

test('one runs at a time, from the first on, until all have ended', async () => {
  const log: string[] = []
  const running = new Set<string>()
  const left = new Map([
    ['a', 2],
    ['b', 1],
  ])
  let end = (): void => {}
  const ended = new Promise<void>(resolve => (end = resolve))
  const processOf = (name: string) => ({
    kill(signal: string | number | undefined): boolean {
      if (left.get(name) === 0) return false
      if (signal === 'SIGCONT') {
        assert.equal(running.size, 0)
        running.add(name)
        log.push(name)
      } else if (running.delete(name)) {
        left.set(name, left.get(name)! - 1)
        if ([...left.values()].every(n => n === 0)) end()
      }
      return true
    },
  })
  await takeTurns([processOf('a'), processOf('b')], 1, ended, () => new Promise(resolve => setImmediate(resolve)))
  assert.deepEqual(log, ['b', 'a', 'a'])
})

test('one that fails ends the turns', async () => {
  let kills = 0
  const child = { kill: () => ++kills > 0 }
  await takeTurns([child], 0, Promise.reject(new Error('no wrk')), () => new Promise(() => {}))
  assert.ok(kills >= 2)
})
