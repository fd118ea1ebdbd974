import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Roster } from '../../core/fleet.ts'
import type { Meter } from '../../core/ports.ts'
import { noProvisions } from '../../core/testing.ts'
import { Cells } from '../cells.ts'
import { found, written } from '../testing/fleet-world.ts'
import { createRosterBook } from './roster-book.ts'

const meter: Meter = noProvisions().meter
const cells = Cells.create(1, 8)
const SERVICES = [found('s', 'x'), written('t', ['a'])]

const roster = (version: number, id = 1, service = 's'): Roster => ({ service, id, version, cells, targets: [] })

const ROSTERS = [roster(1), roster(1, 2, 't')]

/** Versions that a watcher was told. */
const told = () => {
  const versions: number[] = []
  return { versions, onChange: ({ version }: Roster) => void versions.push(version) }
}

test('a generation has its lists, and says which of them may change', () => {
  const fleet = createRosterBook().fleetFor(ROSTERS, SERVICES)
  assert.deepEqual([fleet.roster('s'), fleet.roster('t')], ROSTERS)
  assert.deepEqual([fleet.changes('s'), fleet.changes('t'), fleet.changes('none')], [true, false, false])
  assert.throws(() => fleet.roster('none'), /"none"/)
})

test('all who watch a list are told of later versions, over all generations', () => {
  const book = createRosterBook()
  const [one, two] = [book.fleetFor(ROSTERS, SERVICES), book.fleetFor(ROSTERS, SERVICES)]
  const [a, b, c] = [told(), told(), told()]
  const stop = one.watch('s', a.onChange)
  two.watch('s', b.onChange)
  book.receive(roster(2), meter)
  book.receive(roster(2), meter)
  book.receive(roster(1), meter)
  book.receive(roster(7, 3), meter)
  stop()
  stop()
  book.receive(roster(3), meter)
  assert.deepEqual([a.versions, b.versions], [[2], [2, 3]])
  book.fleetFor([roster(3), roster(1, 2, 't')], SERVICES).watch('s', c.onChange)
  assert.deepEqual(c.versions, [])
})

test('a later list comes with the meter that knows its targets, never in place of the one that was prepared', () => {
  const book = createRosterBook()
  const fleet = book.fleetFor(ROSTERS, SERVICES)
  const later: Meter = { ...meter }
  book.receive(roster(2), later)
  assert.equal(fleet.roster('s').version, 1)
  const told: unknown[] = []
  fleet.watch('s', ({ version }, its) => told.push(version, its === later))
  assert.deepEqual(told, [2, true])
})

test('a generation that was prepared with a later version than the book knows has that one', () => {
  const book = createRosterBook()
  book.receive(roster(2), meter)
  assert.equal(book.fleetFor([roster(5)], SERVICES).roster('s').version, 5)
})

test('the same function may watch twice', () => {
  const book = createRosterBook()
  const fleet = book.fleetFor(ROSTERS, SERVICES)
  const { versions, onChange } = told()
  const stop = fleet.watch('s', onChange)
  fleet.watch('s', onChange)
  stop()
  book.receive(roster(2), meter)
  assert.deepEqual(versions, [2])
})

test('what came before its generation is kept for it; what nobody watches then is forgotten', () => {
  const book = createRosterBook()
  const late = [roster(1, 7), roster(1, 8, 't')]
  book.receive(roster(2, 7), meter)
  book.receive(roster(2, 9), meter)
  const { versions, onChange } = told()
  const stop = book.fleetFor(late, SERVICES).watch('s', onChange)
  assert.deepEqual(versions, [2])
  book.fleetFor(ROSTERS, SERVICES)
  /** What whoever watches a list from now on is told at once. */
  const latest = (id: number): readonly number[] => {
    const now = told()
    book.fleetFor([roster(1, id)], SERVICES).watch('s', now.onChange)()
    return now.versions
  }
  assert.deepEqual(latest(7), [2], 'watched')
  assert.deepEqual(latest(9), [], 'never watched')
  stop()
  assert.deepEqual(latest(7), [], 'watched no more')
})
