import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeySets } from '../core/key-sets.ts'
import type { JwkSpec, RemoteKeysSpec } from '../spec/spec-auth.ts'
import { createKeyDesk } from './key-desk.ts'
import type { KeyAnswer } from './messages.ts'
import { createRemoteKeySets } from './remote-key-sets.ts'

const source = (url: string): RemoteKeysSpec => ({
  url,
  discover: false,
  allowHttp: false,
  refreshMs: 1,
  timeoutMs: 1,
})

/** Key sets of the main thread: the test says when there are keys and when a fetch is over. */
const fakeKeySets = () => {
  const watchers = new Map<string, Set<(keys: readonly JwkSpec[]) => void>>()
  const fetches: { url: string; done: () => void }[] = []
  const keySets: KeySets = {
    watch({ url }, onKeys) {
      const set = watchers.get(url) ?? new Set()
      watchers.set(url, set.add(onKeys))
      return () => void set.delete(onKeys)
    },
    refresh: ({ url }) => new Promise(done => fetches.push({ url, done })),
  }
  const rotate = (url: string, kid: string): void => {
    for (const onKeys of watchers.get(url) ?? []) onKeys([{ kid }])
  }
  return { keySets, fetches, rotate, watching: (url: string) => watchers.get(url)?.size ?? 0 }
}

/** Two workers before one main thread; every message is cloned, as between threads. */
const setup = () => {
  const main = fakeKeySets()
  const workers = [0, 1].map(worker => createRemoteKeySets(request => desk.receive(worker, structuredClone(request))))
  const desk = createKeyDesk(
    async () => main.keySets,
    (worker, message) => workers[worker]!.receive(structuredClone(message) as KeyAnswer),
  )
  const seen: string[] = []
  const note = (who: string) => (keys: readonly JwkSpec[]) => void seen.push(`${who} ${keys.map(key => key['kid'])}`)
  return { ...main, workers, desk, seen, note }
}

/** What waits for the key sets to be loaded has been done. */
const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

test('every worker hears of a rotation; a second watcher hears at once what the first knows', async () => {
  const it = setup()
  const [first, second] = it.workers
  first!.watch(source('a'), it.note('first'))
  second!.watch(source('a'), it.note('second'))
  await settled()
  it.rotate('a', 'k1')
  first!.watch(source('a'), it.note('late'))
  assert.deepEqual(it.seen, ['first k1', 'second k1', 'late k1'])
  assert.equal(it.watching('a'), 2)
})

test('the last watcher that leaves ends the watch; a worker that died watches nothing', async () => {
  const it = setup()
  const stops = [1, 2].map(() => it.workers[0]!.watch(source('a'), it.note('x')))
  it.workers[1]!.watch(source('a'), it.note('y'))
  await settled()
  stops[0]!()
  stops[0]!()
  await settled()
  assert.equal(it.watching('a'), 2)
  stops[1]!()
  await settled()
  assert.equal(it.watching('a'), 1)
  it.desk.forget(1)
  await settled()
  assert.equal(it.watching('a'), 0)
})

test('a refresh resolves when the main thread is done with it', async () => {
  const it = setup()
  let done = false
  const refreshed = it.workers[0]!.refresh(source('a')).then(() => {
    done = true
  })
  await settled()
  assert.deepEqual([it.fetches.map(fetch => fetch.url), done], [['a'], false])
  it.fetches[0]!.done()
  await refreshed
  assert.equal(done, true)
})

test('a refresh that crosses new keys on their way fetches nothing', async () => {
  const main = fakeKeySets()
  const told: string[] = []
  const desk = createKeyDesk(
    async () => main.keySets,
    (_, message) => void told.push(message.type),
  )
  desk.receive(0, { type: 'watch-keys', source: source('a') })
  await settled()
  main.rotate('a', 'k1')
  desk.receive(0, { type: 'refresh-keys', source: source('a'), ask: 1, heard: 0 })
  await settled()
  assert.deepEqual([told, main.fetches.length], [['keys', 'keys-refreshed'], 0])
  desk.receive(0, { type: 'refresh-keys', source: source('a'), ask: 2, heard: 1 })
  await settled()
  assert.deepEqual([told.length, main.fetches.length], [2, 1])
})

test('keys of a source that nobody watches any more are dropped', () => {
  const it = setup()
  it.workers[0]!.receive({ type: 'keys', source: 'unknown', keys: [] })
  assert.deepEqual(it.seen, [])
})
