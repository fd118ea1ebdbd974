import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MOST_ENDPOINTS } from '../../spec/endpoint.ts'
import { Cells, HEAD, moment, OWN, TARGET } from '../cells.ts'
import { byName } from '../testing/discovery-world.ts'
import { BREAKER, type FleetWorld, fleetWorld, found, seatsIn, written } from '../testing/fleet-world.ts'
import type { FleetService } from './kept-service.ts'
import { AWAY_MS } from './operator-forces.ts'

const only = ({ keeper }: FleetWorld): FleetService => {
  const [service, ...more] = keeper.current()
  assert.ok(service !== undefined && more.length === 0)
  return service
}

const word = (cells: Cells, slot: number, of: number): number => cells.words[cells.target(slot) + of]!

/** Of the targets in these slots. */
const words = (cells: Cells, of: number, ...slots: number[]): number[] => slots.map(slot => word(cells, slot, of))

describe('targets that are written', () => {
  test('have a slot each, in a memory with room for twice as many', async () => {
    const world = fleetWorld()
    const [few, many] = await world.commit(
      written('few', ['a', 'b']),
      written(
        'many',
        Array.from({ length: 9 }, (_, i) => `t${i}`),
      ),
    )
    assert.deepEqual(seatsIn(few!), ['a@0', 'b@1'])
    assert.deepEqual([new Cells(few!.cells).capacity, new Cells(many!.cells).capacity], [8, 32])
    assert.notEqual(few!.id, many!.id)
    assert.deepEqual(world.keeper.cellsOf('few')?.words.buffer, few!.cells)
    assert.equal(world.keeper.cellsOf('none'), undefined)
  })

  test('are the same list, id and memory after a reload that does not touch them', async () => {
    const world = fleetWorld()
    const [before] = await world.commit(written('s', ['a']))
    const [after] = await world.commit(written('s', ['a'], { slowStartMs: 5000 }), written('t', ['x']))
    assert.equal(after, before)
    assert.equal(world.keeper.current()[0]?.spec.slowStartMs, 5000)
  })

  test('that stay keep slot and history, whatever becomes of the others', async () => {
    const world = fleetWorld()
    const [before] = await world.commit(written('s', ['a', 'b', 'c']))
    const { cells } = only(world)
    cells.words[cells.target(1) + TARGET.ejectionsEver] = 7
    const [after] = await world.commit(written('s', ['d', 'b']))
    assert.deepEqual(seatsIn(after!), ['d@3', 'b@1'])
    assert.equal(after!.cells, before!.cells)
    assert.notEqual(after!.id, before!.id)
    assert.equal(word(only(world).cells, 1, TARGET.ejectionsEver), 7)
  })

  test('that outgrow the memory have it made larger, with all that is known and under way', async () => {
    const world = fleetWorld()
    const [roster] = await world.commit(written('s', ['a', 'b']))
    const before = only(world).cells
    before.words[before.target(1) + TARGET.unhealthy] = 1
    before.words[before.targetColumn(1, 0) + OWN.inFlight] = 5
    const names = Array.from({ length: 9 }, (_, i) => `t${i}`)
    const preparing = await world.keeper.prepare([written('s', ['b', ...names])])
    before.words[before.target(1) + TARGET.ejectionsEver] = 3
    preparing.commit()
    const { cells, roster: after } = only(world)
    assert.deepEqual([before.capacity, cells.capacity], [8, 32])
    assert.equal(after.cells, roster!.cells)
    assert.equal(seatsIn(after)[0], 'b@1')
    assert.deepEqual([word(cells, 1, TARGET.unhealthy), word(cells, 1, TARGET.ejectionsEver)], [1, 3])
    assert.equal(cells.targetSum(1, OWN.inFlight), 5)
    // Ends where it began.
    before.words[before.targetColumn(1, 0) + OWN.inFlight] = 0
    assert.equal(cells.targetSum(1, OWN.inFlight), 0)
  })

  test('may be as many as a configuration may hold', async () => {
    const world = fleetWorld()
    await world.commit(written('s', ['a']))
    const names = Array.from({ length: MOST_ENDPOINTS }, (_, i) => `t${i}`)
    const [roster] = await world.commit(written('s', names))
    const slots = roster!.targets.map(({ slot }) => slot)
    assert.deepEqual([new Set(slots).size, Math.max(...slots)], [MOST_ENDPOINTS, MOST_ENDPOINTS])
    const { cells } = only(world)
    assert.equal(word(cells, MOST_ENDPOINTS, TARGET.draining), 0)
  })

  test('that are new later start slowly, those of the first list do not', async () => {
    const world = fleetWorld()
    await world.commit(written('s', ['a', 'b']))
    assert.deepEqual(words(only(world).cells, TARGET.upSince, 0, 1), [0, 0])
    world.now += 60_000
    await world.commit(written('s', ['a', 'b', 'c']))
    assert.deepEqual(words(only(world).cells, TARGET.upSince, 0, 1, 2), [0, 0, moment(world.now)])
  })

  test('with the same URL are one', async () => {
    const [roster] = await fleetWorld().commit(written('s', ['a', 'a', 'b']))
    assert.deepEqual(seatsIn(roster!), ['a@0', 'b@1'])
  })

  test('of a service that went and came back are new ones', async () => {
    const world = fleetWorld()
    const [before] = await world.commit(written('s', ['a']))
    await world.commit()
    const [after] = await world.commit(written('s', ['a']))
    assert.notEqual(after!.cells, before!.cells)
  })
})

