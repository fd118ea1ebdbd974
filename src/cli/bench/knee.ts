/** What one rate did. */
export interface Step<Seen> {
  /** Requests per second. */
  readonly rate: number
  /** Why this rate is past the bend; undefined: it is held. */
  readonly bends: string | undefined
  readonly seen: Seen
}

export interface Knee<Seen> {
  /** The highest rate that was held; 0: none. */
  readonly held: number
  /** The lowest rate that was not held; undefined: there was none up to the most that was allowed. */
  readonly bentAt: Step<Seen> | undefined
  /** All that were measured, by rate; of a rate that was measured twice the better one. */
  readonly steps: readonly Step<Seen>[]
}

export interface KneeOptions<Seen> {
  readonly measure: (rate: number) => Promise<Step<Seen>>
  readonly start: number
  readonly most: number
  /** Ends when the two rates around the bend are this near, as a share of the lower one. */
  readonly within: number
  readonly mostSteps: number
}

/** From step to step while nothing is known of where it bends. */
const FACTOR = 2
/** Below that, there is nothing to find. */
const LEAST_RATE = 10

/**
 * Looks for the rate at which it bends: doubles until it does, then halves the gap. A rate that bends is measured
 * again, and counts only when it does both times: on a busy machine one bad second is no capacity.
 */
export const findKnee = async <Seen>(options: KneeOptions<Seen>): Promise<Knee<Seen>> => {
  const { measure, start, most, within, mostSteps } = options
  const steps: Step<Seen>[] = []
  let held = 0
  let bentAt: Step<Seen> | undefined

  const next = (): number => {
    if (bentAt === undefined) return held === 0 ? Math.min(start, most) : Math.min(held * FACTOR, most)
    return held === 0 ? bentAt.rate / FACTOR : Math.sqrt(held * bentAt.rate)
  }
  const isOver = (): boolean => {
    if (steps.length >= mostSteps) return true
    if (bentAt === undefined) return held >= most
    return held === 0 ? bentAt.rate / FACTOR < LEAST_RATE : bentAt.rate / held - 1 <= within
  }
  while (!isOver()) {
    const rate = Math.round(next())
    const first = await measure(rate)
    const step = first.bends === undefined ? first : await measure(rate)
    steps.push(step)
    if (step.bends === undefined) held = rate
    else bentAt = step
  }
  return { held, bentAt, steps: steps.sort((a, b) => a.rate - b.rate) }
}
