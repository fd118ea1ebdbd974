import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headersOf } from '../base/headers.ts'
import type { BalanceSpec } from '../spec/spec-resilience.ts'
import { pickerFor } from './balance/picker-for.ts'
import { Cells, moment } from './cells.ts'
import { Chooser } from './chooser.ts'
import type { MakePicker } from './picker.ts'
import { exchange, FakeTarget, fakeWorld, memberOf } from './testing.ts'

const COUNT = 300

/** Targets that take one request each; what picking cost is counted in picks. */
const setup = (spec: BalanceSpec) => {
  const world = fakeWorld()
  const cells = new Cells(Cells.create(1, COUNT))
  const members = Array.from({ length: COUNT }, (_, i) => memberOf(new FakeTarget(`t${i}`, world), i, cells))
  const now = (): number => moment(world.sharedNow())
  const { make } = pickerFor(spec, { cells, random: () => 0.5, now, inFlight: ({ load }) => load.total() })
  const spent = { picks: 0 }
  const counting: MakePicker = (candidates, all) => {
    const picker = make(candidates, all)
    return {
      pick(x, tried) {
        spent.picks++
        return picker.pick(x, tried)
      },
    }
  }
  const chooser = new Chooser(
    { make: counting, slowStartMs: 0, panic: 0, maxInFlight: 1, onPanic() {} },
    cells,
    members,
  )
  const x = exchange({ headers: headersOf([['x-user', 'u']]) })
  return { members, chooser, spent, choose: () => chooser.choose(x, [], now()) }
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
