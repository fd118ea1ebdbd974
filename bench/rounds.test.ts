import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Peer } from './peer.ts'
import { PEERS } from './peers.ts'
import { type Cell, measureRounds, setsOf } from './rounds.ts'
import { WORKS } from './works.ts'

const peersOf = (...names: readonly string[]): readonly Peer[] => PEERS.filter(peer => names.includes(peer.name))
const namesOf = (sets: readonly (readonly Peer[])[]): string[][] => sets.map(set => set.map(peer => peer.name))

test('of each set those are compared that there are, and nobody with nobody', () => {
  const sets = [
    ['nginx', 'sallyport'],
    ['sallyport', 'sallyport-jwt'],
    ['sallyport-two', 'sallyport-retry'],
  ]
  const there = setsOf(sets, peersOf('sallyport', 'sallyport-jwt'))
  assert.deepEqual(namesOf(there), [['sallyport', 'sallyport-jwt']])
})

test('those of a set are started in every round; one that does not start voids its figures and ends nothing', async () => {
  const work = { ...WORKS.find(one => one.name === 'guarded-1k')!, sets: [['sallyport', 'sallyport-jwt']] }
  const started: string[] = []
  const notes: string[] = []
  const seen: Cell[] = []
  const cells = await measureRounds({
    rounds: 2,
    seconds: 1,
    limitMs: 60_000,
    folder: '',
    works: [work],
    peers: [],
    paired: peersOf('sallyport', 'sallyport-jwt'),
    startAnew: peer => {
      started.push(peer.name)
      return Promise.reject(new Error('it does not do the same work'))
    },
    halfRate: 0,
    note: line => notes.push(line),
    onCell: cell => seen.push(cell),
  })
  assert.deepEqual(started, ['sallyport', 'sallyport-jwt', 'sallyport', 'sallyport-jwt'])
  assert.deepEqual(
    cells.map(({ round, set, peer, errors, requests }) => [round, set, peer, errors, requests]),
    [
      [0, 0, 'sallyport', 1, 0],
      [0, 0, 'sallyport-jwt', 1, 0],
      [1, 0, 'sallyport', 1, 0],
      [1, 0, 'sallyport-jwt', 1, 0],
    ],
  )
  assert.deepEqual(seen, cells)
  assert.equal(notes[0], 'sallyport, guarded-1k: it does not do the same work')
})
