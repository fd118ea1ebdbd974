import type { Generation } from './messages.ts'
import type { Slot } from './slot.ts'

/**
 * All prepare, then all commit, or all forget it. `decide` marks the point of no return (it may still refuse by
 * throwing): from there on the generation is the truth, and a worker that cannot follow is replaced on it.
 */
export const runTwoPhase = async (
  slots: readonly Slot[],
  generation: Generation,
  timeoutMs: number,
  decide: () => void,
): Promise<void> => {
  const { number } = generation
  try {
    await Promise.all(slots.map(slot => slot.prepare(generation, timeoutMs)))
    decide()
  } catch (error) {
    for (const slot of slots) slot.abort(number)
    throw error
  }
  const follow = (slot: Slot): Promise<void> =>
    slot
      .commit(number, timeoutMs)
      .catch(error => slot.kill(`it could not change to a new configuration: ${error.message}`))
  await Promise.all(slots.map(follow))
}
