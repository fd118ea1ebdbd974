import { type FakeClock, fakeClock, fakeTimers } from '../base/testing.ts'
import { Wheel } from '../base/wheel.ts'
import { Exchange } from '../core/exchange.ts'
import type { Gauge } from '../core/ports.ts'
import type { EndpointSpec } from '../spec/spec.ts'
import { endpointSpec, TIMEOUTS, UNLIMITED } from '../spec/testing.ts'
import type { Cells } from './cells.ts'
import { Load } from './load.ts'
import type { Member } from './member.ts'
import { OpenCount } from './open-count.ts'
import type { TargetMeter, UpstreamWorld } from './options.ts'
import type { Passenger } from './roles.ts'
import { TargetState } from './target.ts'

export const gauge = (): Gauge => {
  let value = 0
  return {
    add: n => {
      value += n
    },
    total: () => value,
  }
}

/** A worker whose time the test moves; every step is one tick of its wheel. */
export interface FakeWorld extends UpstreamWorld {
  readonly clock: FakeClock
  pass(ms: number): void
}

export const fakeWorld = (): FakeWorld => {
  const clock = fakeClock()
  const wheel = new Wheel(clock.now, 200)
  const timers = fakeTimers(clock)
  return {
    clock,
    wheel,
    log: { info() {}, warn() {}, error() {} },
    lean: true,
    worker: 0,
    sharedNow: clock.now,
    after: timers.after,
    random: () => 0,
    pass: ms => {
      for (let passed = 0; passed < ms; passed += 200) {
        clock.advance(200)
        wheel.advance()
        timers.fire()
      }
    },
  }
}

export const endpoint = (name: string, weight = 1): EndpointSpec => endpointSpec(name, { weight })

/** A target that connects to nobody: what starts is written down. */
export class FakeTarget extends TargetState {
  readonly started: Passenger[] = []
  readonly outcomes: string[] = []

  constructor(name: string, world: UpstreamWorld) {
    const outcomes: string[] = []
    const meter: TargetMeter = {
      inFlight: gauge(),
      connections: gauge(),
      isHeld: true,
      record: (status, ms) => void outcomes.push(`${status} after ${ms}`),
      fail: (outcome, ms) => void outcomes.push(`${outcome} after ${ms}`),
      letGo: () => meter,
    }
    super({ endpoint: endpoint(name), timeouts: TIMEOUTS, connections: UNLIMITED }, world, meter)
    this.outcomes = outcomes
  }

  override start(attempt: Passenger): void {
    this.started.push(attempt)
  }
}

/** A target as a service of one worker has it. */
export const memberOf = (state: TargetState, slot: number, cells: Cells, given: Partial<Member> = {}): Member => ({
  state,
  slot,
  hostLine: `Host: ${state.options.endpoint.authority}\r\n`,
  basePath: '',
  label: state.options.endpoint.url,
  weight: 1,
  priority: 0,
  load: new Load(cells, slot, 0),
  open: new OpenCount(cells, slot, 0),
  breaker: null,
  watches: [],
  ...given,
})

export const exchange = (given: Partial<Exchange> = {}): Exchange => Object.assign(new Exchange(), given)
