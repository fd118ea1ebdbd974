import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { serviceSpec } from '../spec/testing.ts'
import type { MetricLayout } from './layout.ts'
import { createMeter } from './meter.ts'
import { createMetrics, GONE_MS } from './registry.ts'
import type { Sample } from './sample.ts'
import { targetSeries } from './series.ts'
import type { SeriesKey } from './series-key.ts'
import { type TargetMeter, targetMeter } from './target-meter.ts'
import { endpoint } from './testing.ts'

const WORKERS = 3
const SPEC = serviceSpec('s')
const name = fc.integer({ min: 0, max: 11 }).map(String)
const worker = fc.nat(WORKERS - 1)

/** What may happen. Workers hear of lists when they get to it, and some have old layouts. */
const happening = fc.oneof(
  fc.record({ what: fc.constant('list' as const), names: fc.uniqueArray(name, { maxLength: 4 }) }),
  fc.record({ what: fc.constant('find' as const), worker, name, age: fc.nat(3) }),
  fc.record({ what: fc.constant('open' as const), worker, nth: fc.nat(7) }),
  fc.record({ what: fc.constant('close' as const), worker, nth: fc.nat(7) }),
  fc.record({ what: fc.constant('let go' as const), worker, nth: fc.nat(7) }),
  fc.record({ what: fc.constant('die' as const), worker }),
  fc.record({ what: fc.constant('wait' as const), ms: fc.constantFrom(1000, GONE_MS / 2, GONE_MS) }),
)

/** As many as there are in the test. */
const fresh = (name: string): SeriesKey[] =>
  Array.from({ length: 12 }, (_, i) => targetSeries(SPEC, endpoint(urlOf(name + i)))).flat()

const memoryOf = ({ segments }: MetricLayout): number =>
  segments.reduce((sum, { cells, gauges }) => sum + cells.byteLength + gauges.byteLength, 0)

/** A target as a worker has it. */
interface Holding {
  readonly target: string
  readonly meter: TargetMeter
  open: number
}

const urlOf = (name: string): string => `http://${name}`
/** Found targets have half of it: room for four. */
const TIGHT = 8 * targetSeries(SPEC, endpoint(urlOf('0'))).length
const CONNECTIONS = 'sallyport_upstream_connections'
const ANSWERED = 'sallyport_upstream_requests_total'

const connectionsIn = (samples: readonly Sample[]): ReadonlyMap<string, number> => {
  const of = samples.flatMap(sample => (sample.kind === 'gauge' && sample.name === CONNECTIONS ? [sample] : []))
  return new Map(of.map(({ labels, value }) => [labels['target'] ?? '', value]))
}

test('whatever comes and goes, targets have their own numbers, no gauge is below 0, and slots are bounded', () => {
  let reused = 0
  fc.assert(
    fc.property(fc.array(happening, { minLength: 30, maxLength: 120, size: 'max' }), fc.boolean(), (events, tight) => {
      const metrics = createMetrics({ workers: WORKERS, limit: tight ? TIGHT : 10_000 })
      // Slots of others from the first step on; and no layout lacks a part of the memory, however old it is.
      metrics.extendFound(fresh('before'))
      metrics.retain([], -GONE_MS)
      metrics.retain([], 0)
      const layouts: MetricLayout[] = [metrics.extendFound([])]
      const slots = memoryOf(layouts[0]!)
      const holdings: Holding[][] = Array.from({ length: WORKERS }, () => [])
      let listed: readonly string[] = []
      /** Answers of targets that have series. */
      const answers = new Map<string, number>()
      let now = 0
      const retain = (): void =>
        metrics.retain(
          listed.map(target => ({ service: 's', target: urlOf(target) })),
          now,
        )

      for (const event of events) {
        const mine = 'worker' in event ? holdings[event.worker]! : []
        const one = 'nth' in event ? mine[event.nth % mine.length] : undefined
        if (event.what === 'list') {
          layouts.push(metrics.extendFound(event.names.flatMap(each => targetSeries(SPEC, endpoint(urlOf(each))))))
          listed = event.names
        } else if (event.what === 'find') {
          const layout = layouts.at(-1 - (event.age % layouts.length))!
          const meter = targetMeter(createMeter(layout, event.worker), 's', urlOf(event.name))
          mine.push({ target: urlOf(event.name), meter, open: 0 })
        } else if (event.what === 'die') {
          holdings[event.worker] = []
          metrics.clearWorker(event.worker)
        } else if (event.what === 'wait') {
          now += event.ms
          retain()
        } else if (one !== undefined) {
          if (event.what === 'open') {
            one.open++
            one.meter.connections.add(1)
            one.meter.record(200, 1)
            if (one.meter.isHeld) answers.set(one.target, (answers.get(one.target) ?? 0) + 1)
          } else if (event.what === 'close' && one.open > 0) {
            one.open--
            one.meter.connections.add(-1)
          } else if (event.what === 'let go' && one.open === 0) {
            one.meter.letGo()
            mine.splice(mine.indexOf(one), 1)
          }
        }
        const samples = metrics.read()
        const connections = connectionsIn(samples)
        const held = holdings.flat().filter(({ meter }) => meter.isHeld)
        for (const { target } of held) assert.ok(connections.has(target), `${target} is held`)
        for (const [target, value] of connections) {
          const expected = held.reduce((sum, each) => sum + (each.target === target ? each.open : 0), 0)
          assert.equal(value, expected, `connections of ${target}`)
        }
        const counted = new Map(
          samples.flatMap(({ name, labels, ...value }) =>
            name === ANSWERED && labels['outcome'] === '2xx' && 'value' in value
              ? [[labels['target']!, value.value]]
              : [],
          ),
        )
        for (const target of answers.keys()) {
          if (counted.has(target)) continue
          answers.delete(target)
          reused++
        }
        for (const [target, value] of counted) assert.equal(value, answers.get(target) ?? 0, `answers of ${target}`)
        if (tight) assert.ok(samples.length <= TIGHT + 1)
      }

      for (const each of holdings.flat()) {
        each.meter.connections.add(-each.open)
        each.meter.letGo()
      }
      listed = []
      retain()
      now += GONE_MS
      retain()
      assert.equal(metrics.read().length, 1, 'in the end all is given back')
      assert.equal(memoryOf(metrics.extendFound(fresh('after'))), slots, 'and used again')
    }),
    { numRuns: 400 },
  )
  assert.ok(reused > 20, `${reused} were given back`)
})
