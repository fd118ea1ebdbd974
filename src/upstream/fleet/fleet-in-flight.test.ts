import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Roster } from '../../core/fleet.ts'
import { Cells, OWN } from '../cells.ts'
import { Load } from '../load.ts'
import { Queue } from '../queue.ts'
import { type FleetWorld, fleetWorld, found, written } from '../testing/fleet-world.ts'

const WORKERS = 2
/** Requests in flight at a target, and requests that wait, over all workers. */
const MOST = 2

const worker = fc.integer({ min: 0, max: WORKERS - 1 })
/** Of several of which one is meant. */
const which = fc.nat()

/**
 * What may happen to a service that has the targets `0` to `count`, and always the first two. Each worker serves the
 * latest list only from `serve` on, and requests that it began before end later.
 */
const happening = fc.oneof(
  fc.record({ what: fc.constant('written' as const), count: fc.integer({ min: 2, max: 70 }), end: fc.boolean() }),
  fc.record({ what: fc.constant('found' as const), end: fc.boolean() }),
  fc.record({ what: fc.constant('serve' as const), worker }),
  fc.record({ what: fc.constant('begin' as const), worker, which }),
  fc.record({ what: fc.constant('end' as const), which }),
  fc.record({ what: fc.constant('wait' as const), worker }),
  fc.record({ what: fc.constant('die' as const), worker }),
)

interface Visit {
  readonly worker: number
  readonly host: string
  end(): void
}

const namesOf = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => String(i))

const prepare = async (world: FleetWorld, spec: ReturnType<typeof written>, end: boolean): Promise<void> => {
  const preparing = world.keeper.prepare([spec])
  for (const discovery of world.discoveries) {
    discovery.find(...namesOf(3))
    discovery.answer()
  }
  const prepared = await preparing
  if (end) prepared.commit()
  else prepared.abort()
}

test('whatever becomes of the list and its memory, what is under way is counted by all, once and until it ends', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { maxLength: 60, size: 'max' }), async happenings => {
      const world = fleetWorld(WORKERS)
      await world.commit(written('s', namesOf(2)))
      const roster = (): Roster => world.keeper.current()[0]!.roster
      const serving = Array.from({ length: WORKERS }, roster)
      let visits: Visit[] = []

      const begin = (by: number, { cells, targets }: Roster, nth: number): void => {
        // Mostly one that all lists have, or bounds would hardly ever be reached.
        const { endpoint, slot } = targets[nth % (nth % 4 === 0 ? targets.length : 2)]!
        const load = new Load(new Cells(cells), slot, by)
        const before = visits.filter(({ host }) => host === endpoint.host).length
        assert.equal(load.tryEnter(MOST), before < MOST, `one more at ${endpoint.host}, which has ${before}`)
        if (before < MOST) visits.push({ worker: by, host: endpoint.host, end: () => load.leave() })
      }
      const wait = (by: number, { cells }: Roster): void => {
        const queue = new Queue<string>(new Cells(cells), by, MOST)
        const before = visits.filter(({ host }) => host === 'queue').length
        assert.equal(queue.add(''), before < MOST)
        if (before < MOST) visits.push({ worker: by, host: 'queue', end: () => queue.leave() })
      }
      const check = (): void => {
        const { cells } = world.keeper.current()[0]!
        for (const { endpoint, slot } of roster().targets) {
          const there = visits.filter(({ host }) => host === endpoint.host).length
          assert.equal(cells.targetSum(slot, OWN.inFlight), there, endpoint.host)
        }
        assert.equal(cells.serviceSum(OWN.queued), visits.filter(({ host }) => host === 'queue').length)
      }

      for (const event of happenings) {
        if (event.what === 'written') await prepare(world, written('s', namesOf(event.count)), event.end)
        else if (event.what === 'found') await prepare(world, found('s', 'x'), event.end)
        else if (event.what === 'serve') serving[event.worker] = roster()
        else if (event.what === 'begin') begin(event.worker, serving[event.worker]!, event.which)
        else if (event.what === 'wait') wait(event.worker, serving[event.worker]!)
        else if (event.what === 'end' && visits.length > 0) visits.splice(event.which % visits.length, 1)[0]!.end()
        else if (event.what === 'die') {
          world.keeper.clearWorker(event.worker)
          visits = visits.filter(({ worker: by }) => by !== event.worker)
          serving[event.worker] = roster()
        }
        check()
      }
      for (const { end } of visits) end()
      const { cells } = world.keeper.current()[0]!
      for (let slot = 0; slot < cells.capacity; slot++) assert.equal(cells.targetSum(slot, OWN.inFlight), 0)
      assert.equal(cells.serviceSum(OWN.queued), 0)
    }),
    { numRuns: 300 },
  )
})
