import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Culprit, type Evidence, verdictOf } from './verdict.ts'

/** A machine with room, on which nobody is busy. */
const IDLE: Evidence = {
  rate: 10_000,
  bends: 'p50 40 ms',
  gatewayCpu: 0.3,
  workers: 1,
  serviceCpu: 0.2,
  generatorCpu: 0.3,
  generatorLateMs: 0.2,
  machineBusy: 0.4,
  cores: 8,
  peak: 60,
  connections: 256,
  direct: { held: 20_000, bentAt: undefined },
}

const CASES: readonly (readonly [string, Partial<Evidence>, Culprit, RegExp])[] = [
  ['nobody busy', {}, 'unclear', /nobody can be named/],
  ['the gateway busy', { gatewayCpu: 0.97 }, 'gateway', /no CPU left \(97% of a core\)$/],
  ['four workers busy', { gatewayCpu: 0.97, workers: 4 }, 'gateway', /4 workers had no CPU left \(97% of 4 cores\)/],
  ['the generator busy', { generatorCpu: 0.95, gatewayCpu: 0.9 }, 'generator', /can do more/],
  ['the generator late', { generatorLateMs: 30 }, 'generator', /late by 30 ms/],
  ['the stub busy', { serviceCpu: 0.98 }, 'service', /no CPU left/],
  ['bends without the gateway, too', { direct: { held: 9000, bentAt: 9500 } }, 'service', /bends at 9500\/s, too/],
  ['bends without the gateway a little later', { direct: { held: 10_000, bentAt: 11_000 } }, 'service', /11k\/s/],
  ['bends without the gateway far later', { direct: { held: 15_000, bentAt: 16_000 } }, 'unclear', /nobody/],
  ['no core free', { machineBusy: 0.99 }, 'machine', /all 8 cores/],
  ['no core free, and so the generator late', { machineBusy: 0.99, generatorLateMs: 30 }, 'machine', /all 8 cores/],
  ['all connections in use', { peak: 256 }, 'connections', /--connections/],
  ['gateway and service busy', { gatewayCpu: 0.9, serviceCpu: 0.9 }, 'gateway', /service was at its end, too/],
  [
    'gateway busy, direct bends near',
    { gatewayCpu: 0.9, direct: { held: 1, bentAt: 11_000 } },
    'gateway',
    /it is both/,
  ],
  ['gateway busy on a full machine', { gatewayCpu: 0.9, machineBusy: 0.99 }, 'gateway', /machine of its own/],
  ['CPU not known', { gatewayCpu: undefined }, 'unclear', /nobody/],
]

for (const [name, seen, who, says] of CASES) {
  test(`${name}: ${who}`, () => {
    const verdict = verdictOf({ ...IDLE, ...seen })
    assert.equal(verdict.who, who)
    assert.match(verdict.says, says)
  })
}

test('the figures it rests on are told, and what is not known', () => {
  const { because } = verdictOf({ ...IDLE, gatewayCpu: undefined, serviceCpu: undefined, direct: undefined })
  assert.deepEqual(because, [
    'at 10k/s: CPU of the gateway not known, service not known, generator 30%, late by 200 µs at p99; machine 40% of 8 cores',
    'there is no way without the gateway to compare with',
  ])
})
