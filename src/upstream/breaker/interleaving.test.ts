import assert from 'node:assert/strict'
import { test } from 'node:test'
import { interleaving } from '../../base/testing/interleave.ts'
import type { BreakerSpec } from '../../spec/spec-resilience.ts'
import { type Outcome, REFUSED } from '../watch.ts'
import { breakerSpec, breakerWorld, type World } from './testing/world.ts'

/**
 * What three workers do at once must come out as if they had done it one after the other, in some order: whatever is
 * swapped in between. Each is interrupted by the next before every one of its steps.
 */
interface Scene {
  readonly spec: BreakerSpec
  /** What happened before; the permits with which the three leave, if they do. */
  readonly before: (w: World) => readonly number[]
  readonly acts: readonly Act[]
}
type Act = 'enter' | Outcome

const halfOpen = (w: World, probes: number): number[] => {
  w.fail()
  w.pass(5000)
  return Array.from({ length: probes }, w.enter)
}
const enterThrice = (w: World): number[] => [w.enter(), w.enter(), w.enter()]

const SCENES: Readonly<Record<string, Scene>> = {
  'closed, with two failures in a row of three': {
    spec: breakerSpec({ consecutiveFailures: 3 }),
    before(w) {
      const permits = enterThrice(w)
      w.fail()
      w.fail()
      return permits
    },
    acts: ['enter', 'answered', 'error', 'cancelled'],
  },
  'closed, with one failure too few for its rate': {
    spec: breakerSpec({ failureRate: 0.5, minRequests: 4 }),
    before(w) {
      const permits = enterThrice(w)
      w.fail()
      w.fail()
      return permits
    },
    acts: ['enter', 'answered', 'error'],
  },
  'open, and it is time': {
    spec: breakerSpec({ consecutiveFailures: 1, halfOpenRequests: 2 }),
    before: w => halfOpen(w, 0),
    acts: ['enter'],
  },
  'half-open, with one place left': {
    spec: breakerSpec({ consecutiveFailures: 1, halfOpenRequests: 4 }),
    before: w => halfOpen(w, 3),
    acts: ['enter', 'answered', 'error', 'unsent'],
  },
  'half-open, where three good answers close': {
    spec: breakerSpec({ consecutiveFailures: 1, halfOpenRequests: 3 }),
    before: w => halfOpen(w, 3),
    acts: ['enter', 'answered', 'error', 'cancelled'],
  },
  'half-open, and those that have a place are late': {
    spec: breakerSpec({ consecutiveFailures: 1, halfOpenRequests: 3 }),
    before(w) {
      const permits = halfOpen(w, 3)
      w.pass(5000)
      return permits
    },
    acts: ['enter', 'answered', 'error'],
  },
  'closed, at the end of the ramp': {
    spec: breakerSpec({ consecutiveFailures: 1, halfOpenRequests: 1, rampMs: 1000 }),
    before(w) {
      for (const probe of halfOpen(w, 1)) w.succeed(probe)
      w.pass(999)
      w.chance = 0
      const permits = enterThrice(w)
      w.pass(10)
      return permits
    },
    acts: ['enter', 'answered', 'error'],
  },
}

const played = ({ spec, before }: Scene) => {
  const w = breakerWorld(spec)
  const permits = before(w)
  w.changes.length = 0
  const got: (number | string)[] = ['', '', '']
  const act = (worker: number, what: Act) => (): void => {
    const breaker = w.breakers[worker]!
    if (what === 'enter') got[worker] = breaker.enter(w.now)
    else breaker.leave(permits[worker]!, what, 1, w.now)
  }
  /** But for the counts in the window: who ends while others open it may be in there or not. */
  const state = () => ({ ...w.read(), requests: 0, failures: 0 })
  /** All there is to see from outside, now and when the next one fails. */
  const result = (): string => {
    const seen = [got, state(), w.changes.toSorted()]
    w.fail()
    return JSON.stringify([...seen, state()])
  }
  return { w, act, result, got }
}

const ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const

const inSomeOrder = (scene: Scene, acts: readonly Act[]): Set<string> =>
  new Set(
    ORDERS.map(order => {
      const { act, result } = played(scene)
      for (const worker of order) act(worker, acts[worker]!)()
      return result()
    }),
  )

const triples = (acts: readonly Act[]): [Act, Act, Act][] =>
  acts.flatMap(a => acts.flatMap(b => acts.map((c): [Act, Act, Act] => [a, b, c])))

for (const [name, scene] of Object.entries(SCENES))
  test(`${name}: three that interrupt each other at every step do as if one after the other`, t => {
    const threads = interleaving(t)
    let schedules = 0
    for (const acts of triples(scene.acts)) {
      const expected = inSomeOrder(scene, acts)
      for (let step = 0, more = true; more; step++)
        for (let inner = 0, deeper = true; deeper && more; inner++) {
          const { act, result } = played(scene)
          more = threads.run(act(0, acts[0]), step, () => {
            deeper = threads.run(act(1, acts[1]), inner, act(2, acts[2]))
            if (!deeper) act(2, acts[2])()
          })
          if (!more) break
          schedules++
          const found = result()
          assert.ok(expected.has(found), `${acts} at ${step}, ${inner}:\n${found}\nnot\n${[...expected].join('\n')}`)
        }
    }
    assert.ok(schedules > 3, `${schedules} schedules`)
  })

for (const [name, scene] of Object.entries(SCENES))
  test(`${name}: one that dies at any step is in nobody’s way`, t => {
    const threads = interleaving(t)
    for (const what of scene.acts)
      for (let step = 0, more = true; more; step++) {
        const { w, act } = played(scene)
        more = threads.stop(act(0, what), step)
        const breaker = w.breakers[1]!
        // A new phase if need be, and probes that are all good.
        w.pass(5000)
        for (let i = 0; i < scene.spec.halfOpenRequests && w.read().state !== 'closed'; i++) {
          const permit = breaker.enter(w.now)
          if (permit !== REFUSED) breaker.leave(permit, 'answered', 1, w.now)
        }
        // Places that were taken by the dead one are free when their phase is over.
        w.pass(5000)
        for (let i = 0; i < scene.spec.halfOpenRequests && w.read().state !== 'closed'; i++)
          breaker.leave(breaker.enter(w.now), 'answered', 1, w.now)
        assert.equal(w.read().state, 'closed', `${what} at ${step}`)
      }
  })
