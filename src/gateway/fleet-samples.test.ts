import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointSpec, ROBUST_ON, serviceSpec } from '../spec/testing.ts'
import { Cells, moment, momentAfter, OWN, TARGET } from '../upstream/cells.ts'
import { fleetSamples } from './fleet-samples.ts'

const NOW = moment(1_000_000)

const fleetService = (given: object) => {
  const memory = Cells.create(2, 2)
  const endpoints = [endpointSpec('a:1'), endpointSpec('b:2')]
  const spec = serviceSpec('api', { endpoints, ...given })
  const targets = endpoints.map((endpoint, slot) => ({ endpoint, slot }))
  const roster = { service: 'api', id: 1, version: 1, cells: memory, targets }
  return { spec, roster, cells: new Cells(memory) }
}

const lines = (service: ReturnType<typeof fleetService>): string[] =>
  fleetSamples(service, NOW).map(sample => {
    assert.notEqual(sample.kind, 'histogram')
    const { name, labels } = sample
    return `${name} ${labels['target'] ?? '-'} ${'value' in sample ? sample.value : ''}`
  })

test('a service without anything has no samples', () => assert.deepEqual(lines(fleetService({})), []))

test('what the memory says of a service and its targets', () => {
  const service = fleetService(ROBUST_ON)
  const { cells } = service
  cells.words[cells.column(1) + OWN.queued] = 3
  cells.words[cells.target(0) + TARGET.unhealthy] = 1
  cells.words[cells.target(1) + TARGET.ejected] = 1
  cells.words[cells.target(1) + TARGET.ejectedUntil] = momentAfter(NOW, 5000)
  cells.words[cells.target(1) + TARGET.ejectionsEver] = 7
  cells.words[cells.target(1) + TARGET.forced] = 1
  assert.deepEqual(lines(service), [
    'sallyport_upstream_queued - 3',
    'sallyport_breaker_state  0',
    'sallyport_target_healthy http://a:1 0',
    'sallyport_target_ejected http://a:1 0',
    'sallyport_ejections_total http://a:1 0',
    'sallyport_breaker_state http://a:1 0',
    'sallyport_target_healthy http://b:2 1',
    'sallyport_target_ejected http://b:2 1',
    'sallyport_ejections_total http://b:2 7',
    'sallyport_breaker_state http://b:2 2',
  ])
})
