import type { RE2JS } from 're2js'

/** The states of a deterministic automaton. Each is a table of some hundred bytes, in every worker. */
const MAX_STATES = 1000
/**
 * The parts of an expression that a character may be read by, where that can go on and on. It matters where groups are
 * wanted: what they hold is found by following each of these parts.
 */
const MAX_PARTS = 32

/** The library's constant for a search of the whole text. */
const ANCHOR_BOTH = 2
/** What comes after the last character. */
const END = -1

/** The part of the library's automaton that is used here. Its types say `any`. */
interface Automaton {
  readonly numClasses: number
  readonly classBounds: Int32Array
  readonly startStates: ReadonlyMap<number, State>
  step(state: State, characters: number, sample: number, anchor: number): State | null
}

interface State {
  readonly nfaStates: readonly number[]
}

/**
 * What makes an expression too expensive, or undefined. Linear time alone promises little: `(a|b)*a(a|b){99}` takes 13 µs
 * a character, because the automaton that the library builds as it reads has 2^100 states and never enough of them. So
 * the automaton is built here once, whole; when it is small, a character is one step in a table, whatever the text.
 *
 * What is let pass takes at most 0.2 ms for the longest path (8 KiB), and 10 ms for what its groups hold of one, which is
 * only asked of the route that was chosen (bench/micro/regex.ts).
 */
export const tooExpensive = (compiled: RE2JS): string | undefined => {
  const automaton = automatonOf(compiled)
  if (automaton === null) return undefined
  const samples = [0, ...automaton.classBounds, END]
  const following = new Map<State, readonly State[]>()
  const states = new Set<State>(automaton.startStates.values())
  for (const state of states) {
    const next = samples.map((sample, characters) => automaton.step(state, characters, sample, ANCHOR_BOTH))
    for (const one of next) if (one !== null) states.add(one)
    if (next.includes(null) || states.size > MAX_STATES) return AMBIGUOUS
    following.set(
      state,
      next.filter(one => one !== null),
    )
  }
  if (Object.keys(compiled.namedGroups()).length === 0) return undefined
  return [...states].some(state => state.nfaStates.length > MAX_PARTS && comesBack(state, following))
    ? AMBIGUOUS
    : undefined
}

const AMBIGUOUS = 'is too ambiguous: at some place in a text, too many of its parts may be what comes next'

const comesBack = (state: State, following: ReadonlyMap<State, readonly State[]>): boolean => {
  const seen = new Set(following.get(state))
  for (const one of seen) for (const next of following.get(one) ?? []) seen.add(next)
  return seen.has(state)
}

/** Null: the library needs none, as each character says what comes next. */
const automatonOf = (compiled: RE2JS): Automaton | null => {
  // It is made, with its first state, when the first text comes.
  compiled.testExact('')
  return compiled.re2().lazyDFA as Automaton | null
}
