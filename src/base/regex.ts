import { createRequire } from 'node:module'
import type * as Re2 from 're2js'
import { tooExpensive } from './regex-cost.ts'

/**
 * Regular expressions from configurations, for text from strangers. They are RE2's: no lookaround and no backreferences,
 * and in exchange a match takes time in proportion to the text, whatever the text is. V8's own backtrack, and nobody
 * can say of one what it costs.
 *
 * An expression stands for a whole text, as in Envoy and the Gateway API: `a` takes `a`, not `cat`. `.` stands for any
 * character, line breaks too.
 */
export interface Regex {
  /** As it was written. */
  readonly source: string
  /** What every text it takes begins with; may be empty. */
  readonly prefix: string
  /** Names of its named groups, in order. */
  readonly groups: readonly string[]
  /** Whether it takes the whole text. */
  test(text: string): boolean
  /** What the named groups hold of a text that it takes, in their order; empty for those that took no part. */
  capture(text: string): string[]
}

export interface RegexError {
  /** What is wrong and what would be right. It may quote the expression. */
  readonly error: string
}

/** UTF-16 units. */
export const MAX_REGEX_LENGTH = 1024
/** Compiled instructions. Up to here the library finds groups in texts that are not long by a bounded search. */
const MAX_PROGRAM = 500

/**
 * Loaded by the first expression: 9 ms and 8 MB in every thread is too much for configurations that have none. And at
 * once, because plans are compiled in one go.
 */
let loaded: typeof Re2 | undefined
const library = (): typeof Re2 => {
  loaded ??= createRequire(import.meta.url)('re2js') as typeof Re2
  return loaded
}

/** What an expression means, or what is wrong with it; what it may cost is looked at too, so this is slow. */
export const parseRegex = (source: string): Regex | RegexError => {
  const compiled = compile(source)
  if ('error' in compiled) return compiled
  const error = tooExpensive(compiled)
  return error === undefined ? regexOf(source, compiled) : { error }
}

/** For expressions that were checked: throws when there is something wrong with one. */
export const compileRegex = (source: string): Regex => {
  const compiled = compile(source)
  if ('error' in compiled) throw new Error(`regular expression "${source}" ${compiled.error}`)
  return regexOf(source, compiled)
}

const compile = (source: string): Re2.RE2JS | RegexError => {
  if (source.length > MAX_REGEX_LENGTH) return { error: `is longer than ${MAX_REGEX_LENGTH} characters` }
  const { RE2JS, RE2JSSyntaxException } = library()
  let compiled: Re2.RE2JS
  try {
    // At the start of a whole text `^` says nothing, and it hides from the library what texts begin with.
    compiled = RE2JS.compile(source.replace(/^\^/, ''), RE2JS.DOTALL)
  } catch (thrown) {
    if (thrown instanceof RE2JSSyntaxException) return { error: explain(thrown) }
    throw thrown
  }
  if (compiled.programSize() > MAX_PROGRAM) {
    return { error: `is too large: ${compiled.programSize()} instructions when compiled, of at most ${MAX_PROGRAM}` }
  }
  return compiled
}

const regexOf = (source: string, compiled: Re2.RE2JS): Regex => {
  const named = Object.entries(compiled.namedGroups()).sort(([, a], [, b]) => a - b)
  const positions = named.map(([, position]) => position)
  const prefix = String(compiled.re2().prefix ?? '')
  return {
    source,
    prefix,
    groups: named.map(([name]) => name),
    // Most expressions begin with literal text that most texts do not.
    test: text => text.startsWith(prefix) && compiled.testExact(text),
    capture: text => {
      if (positions.length === 0) return []
      const matcher = compiled.matcher(text)
      if (!matcher.matches()) return positions.map(() => '')
      return positions.map(position => matcher.group(position) ?? '')
    },
  }
}

const explain = (thrown: Re2.RE2JSSyntaxException): string => {
  // What the flag above puts in front is not the user's.
  const part = (thrown.getPattern() ?? '').replace(/^\(\?s\)/, '')
  const known = UNSUPPORTED.find(([pattern]) => pattern.test(part))
  if (known !== undefined) return `uses ${known[1]} (${part}), which cannot be matched in linear time`
  const problem = thrown.getDescription().replace(/^error parsing regexp: /, '')
  if (problem.startsWith('invalid repeat count'))
    return `repeats too often (${part}): at most 1000 times, nested ones together`
  return `is not a regular expression: ${problem}${problem.includes(part) || part === '' ? '' : ` (${part})`}`
}

const UNSUPPORTED: readonly (readonly [RegExp, string])[] = [
  [/^\(\?<?[=!]/, 'lookaround'],
  [/^\\(?:[1-9]|k|g)/, 'a backreference'],
  [/^\(\?>/, 'an atomic group'],
  [/^[*+?}]\+$/, 'a possessive quantifier'],
]
