import { cookieOf } from '../core/cookie.ts'
import type { Exchange } from '../core/exchange.ts'
import { mixed, textHash } from '../core/text-hash.ts'
import type { SplitSpec } from '../spec/spec-resilience.ts'

export interface Choice<T> {
  /** What a request may ask for it by; unique. */
  readonly name: string
  readonly value: T
  /** Not negative; at least one is above 0. */
  readonly weight: number
}

export type Pick<T> = (x: Exchange) => T

/**
 * A choice for each request: the one that it asks for by name in a header or a cookie, even one of weight 0; else, where
 * `affinity` finds a text in it, always the same for that text; else by chance.
 */
export const compileSplit = <T>(
  choices: readonly Choice<T>[],
  random: () => number,
  { header, cookie }: SplitSpec,
  affinity: ((x: Exchange) => string) | null,
): Pick<T> => {
  const byChance = chance(choices, random)
  const byWeight = affinity === null ? byChance : sticky(choices, affinity, byChance)
  return header === '' && cookie === '' ? byWeight : asked(choices, header, cookie, byWeight)
}

/**
 * By weight: a choice of weight 10 among 100 is taken once in ten, one of weight 0 never. `random` gives 0 ≤ r < 1; one
 * call a pick, and none where there is no choice.
 */
const chance = <T>(choices: readonly Choice<T>[], random: () => number): Pick<T> => {
  const open = choices.filter(choice => choice.weight > 0)
  const last = open.at(-1)
  if (last === undefined) throw new Error('a split needs a choice with a weight above 0')
  if (open.length === 1) return () => last.value
  const total = open.reduce((sum, choice) => sum + choice.weight, 0)
  return () => {
    let left = random() * total
    for (let i = 0; i < open.length; i++) {
      const choice = open[i]!
      left -= choice.weight
      if (left < 0) return choice.value
    }
    // Only rounding comes here.
    return last.value
  }
}

/**
 * Weighted rendezvous hashing (Schindelhauer and Schomaker, 2005): each choice draws a time from the text and its own
 * name, exponentially distributed, shorter the heavier it is; the first one wins. So the shares are the weights, in any
 * order, and when one weight changes no text moves but to that choice or away from it.
 */
const sticky = <T>(choices: readonly Choice<T>[], affinity: (x: Exchange) => string, byChance: Pick<T>): Pick<T> => {
  const open = choices.filter(choice => choice.weight > 0)
  const seeds = open.map(({ name }) => textHash(name, 0))
  return x => {
    const text = affinity(x)
    if (text === '') return byChance(x)
    const hash = textHash(text, 0)
    let first = open[0]!
    let soonest = Number.POSITIVE_INFINITY
    for (let i = 0; i < open.length; i++) {
      const choice = open[i]!
      const time = -Math.log((mixed(hash ^ seeds[i]!) + 0.5) / 2 ** 32) / choice.weight
      if (time >= soonest) continue
      soonest = time
      first = choice
    }
    return first.value
  }
}

const asked = <T>(choices: readonly Choice<T>[], header: string, cookie: string, otherwise: Pick<T>): Pick<T> => {
  const named = new Map(choices.map(choice => [choice.name, choice]))
  return x => {
    const name = (header === '' ? undefined : x.headers.get(header)) ?? ''
    const choice = named.get(name) ?? (cookie === '' ? undefined : named.get(cookieOf(x.headers, cookie)))
    return choice === undefined ? otherwise(x) : choice.value
  }
}
