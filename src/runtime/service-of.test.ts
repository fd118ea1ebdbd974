import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../base/errors.ts'
import { Exchange } from '../core/exchange.ts'
import type { Fleet, Roster } from '../core/fleet.ts'
import type { Meter } from '../core/ports.ts'
import type { ServiceSpec } from '../spec/spec.ts'
import { endpointSpec } from '../spec/testing.ts'
import { Cells, moment, TARGET } from '../upstream/cells.ts'
import { BREAKER, found } from '../upstream/testing/fleet-world.ts'
import { serviceOf } from './service-of.ts'
import { countingMeter, fakeWorld, spec } from './testing.ts'

const ASK = { path: () => '/', hostLine: '', totalMs: 0, perTryMs: 0 }
const NONE = (): false => false

/** A service whose list of targets the test changes; nobody listens at them. */
const discovered = (given: Partial<ServiceSpec>) => {
  const memory = Cells.create(1, 8)
  const cells = new Cells(memory)
  let tell: (roster: Roster, meter: Meter) => void = () => {}
  const listOf = (version: number, ...names: string[]): Roster => ({
    service: 's',
    id: 1,
    version,
    cells: memory,
    targets: names.map((name, slot) => ({ endpoint: endpointSpec(name, { host: '127.0.0.1', port: 1 }), slot })),
  })
  const fleet: Fleet = {
    roster: () => listOf(1, 'a', 'b'),
    changes: () => true,
    watch: (_service, onChange) => {
      tell = onChange
      return () => {}
    },
  }
  const world = { ...fakeWorld(), fleet }
  const held = serviceOf(found('s', 'x', given), spec(), world, NONE)
  const begin = (): Exchange => {
    const x = Object.assign(new Exchange(), { method: 'GET', path: '/', host: 'h' })
    void held.service.send(x, ASK, null)
    return x
  }
  const ask = (): void => {
    const x = begin()
    x.onCancel?.cancel(new Fault('CLIENT_GONE', 'gone'))
  }
  return {
    world,
    cells,
    held,
    begin,
    ask,
    find: (meter: Meter, ...names: string[]) => tell(listOf(2, ...names), meter),
  }
}

test('the breaker of a target that was found later counts where the metrics know the target', () => {
  const { world, cells, find, ask } = discovered({ targetBreaker: { ...BREAKER, openMs: 10 } })
  const later = countingMeter()
  find(later, 'a', 'b', 'c')
  // That of c is open, and it is long over.
  const { words, at } = cells.targetBreaker(2)
  words[at] = 1
  words[at + 1] = 1
  cells.changed()
  world.clock.advance(60_000)
  for (let i = 0; i < 3; i++) ask()
  const changes = [...later.counts.keys()].filter(key => key.startsWith('sallyport_breaker_changes_total'))
  assert.deepEqual(changes, ['sallyport_breaker_changes_total{service=s,target=http://c,to=half-open}'])
})

test('a Plan that is not live any more panics no longer, whatever requests still do on it', () => {
  const { world, cells, held, ask } = discovered({ panic: 0.9 })
  const panicking = (): number | undefined => world.meter.counts.get('sallyport_panicking_workers{service=s}')
  cells.words[cells.target(0) + TARGET.unhealthy] = 1
  cells.changed()
  ask()
  assert.equal(panicking(), 1)
  held.release()
  assert.equal(panicking(), 0)
  cells.words[cells.target(0) + TARGET.unhealthy] = 0
  cells.changed()
  ask()
  cells.words[cells.target(0) + TARGET.unhealthy] = 1
  cells.changed()
  ask()
  assert.equal(panicking(), 0)
})

test('a target whose only probe was given up by its client is probed again at once, not after as long as it was open', () => {
  const { world, cells, begin } = discovered({ targetBreaker: { ...BREAKER, openMs: 600_000, halfOpenRequests: 1 } })
  for (const slot of [0, 1]) {
    const { words, at } = cells.targetBreaker(slot)
    words[at] = moment(world.clock.now())
    words[at + 1] = 1
  }
  world.clock.advance(700_000)
  const probes = [begin(), begin()]
  assert.deepEqual(probes.map(({ upstream }) => upstream).toSorted(), ['http://a', 'http://b'])
  assert.equal(begin().upstream, '', 'both are taken')
  for (const x of probes) x.onCancel?.cancel(new Fault('CLIENT_GONE', 'gone'))
  world.clock.advance(20)
  assert.notEqual(begin().upstream, '')
})
