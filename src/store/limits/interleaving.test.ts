import assert from 'node:assert/strict'
import { test } from 'node:test'
import { interleaving } from '../../base/testing/interleave.ts'
import { clearLeases, concurrencyStore, createLeaseMemory } from '../lease-store.ts'
import { limitRule } from '../testing/rules.ts'
import { tagsOf } from '../testing/tags.ts'
import { createLimitMemory, evictedKeys, type LimitMemory } from './limit-memory.ts'
import { limitStore } from './limit-store.ts'

/** One set of 16 slots, so that everybody is in everybody's way. */
const ONE_SET = 4
const TWO_SETS = 8
const SLOTS = 16
const NEAR_SLOTS = 4
const LIMIT = 20
const rule = limitRule('gcra', LIMIT, 1000)

/** What a schedule begins with: copied, since playing it once more for each of thousands takes most of the time. */
interface Scene {
  readonly memory: LimitMemory
  readonly now: number
  readonly admitted: ReadonlyMap<string, number>
}

const copyOf = (memory: LimitMemory): LimitMemory => ({
  ...memory,
  table: memory.table.slice(0),
  counters: memory.counters.slice(0),
})

const emptyScene = (keys: number, near: number): Scene => ({
  memory: createLimitMemory(keys, 0, 0, { low: 5, high: 6 }, near),
  now: 0,
  admitted: new Map(),
})

const world = (scene: Scene) => {
  const memory = copyOf(scene.memory)
  let { now } = scene
  const threadOf = () => limitStore(memory, { now: () => now })
  const threads = [threadOf(), threadOf(), threadOf()] as const
  const admitted = new Map(scene.admitted)
  const take =
    (key: string, thread: 0 | 1 | 2 = 0) =>
    (): void => {
      const outcome = threads[thread].take([{ rule, mark: '', key, cost: 1 }])
      if ('allowed' in outcome && outcome.allowed) admitted.set(key, (admitted.get(key) ?? 0) + 1)
    }
  const used = (key: string): number => {
    const outcome = threads[0].take([{ rule, mark: '', key, cost: 0 }])
    assert.ok('verdicts' in outcome)
    return LIMIT - outcome.verdicts[0]!.remaining
  }
  /** Time goes on until all is stale. */
  const rest = (): void => {
    now += 100_000
    admitted.clear()
  }
  return { memory, take, used, admitted, rest, scene: (): Scene => ({ memory, now, admitted }) }
}
type World = ReturnType<typeof world>

const liveTags = (memory: LimitMemory): number[] =>
  tagsOf(memory)
    .filter(word => (word & 2) !== 0)
    .map(word => word >>> 5)

const played = (scene: Scene, play: (w: World) => void): Scene => {
  const w = world(scene)
  play(w)
  return w.scene()
}

interface Beginning {
  readonly name: string
  readonly scene: Scene
  readonly slots: number
}

/** How the table is found: new, full of what is stale, or the same with two keys that are in use. */
const beginnings = (table: string, empty: Scene, slots: number): readonly Beginning[] => {
  const fillAndRest = ({ take, rest }: World): void => {
    for (let i = 0; i < slots; i++) take(`old ${i}`)()
    rest()
  }
  const mixed = played(empty, w => {
    fillAndRest(w)
    w.take('old 0')()
    w.take('busy')()
  })
  return [
    { name: `${table}, empty`, scene: empty, slots },
    { name: `${table}, stale`, scene: played(empty, fillAndRest), slots },
    { name: `${table}, mixed`, scene: mixed, slots },
  ]
}

const BEGINNINGS = [
  ...beginnings('a set', emptyScene(ONE_SET, 0), SLOTS),
  ...beginnings('a set with a near row', emptyScene(ONE_SET, 1), SLOTS + NEAR_SLOTS),
]
/** Keys of different sets that meet in the row that both have. */
const SHARED = beginnings('two sets with one near row', emptyScene(TWO_SETS, 1), SLOTS + NEAR_SLOTS)
/** Who comes: to a slot of his own, to one that is about to be freed, to the same one as another. */
const PAIRS = [
  ['old 0', 'old 0'],
  ['old 0', 'new'],
  ['old 1', 'old 0'],
  ['new', 'new'],
  ['new', 'old 0'],
  ['new', 'newer'],
] as const

/** Of the 64 that there are, those in which all three are in each other's way; the others take a minute, and hold. */
const TRIPLES = [
  ['old 0', 'new', 'old 0'],
  ['old 0', 'new', 'newer'],
  ['old 0', 'old 0', 'new'],
  ['new', 'new', 'old 0'],
  ['new', 'old 0', 'new'],
  ['new', 'newer', 'new'],
  ['new', 'new', 'new'],
] as const

const check = ({ memory, used, admitted }: World, what: string): void => {
  const live = liveTags(memory)
  assert.equal(new Set(live).size, live.length, `${what}: a key is live twice`)
  assert.equal(evictedKeys(memory), 0, what)
  for (const [key, count] of admitted) assert.equal(used(key), count, `${what}: ${key}`)
}

