import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Outcome, REFUSED } from '../watch.ts'
import type { BreakerState } from './machine.ts'
import { breakerSpec, breakerWorld } from './testing/world.ts'

/** What must hold for any breaker, counted by who stands beside it and knows nothing of how it works. */
const OPEN = 12
const PLACES = 3
const WORKERS = 3
const spec = breakerSpec({ consecutiveFailures: 2, openMs: 10 * OPEN, halfOpenRequests: PLACES })

interface Phase {
  readonly state: BreakerState
  readonly at: number
  /** Of what was let in by this phase and came back in it. */
  in: number
  good: number
  bad: number
  back: number
}

const witness = (start: number) => {
  const w = breakerWorld(spec, WORKERS, start)
  const phases: Phase[] = []
  const held: { permit: number; phase: Phase }[] = []
  const current = (): Phase => phases.at(-1)!
  const begin = (state: BreakerState): void => void phases.push({ state, at: w.now, in: 0, good: 0, bad: 0, back: 0 })
  begin('closed')

  /** What is allowed to follow what, and after what. */
  const lookForChanges = (): void => {
    assert.ok(w.changes.length <= phases.length, 'one change a step at most')
    if (w.changes.length < phases.length) return
    const { state, at, good, bad } = current()
    const next = w.changes.at(-1)!
    if (next === 'half-open') assert.ok(state !== 'closed' && w.now - at >= OPEN, `${state} for ${w.now - at}`)
    if (next === 'closed') assert.deepEqual([state, good, bad], ['half-open', PLACES, 0])
    if (next === 'open') assert.ok((state === 'half-open' && bad === 1) || (state === 'closed' && bad >= 2))
    begin(next)
  }
  return {
    pass: (hundredths: number): void => w.pass(10 * hundredths),
    enter(worker: number): void {
      const permit = w.breakers[worker]!.enter(w.now)
      lookForChanges()
      const phase = current()
      assert.ok(permit !== REFUSED || phase.state !== 'closed', 'closed lets all in')
      if (permit === REFUSED) return
      assert.notEqual(phase.state, 'open')
      held.push({ permit, phase })
      phase.in++
      assert.ok(phase.state === 'closed' || phase.in - phase.back <= PLACES, `${phase.in} probes, ${phase.back} back`)
    },
    leave(worker: number, nth: number, outcome: Outcome): void {
      const left = held.splice(nth % Math.max(1, held.length), 1)[0]
      if (left === undefined) return
      const { phase } = left
      if (outcome === 'cancelled') phase.back++
      else if (outcome === 'answered') phase.good++
      else phase.bad++
      const isLate = phase !== current()
      w.breakers[worker]!.leave(left.permit, outcome, 1, w.now)
      if (isLate) assert.ok(w.changes.length < phases.length, 'a late answer changes nothing')
      lookForChanges()
    },
    phases,
  }
}

const steps = fc.array(
  fc.record({
    worker: fc.nat(WORKERS - 1),
    act: fc.constantFrom<('enter' | 'pass' | Outcome)[]>(
      ...(['enter', 'enter', 'enter', 'pass', 'answered', 'answered', 'error', 'cancelled'] as const),
    ),
    n: fc.nat(OPEN + 3),
  }),
  { maxLength: 300, size: 'max' },
)

test('never more probes than places, nothing before its time, and closed only by as many good probes as places', () => {
  const seen = { open: 0, 'half-open': 0, closed: 0 }
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 30 }), steps, (start, all) => {
      const { pass, enter, leave, phases } = witness(start)
      for (const { worker, act, n } of all)
        if (act === 'pass') pass(n)
        else if (act === 'enter') enter(worker)
        else leave(worker, n, act)
      for (const { state } of phases.slice(1)) seen[state]++
    }),
    { numRuns: 500 },
  )
  assert.ok(Math.min(seen.open, seen.closed, seen['half-open']) > 50, JSON.stringify(seen))
})
