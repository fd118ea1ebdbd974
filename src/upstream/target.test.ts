import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TIMEOUTS, UNLIMITED } from '../spec/testing.ts'
import { TargetState } from './target.ts'
import { endpoint, fakeWorld, gauge } from './testing.ts'

const targetWith = (open: number) => {
  const connections = gauge()
  const meter = { inFlight: gauge(), connections, record() {}, fail() {} }
  const options = { endpoint: endpoint('t'), timeouts: TIMEOUTS, connections: { ...UNLIMITED, open } }
  return { target: new TargetState(options, fakeWorld(), meter), connections }
}

test('a connection that is to be opened counts before it is, so that no other worker opens it too', () => {
  const { target, connections } = targetWith(2)
  connections.add(1)
  assert.equal(target.reserve(), true)
  assert.equal(connections.total(), 2)
})

test('one that would be too many is not counted', () => {
  const { target, connections } = targetWith(2)
  connections.add(2)
  assert.equal(target.reserve(), false)
  target.release()
  assert.equal(connections.total(), 2)
})

test('what was reserved and is not needed is given back once', () => {
  const { target, connections } = targetWith(1)
  assert.equal(target.reserve(), true)
  target.release()
  target.release()
  assert.equal(connections.total(), 0)
  assert.equal(target.reserve(), true)
})

test('without a bound nothing is counted before it is there', () => {
  const { target, connections } = targetWith(0)
  assert.equal(target.reserve(), true)
  assert.equal(connections.total(), 0)
})