describe('targets that are found', () => {
  test('are those of the first answer, and others without a reload', async () => {
    const world = fleetWorld()
    const preparing = world.keeper.prepare([found('s', 'x')])
    const [discovery] = world.discoveries
    discovery!.find('a', 'b')
    discovery!.answer()
    const prepared = await preparing
    prepared.commit()
    const [roster] = prepared.rosters
    assert.deepEqual([seatsIn(roster!), world.rosters], [['a@0', 'b@1'], []])
    assert.equal(new Cells(roster!.cells).capacity, 1024)
    world.now += 1000
    discovery!.find('b', 'c')
    const [later] = world.rosters
    assert.deepEqual(seatsIn(later!), ['b@1', 'c@2'])
    assert.deepEqual([later!.id, later!.version, later!.cells], [roster!.id, roster!.version + 1, roster!.cells])
    const { cells } = only(world)
    assert.deepEqual(words(cells, TARGET.draining, 0, 1, 2), [1, 0, 0])
    assert.deepEqual(words(cells, TARGET.upSince, 1, 2), [0, moment(world.now)])
  })

  test('late are a first list still', async () => {
    const world = fleetWorld()
    const [roster] = await world.commit(found('s', 'x'))
    assert.deepEqual(seatsIn(roster!), [])
    world.discoveries[0]!.find('a')
    assert.deepEqual(seatsIn(world.rosters[0]!), ['a@0'])
    assert.equal(word(only(world).cells, 0, TARGET.upSince), 0)
  })

  test('and come back soon are as they were', async () => {
    const world = fleetWorld()
    await world.commit(found('s', 'x'))
    const [discovery] = world.discoveries
    discovery!.find('a', 'b')
    const { cells } = only(world)
    cells.words[cells.target(0) + TARGET.ejectionsEver] = 7
    discovery!.find('b', 'c')
    world.now += 59_000
    discovery!.find('a', 'b')
    assert.deepEqual(seatsIn(world.rosters.at(-1)!), ['a@0', 'b@1'])
    assert.deepEqual([word(cells, 0, TARGET.draining), word(cells, 0, TARGET.ejectionsEver)], [0, 7])
  })

  test('that left are picked until all know, if none that stays is well', async () => {
    const world = fleetWorld()
    await world.commit(found('s', 'x'))
    const [discovery] = world.discoveries
    discovery!.find('a', 'b')
    const { cells } = only(world)
    discovery!.find('c')
    assert.deepEqual(words(cells, TARGET.draining, 0, 1), [0, 0])
    cells.words[cells.target(2) + TARGET.unhealthy] = 1
    discovery!.find('c', 'd')
    discovery!.find('c', 'e')
    assert.equal(word(cells, 3, TARGET.draining), 0)
    cells.words[cells.target(2) + TARGET.unhealthy] = 0
    discovery!.find('c', 'f')
    assert.equal(word(cells, 4, TARGET.draining), 1)
  })

  test('that left while ejected are no longer counted among the ejected', async () => {
    const world = fleetWorld()
    await world.commit(found('s', 'x'))
    world.discoveries[0]!.find('a', 'b')
    const { cells } = only(world)
    cells.words[cells.target(0) + TARGET.ejected] = 1
    cells.words[HEAD.ejected] = 1
    world.discoveries[0]!.find('b')
    assert.equal(cells.words[HEAD.ejected], 0)
  })

  test('by the same settings are found once, for several services and over reloads', async () => {
    const world = fleetWorld()
    const [a, b] = await world.commit(found('s', 'x'), found('t', 'x'))
    assert.equal(world.discoveries.length, 1)
    world.discoveries[0]!.find('a')
    assert.deepEqual(
      world.rosters.map(({ service, id }) => [service, id]),
      [
        ['s', a!.id],
        ['t', b!.id],
      ],
    )
    const [again] = await world.commit(found('s', 'x', { slowStartMs: 1 }))
    assert.deepEqual([again!.id, again!.version, world.discoveries.length], [a!.id, 2, 1])
  })

  test('are not looked for when no service needs them', async () => {
    const world = fleetWorld()
    await world.commit(found('s', 'x'), found('t', 'y'))
    await world.commit(found('s', 'x'), written('t', ['a']))
    assert.deepEqual(
      world.discoveries.map(({ stopped }) => stopped),
      [false, true],
    )
    world.keeper.close()
    assert.equal(world.discoveries[0]!.stopped, true)
  })

  test('are kept over a reload that has another name server asked, until that one answers', async () => {
    const asking = (host: string, ...servers: string[]) => {
      const discover = byName({ host, url: `http://${host}`, servers })
      return found('s', host, { discover })
    }
    const world = fleetWorld()
    const first = world.commit(asking('x'))
    world.discoveries[0]!.find('a', 'b')
    await first
    const [kept] = await world.commit(asking('x', '10.0.0.2'))
    assert.deepEqual(seatsIn(kept!), ['a@0', 'b@1'])
    assert.deepEqual(seatsIn(only(world).roster), ['a@0', 'b@1'])
    world.discoveries[1]!.find('b', 'c')
    assert.deepEqual(seatsIn(world.rosters.at(-1)!), ['b@1', 'c@2'])
    const [other] = await world.commit(asking('y', '10.0.0.2'))
    assert.deepEqual(seatsIn(other!), [], 'of another name')
  })

  test('in another way keep the slots of those that were there before', async () => {
    const world = fleetWorld()
    const [before] = await world.commit(written('s', ['a', 'b']))
    const preparing = world.keeper.prepare([found('s', 'x')])
    world.discoveries[0]!.find('b', 'c')
    world.discoveries[0]!.answer()
    const prepared = await preparing
    prepared.commit()
    const [after] = prepared.rosters
    assert.deepEqual(seatsIn(after!), ['b@1', 'c@2'])
    assert.notEqual(after!.id, before!.id)
  })
})