for (const { name: beginning, scene } of [...BEGINNINGS, ...SHARED])
  test(`${beginning}: three takes, each interrupting the one before at every step, are all counted once`, t => {
    const threads = interleaving(t)
    let schedules = 0
    for (const [first, second, third] of TRIPLES)
      for (let step = 0, more = true; more; step++)
        for (let inner = 0, deeper = true; deeper; inner++) {
          const w = world(scene)
          more = threads.run(w.take(first), step, () => {
            deeper = threads.run(w.take(second, 1), inner, w.take(third, 2))
          })
          if (!more) break
          schedules++
          check(w, `${first} at ${step}, ${second} at ${inner}, ${third}`)
        }
    assert.ok(schedules > 3000, `${schedules} schedules`)
  })

for (const { name: beginning, scene, slots } of BEGINNINGS)
  test(`${beginning}: a thread that is stopped at any step takes once at most, and is in nobody's way`, t => {
    const threads = interleaving(t)
    for (const [first, second] of PAIRS)
      for (let step = 0, more = true; more; step++) {
        const w = world(scene)
        more = threads.stop(w.take(first), step)
        for (let i = 0; i < 3; i++) w.take(second, 1)()
        for (const [key, count] of w.admitted) {
          const lost = w.used(key) - count
          assert.ok(
            lost === 0 || (lost === 1 && key === first && more),
            `${first} stopped at ${step}: ${lost} of ${key}`,
          )
        }
        w.rest()
        for (let i = 0; i < slots; i++) w.take(`later ${i}`)()
        check(w, `${first} stopped at ${step}, then ${second}`)
        assert.equal(liveTags(w.memory).length, slots)
      }
  })

for (const { name: beginning, scene } of [...BEGINNINGS, ...SHARED])
  test(`${beginning}: a take that is interrupted by one that is stopped is counted once, or not admitted`, t => {
    const threads = interleaving(t)
    for (const [first, second] of PAIRS)
      for (let step = 0, more = true; more; step++)
        for (let inner = 0, deeper = true; deeper && more; inner++) {
          const w = world(scene)
          more = threads.run(w.take(first), step, () => {
            deeper = threads.stop(w.take(second, 1), inner)
          })
          w.take(first, 2)()
          const lost = w.used(first) - w.admitted.get(first)!
          const what = `${first} at ${step}, ${second} stopped at ${inner}: ${lost} lost`
          assert.ok(lost === 0 || (lost === 1 && first === second && deeper), what)
        }
  })

const leases = () => {
  const memory = createLeaseMemory(3, 8, { low: 7, high: 8 })
  const stores = [0, 1, 2].map(worker => concurrencyStore(memory, worker))
  const held = new Map<string, number>()
  const taken: (() => void)[] = []
  const enter = (worker: number, key: string) => (): void => {
    const lease = stores[worker]!.enter({ id: 'r', max: 1 }, key)
    if (lease < 0) return
    held.set(key, (held.get(key) ?? 0) + 1)
    taken.push(() => stores[worker]!.leave(lease))
  }
  const leaveAll = (): void => {
    for (const leave of taken.splice(0)) leave()
    held.clear()
  }
  return { memory, enter, leaveAll, held }
}

test('leases: one that enters, interrupted by one that is stopped: has its place, and nobody else has', t => {
  const threads = interleaving(t)
  const keys = ['old 0', 'old 1', 'new'] as const
  for (const first of keys)
    for (const second of keys)
      for (let step = 0, more = true; more; step++)
        for (let inner = 0, deeper = true; deeper && more; inner++) {
          const { memory, enter, leaveAll, held } = leases()
          for (let i = 0; i < SLOTS; i++) enter(0, `old ${i}`)()
          leaveAll()
          more = threads.run(enter(0, first), step, () => {
            deeper = threads.stop(enter(1, second), inner)
          })
          if (deeper) clearLeases(memory, 1)
          enter(2, first)()
          assert.equal(held.get(first), 1, `${first} at ${step}, ${second} stopped at ${inner}`)
          leaveAll()
          assert.ok(new Int32Array(memory.columns).every(count => count === 0))
        }
})

test('leases: three that enter, each interrupting the one before at every step: never two with one place', t => {
  const threads = interleaving(t)
  const keys = ['old 0', 'old 1', 'new'] as const
  let schedules = 0
  for (const first of keys)
    for (const second of keys)
      for (const third of keys)
        for (let step = 0, more = true; more; step++)
          for (let inner = 0, deeper = true; deeper; inner++) {
            const { memory, enter, leaveAll, held } = leases()
            for (let i = 0; i < SLOTS; i++) enter(0, `old ${i}`)()
            leaveAll()
            more = threads.run(enter(0, first), step, () => {
              deeper = threads.run(enter(1, second), inner, enter(2, third))
            })
            if (!more) break
            schedules++
            const what = `${first} at ${step}, ${second} at ${inner}, ${third}`
            for (const count of held.values()) assert.equal(count, 1, what)
            const before = new Map(held)
            for (const key of before.keys()) enter(0, key)()
            assert.deepEqual(held, before, `${what}: what is held is known`)
            leaveAll()
            assert.ok(
              new Int32Array(memory.columns).every(count => count === 0),
              what,
            )
          }
  assert.ok(schedules > 1000, `${schedules} schedules`)
})
