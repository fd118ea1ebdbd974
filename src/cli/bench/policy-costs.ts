import { cpuUsOf } from './fixed-rate.ts'
import type { CpuMeter, Lab } from './lab.ts'
import type { Endpoint } from './load-order.ts'
import type { PolicyCost } from './results.ts'
import { differences, isClear, spreadOf } from './spread.ts'

/** A gateway that runs, with all policies of the route or without one. */
export interface Contender {
  readonly name: string
  readonly endpoint: Endpoint
  readonly gateway: CpuMeter
}

export interface PolicyCostsOptions {
  readonly lab: Lab
  /** With all policies. */
  readonly whole: Contender
  readonly without: readonly Contender[]
  readonly rate: number
  readonly rounds: number
  readonly durationMs: number
  readonly onRound: (round: number) => void
}

interface Seen {
  readonly cpuUs: number
  /** Answers of each class, in words. */
  readonly answers: string
}

/**
 * What each policy costs, by leaving it out: all gateways get the same arrivals in turns, and of each round the
 * differences are taken. What is the same in all of them, such as a busy machine, falls out.
 */
export const measurePolicies = async (options: PolicyCostsOptions): Promise<readonly PolicyCost[]> => {
  const { lab, whole, without, rate, rounds, durationMs, onRound } = options
  const seen = new Map<Contender, Seen[]>([whole, ...without].map(contender => [contender, []]))
  for (let round = 0; round < rounds; round++) {
    onRound(round)
    for (const [contender, runs] of rotated([...seen], round)) {
      const { endpoint, gateway } = contender
      const run = await lab.run({ endpoint, gateway, rate, durationMs, seed: round + 1 })
      const classes = Object.keys(run.load.byClass).map(digit => `${digit}xx`)
      runs.push({ cpuUs: cpuUsOf(run), answers: classes.join(' and ') || 'none' })
    }
  }
  return without.map(contender => costOf(contender.name, seen.get(whole)!, seen.get(contender)!))
}

const costOf = (name: string, whole: readonly Seen[], without: readonly Seen[]): PolicyCost => {
  const cpu = (runs: readonly Seen[]): readonly number[] => runs.map(({ cpuUs }) => cpuUs)
  const saves = differences(cpu(whole), cpu(without))
  const [before, after] = [whole[0]?.answers, without[0]?.answers]
  const note = before === after ? undefined : `answers are ${before} with it and ${after} without: not the same work`
  return { name, saves: spreadOf(saves), clear: isClear(saves), note }
}

/** Nobody is always the first after the pause between two rounds. */
const rotated = <T>(items: readonly T[], by: number): readonly T[] => {
  const at = items.length === 0 ? 0 : by % items.length
  return [...items.slice(at), ...items.slice(0, at)]
}