describe('what is prepared', () => {
  /** All that can be seen of what is served. */
  const seen = (world: FleetWorld): unknown =>
    world.keeper.current().map(({ spec, roster, cells }) => ({ spec, roster, words: [...cells.words] }))

  test('and then aborted changes nothing', async () => {
    const world = fleetWorld()
    await world.commit(written('s', ['a', 'b']), found('t', 'x'))
    world.discoveries[0]!.find('c')
    world.keeper.drain('s', 'http://a', true)
    const before = seen(world)
    const preparing = world.keeper.prepare([written('s', ['b', 'd']), found('u', 'y')])
    world.discoveries[1]!.answer()
    const prepared = await preparing
    prepared.abort()
    prepared.commit()
    assert.deepEqual(seen(world), before)
    assert.deepEqual(
      world.discoveries.map(({ stopped }) => stopped),
      [false, true],
    )
    const [roster] = await world.commit(written('s', ['a', 'b', 'e']), found('t', 'x'))
    assert.deepEqual(seatsIn(roster!), ['a@0', 'b@1', 'e@2'])
  })

  for (const end of ['commit', 'abort'] as const) {
    test(`holds back what is found meanwhile, until ${end}`, async () => {
      const world = fleetWorld()
      const [first] = await world.commit(found('s', 'x'))
      const prepared = await world.keeper.prepare([found('s', 'x'), written('t', ['z'])])
      world.discoveries[0]!.find('a')
      world.discoveries[0]!.find('a', 'b')
      assert.deepEqual([world.rosters, prepared.rosters[0]], [[], first])
      prepared[end]()
      assert.deepEqual(
        world.rosters.map(({ version }) => version),
        [2],
      )
      assert.deepEqual(seatsIn(world.rosters[0]!), ['a@0', 'b@1'])
    })
  }

  test('and then aborted leaves room that another list may use', async () => {
    const world = fleetWorld()
    await world.commit(written('s', ['a']))
    const many = Array.from({ length: 20 }, (_, i) => `t${i}`)
    for (const names of [many, many.slice(10), many]) (await world.keeper.prepare([written('s', names)])).abort()
    assert.equal(only(world).cells.capacity, 8)
    await world.commit(written('s', ['a', ...many.slice(10)]))
    assert.equal(only(world).cells.capacity, 64)
    assert.equal(seatsIn(only(world).roster)[0], 'a@0')
  })

  test('that fails leaves all as it was, and the next one may come', async t => {
    const world = fleetWorld()
    const first = world.commit(found('s', 'x'))
    world.discoveries[0]!.find('a')
    await first
    const create = t.mock.method(Cells, 'create', () => {
      throw new RangeError('Array buffer allocation failed')
    })
    await assert.rejects(world.commit(found('s', 'x'), written('t', ['b'])), /allocation failed/)
    create.mock.restore()
    world.discoveries[0]!.find('a', 'c')
    assert.deepEqual(seatsIn(world.rosters.at(-1)!), ['a@0', 'c@1'])
    await world.commit(found('s', 'x'), written('t', ['b']))
    assert.equal(world.keeper.current().length, 2)
  })

  test('is one at a time, and nothing after the end', async () => {
    const world = fleetWorld()
    const prepared = await world.keeper.prepare([])
    await assert.rejects(world.keeper.prepare([]), /prepared already/)
    prepared.commit()
    const waiting = world.keeper.prepare([found('s', 'x')])
    world.keeper.close()
    await assert.rejects(waiting, /stopping/)
    assert.equal(world.discoveries[0]!.stopped, true)
    await assert.rejects(world.keeper.prepare([]))
  })
})

