import { affinityOf } from '../../core/affinity.ts'
import type { BalanceSpec } from '../../spec/spec-resilience.ts'
import type { Cells } from '../cells.ts'
import type { Candidate, MakePicker, Picker } from '../picker.ts'
import type { Watch } from '../watch.ts'
import { ewma } from './ewma.ts'
import { hashed } from './hash.ts'
import { latencyWatch } from './latency.ts'
import { type InFlight, leastRequest } from './least-request.ts'
import { maglevOf } from './maglev.ts'
import { randomly } from './random.ts'
import { ringOf } from './ring.ts'
import { roundRobin } from './round-robin.ts'
import { sticky } from './sticky.ts'

export interface BalanceTools {
  readonly cells: Cells
  readonly inFlight: InFlight
  /** 0 ≤ r < 1. */
  readonly random: () => number
  /** A moment of cells.ts. */
  readonly now: () => number
}

export interface Balance {
  readonly make: MakePicker
  /** Learns how the target in a slot does; only where that decides something. */
  readonly watch?: (slot: number) => Watch
}

export const pickerFor = (spec: BalanceSpec, tools: BalanceTools): Balance => {
  const { cells, inFlight, random, now } = tools
  switch (spec.kind) {
    case 'round-robin':
      return { make: ofSeveral(roundRobin(random)) }
    case 'random':
      return { make: ofSeveral(randomly(random)) }
    case 'least-request':
      return { make: ofSeveral(leastRequest(inFlight, random)) }
    case 'ewma':
      return { make: ofSeveral(ewma(tools)), watch: slot => latencyWatch(cells, cells.target(slot), now) }
    case 'hash': {
      const circleOf = spec.algorithm === 'ring' ? ringOf : maglevOf
      const otherwise = roundRobin(random)
      const { boundedLoad } = spec
      return {
        make: ofSeveral(hashed({ affinity: affinityOf(spec.by), circleOf, boundedLoad, cells, inFlight, otherwise })),
      }
    }
    case 'sticky':
      return { make: ofSome(sticky({ ...spec, otherwise: ofSeveral(roundRobin(random)) })) }
  }
}

const NOBODY: Picker = { pick: () => null }

const ofSome =
  (make: MakePicker): MakePicker =>
  (candidates, all) =>
    candidates.length === 0 ? NOBODY : make(candidates, all)

/** The one there is needs no choosing. */
const ofSeveral =
  (make: MakePicker): MakePicker =>
  (candidates, all) =>
    candidates.length > 1 ? make(candidates, all) : candidates.length === 1 ? only(candidates[0]!) : NOBODY

const only = ({ member }: Candidate): Picker => ({ pick: () => member })
