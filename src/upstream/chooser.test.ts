import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headersOf } from '../base/headers.ts'
import type { BalanceSpec } from '../spec/spec-resilience.ts'
import { pickerFor } from './balance/picker-for.ts'
import { Cells, moment, TARGET } from './cells.ts'
import { Chooser } from './chooser.ts'
import type { MakePicker } from './picker.ts'
import { exchange, FakeTarget, fakeWorld, memberOf } from './testing.ts'

const COUNT = 300

/** Targets that take one request each; what picking cost is counted in picks. */
const setup = (spec: BalanceSpec, slowStartMs = 0) => {
  const world = fakeWorld()
  const cells = new Cells(Cells.create(1, COUNT))
  const members = Array.from({ length: COUNT }, (_, i) => memberOf(new FakeTarget(`t${i}`, world), i, cells))
  const now = (): number => moment(world.sharedNow())
  const { make } = pickerFor(spec, { cells, random: () => 0.5, now, inFlight: ({ load }) => load.total() })
  const spent = { picks: 0, makes: 0 }
  const counting: MakePicker = (candidates, all) => {
    const picker = make(candidates, all)
    spent.makes++
    return {
      pick(x, tried) {
        spent.picks++
        return picker.pick(x, tried)
      },
    }
  }
  const chooser = new Chooser(
    { make: counting, slowStartMs, panic: 0, maxInFlight: 1, boundedOpen: false, onPanic() {} },
    cells,
    members,
  )
  const x = exchange({ headers: headersOf([['x-user', 'u']]) })
  return { world, cells, members, chooser, spent, choose: () => chooser.choose(x, [], now()) }
}

const balances: readonly BalanceSpec[] = [
  { kind: 'round-robin' },
  { kind: 'least-request' },
  { kind: 'random' },
  { kind: 'ewma' },
  { kind: 'hash', by: { kind: 'header', name: 'x-user' }, algorithm: 'maglev', boundedLoad: 1.25 },
  { kind: 'hash', by: { kind: 'header', name: 'x-user' }, algorithm: 'ring', boundedLoad: 0 },
]

for (const spec of balances) {
  const { kind } = spec
  test(`${kind}: the last target with room is found among many that are full, at no more than a few picks`, () => {
    const { members, choose, spent } = setup(spec)
    const last = members[COUNT / 3]!
    for (const member of members) if (member !== last) member.load.enter()
    assert.equal(choose(), last)
    assert.ok(spent.picks <= 8, `${spent.picks} picks`)
  })

  test(`${kind}: with all full nobody is, and it is known why`, () => {
    const { members, choose, chooser, spent } = setup(spec)
    for (const member of members) member.load.enter()
    assert.deepEqual([choose(), chooser.full], [null, true])
    assert.ok(spent.picks <= 8, `${spent.picks} picks`)
  })
}

test('targets that change all the time do not have pickers made all the time; what changed last is seen soon', () => {
  const { world, cells, members, spent, choose } = setup({ kind: 'round-robin' })
  const flap = (to: number): void => {
    cells.words[cells.target(0) + TARGET.unhealthy] = to
    cells.changed()
    choose()
  }
  for (let i = 0; i < 1000; i++) {
    flap(i % 2)
    world.clock.advance(10)
  }
  assert.ok(spent.makes > 90 && spent.makes <= 116, `${spent.makes} in 10 s`)
  flap(0)
  flap(1)
  world.clock.advance(110)
  for (let i = 0; i < COUNT; i++) assert.notEqual(choose(), members[0])
})

test('a fleet that starts slowly has a few pickers made a second, not one for each step of each target', () => {
  const { world, cells, spent, choose } = setup({ kind: 'round-robin' }, 30_000)
  for (let slot = 0; slot < COUNT; slot++)
    cells.words[cells.target(slot) + TARGET.upSince] = moment(world.sharedNow() + slot * 90)
  for (let ms = 0; ms < 60_000; ms += 10) {
    choose()
    world.clock.advance(10)
  }
  assert.ok(spent.makes > 100 && spent.makes < 620, `${spent.makes} in a minute`)
})

test('who had nobody to ask sees at once that somebody is well', () => {
  const { cells, members, choose } = setup({ kind: 'round-robin' })
  const all = (unhealthy: number): void => {
    for (const { slot } of members) cells.words[cells.target(slot) + TARGET.unhealthy] = unhealthy
    cells.changed()
  }
  choose()
  for (let i = 0; i < 8; i++) {
    all(1)
    assert.equal(choose(), null)
    all(0)
    assert.notEqual(choose(), null)
  }
})