describe('an operator', () => {
  test('takes targets out of the traffic for as long as the service is there', async () => {
    const world = fleetWorld()
    const { keeper } = world
    await world.commit(found('s', 'x'))
    const [discovery] = world.discoveries
    discovery!.find('a', 'b')
    const { cells } = only(world)
    const epoch = cells.words[HEAD.epoch]!
    assert.equal(keeper.drain('s', 'http://a', true), true)
    assert.ok(cells.words[HEAD.epoch]! > epoch)
    assert.deepEqual(words(cells, TARGET.draining, 0, 1), [1, 0])
    discovery!.find('b')
    world.now += 3_600_000
    discovery!.find('a', 'b')
    const slot = only(world).roster.targets[0]!.slot
    assert.equal(word(cells, slot, TARGET.draining), 1)
    await world.commit(found('s', 'x', { slowStartMs: 1 }))
    assert.deepEqual([keeper.isDrained('s', 'http://a'), keeper.isDrained('s', 'http://b')], [true, false])
    assert.equal(keeper.drain('s', 'http://a', false), true)
    assert.equal(word(cells, slot, TARGET.draining), 0)
    keeper.drain('s', 'http://a', true)
    await world.commit()
    assert.equal(keeper.isDrained('s', 'http://a'), false)
  })

  test('forces the breakers there are', async () => {
    const world = fleetWorld()
    const { keeper } = world
    await world.commit(written('s', ['a', 'b'], { breaker: BREAKER, targetBreaker: BREAKER }))
    const { cells } = only(world)
    assert.equal(keeper.force('s', undefined, 'open'), true)
    assert.equal(keeper.force('s', 'http://b', 'closed'), true)
    const forced = () => [cells.words[HEAD.forced], ...words(cells, TARGET.forced, 0, 1)]
    assert.deepEqual(forced(), [1, 0, 2])
    assert.equal(keeper.force('s', undefined, 'auto'), true)
    assert.deepEqual(forced(), [0, 0, 2])
  })

  test('forces the breaker of a target that comes and goes, until it was away for a day', async () => {
    const world = fleetWorld()
    const { keeper } = world
    await world.commit(found('s', 'x', { targetBreaker: BREAKER }))
    const [discovery] = world.discoveries
    const forced = (): readonly number[] => {
      const { cells, roster } = only(world)
      return roster.targets.map(({ slot }) => word(cells, slot, TARGET.forced))
    }
    discovery!.find('a', 'b')
    keeper.force('s', 'http://a', 'open')
    keeper.force('s', 'http://b', 'closed')
    keeper.force('s', 'http://b', 'auto')
    for (const awayMs of [1000, 61_000, AWAY_MS - 1]) {
      discovery!.find('c')
      world.now += awayMs
      discovery!.find('c', 'a', 'b')
      assert.deepEqual(forced(), [0, 1, 0], `away for ${awayMs} ms`)
      // There again, it is there for as long as one likes.
      world.now += 2 * AWAY_MS
    }
    discovery!.find('c')
    world.now += AWAY_MS
    discovery!.find('c', 'a', 'b')
    assert.deepEqual(forced(), [0, 0, 0])
    await world.commit(found('s', 'x', { targetBreaker: BREAKER, slowStartMs: 1 }))
    assert.deepEqual(forced(), [0, 0, 0])
  })

  test('is told of a service, target or breaker that is not there', async () => {
    const world = fleetWorld()
    const { keeper } = world
    await world.commit(written('s', ['a'], { targetBreaker: BREAKER }), written('t', ['a'], { breaker: BREAKER }))
    assert.equal(keeper.force('none', undefined, 'open'), false)
    assert.equal(keeper.force('s', undefined, 'open'), false)
    assert.equal(keeper.force('s', 'http://z', 'open'), false)
    assert.equal(keeper.force('t', 'http://a', 'open'), false)
    assert.equal(keeper.drain('none', 'http://a', true), false)
    assert.equal(keeper.drain('s', 'http://z', true), false)
  })
})

test('what a worker that died had in flight is gone', async () => {
  const world = fleetWorld()
  await world.commit(written('s', ['a']))
  const { cells } = only(world)
  for (const worker of [0, 1]) {
    cells.words[cells.column(worker) + OWN.inFlight] = 3
    cells.words[cells.targetColumn(0, worker) + OWN.inFlight] = 2
  }
  world.keeper.clearWorker(0)
  assert.deepEqual([cells.serviceSum(OWN.inFlight), cells.targetSum(0, OWN.inFlight)], [3, 2])
})
