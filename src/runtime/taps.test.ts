import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Exchange } from '../core/exchange.ts'
import { Reply } from '../core/reply.ts'
import { logTap } from './taps.ts'

test('a line has the time of day when its request ended; that the clock was set shows within a tenth of a second', () => {
  let now = 500
  let wall = 1_800_000_000_000
  const times: number[] = []
  const tap = logTap(
    { write: entry => times.push(entry.at), writeWithBranches() {} },
    { now: () => now, wall: () => wall },
  )
  const after = (ms: number, set = 0): void => {
    now += ms
    wall += ms + set
    tap(new Exchange(), new Reply(200))
  }
  after(0)
  after(0.25)
  after(99)
  after(0.5, 3_600_000)
  after(0.5)
  after(1000)
  const start = 1_800_000_000_000
  assert.deepEqual(times, [
    start,
    start + 0.25,
    start + 99.25,
    start + 99.75,
    start + 3_600_100.25,
    start + 3_601_100.25,
  ])
})
