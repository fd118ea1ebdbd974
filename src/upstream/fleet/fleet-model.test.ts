import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Cells, TARGET } from '../cells.ts'
import { type FleetWorld, fleetWorld, found, written } from '../testing/fleet-world.ts'

const name = fc.integer({ min: 1, max: 40 }).map(String)
const few = fc.uniqueArray(name, { minLength: 1, maxLength: 5 })
const many = fc.uniqueArray(name, { minLength: 10, maxLength: 30, size: 'max' })
const names = fc.oneof(few, many)

/** What may happen to the one service of this test. */
const happening = fc.oneof(
  fc.record({ what: fc.constant('written' as const), end: fc.boolean(), names }),
  fc.record({ what: fc.constant('found' as const), end: fc.boolean(), names }),
  fc.record({ what: fc.constant('answer' as const), names }),
  fc.record({ what: fc.constant('wait' as const), ms: fc.constantFrom(1000, 61_000) }),
)

/** Each target has its own number in a word that nobody else writes here. */
const mark = ({ keeper }: FleetWorld): void => {
  for (const { cells, roster } of keeper.current()) {
    for (const { endpoint, slot } of roster.targets) markOf(cells, slot, Number(endpoint.host))
  }
}

const at = (cells: Cells, slot: number): number => cells.target(slot) + TARGET.ejectionsEver
const markOf = (cells: Cells, slot: number, value: number): void => {
  cells.words[at(cells, slot)] = value
}

/** By host. */
const marksIn = ({ keeper }: FleetWorld): ReadonlyMap<string, number> =>
  new Map(
    keeper
      .current()
      .flatMap(({ cells, roster }) =>
        roster.targets.map(({ endpoint, slot }) => [endpoint.host, cells.words[at(cells, slot)]!] as const),
      ),
  )

const checkSlots = ({ keeper }: FleetWorld): void => {
  for (const { cells, roster } of keeper.current()) {
    const slots = roster.targets.map(({ slot }) => slot)
    assert.equal(new Set(slots).size, slots.length)
    assert.ok(slots.every(slot => slot < cells.capacity))
  }
}

test('whatever happens, targets that stay have their own history, others one that was theirs or none', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { maxLength: 25, size: 'max' }), async happenings => {
      const world = fleetWorld(1)
      for (const event of happenings) {
        const before = marksIn(world)
        if (event.what === 'wait') world.now += event.ms
        else if (event.what === 'answer') world.discoveries.findLast(({ stopped }) => !stopped)?.find(...event.names)
        else {
          const spec = event.what === 'written' ? written('s', event.names) : found('s', 'x')
          const preparing = world.keeper.prepare([spec])
          for (const discovery of world.discoveries) discovery.answer()
          const prepared = await preparing
          assert.deepEqual(marksIn(world), before, 'to prepare changes nothing')
          if (event.end) prepared.commit()
          else prepared.abort()
          if (!event.end) assert.deepEqual(marksIn(world), before, 'to abort changes nothing')
        }
        checkSlots(world)
        for (const [host, value] of marksIn(world)) {
          if (before.has(host)) assert.equal(value, Number(host))
          else assert.ok(value === 0 || value === Number(host), `${host} has the history of ${value}`)
        }
        mark(world)
      }
    }),
    { numRuns: 200 },
  )
})
