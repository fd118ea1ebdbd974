import { encodeNonAscii } from '../base/percent.ts'
import { parseRegex, type Regex, type RegexError } from '../base/regex.ts'
import type { Pattern, PatternError, Segment } from './segment.ts'

/**
 * `regex` of a route: it stands for the whole path in normal form (escapes in upper case, `é` as `%C3%A9`), and its named
 * groups are parameters. Of its segments only those are known that every path it takes begins with.
 */
export const parseRegexPattern = (text: string): Pattern | PatternError => {
  const at = text.search(/[^\u0000-\u007f]/)
  if (at >= 0) {
    const char = String.fromCodePoint(text.codePointAt(at)!)
    return { error: `must write "${char}" as "${encodeNonAscii(char)}": paths are matched in that form`, offset: at }
  }
  const regex = checkedRegex(text)
  if ('error' in regex) return { error: regex.error, offset: 0 }
  if (regex.prefix !== '' && !regex.prefix.startsWith('/')) {
    return { error: 'never matches: it stands for the whole path, which starts with "/"', offset: 0 }
  }
  return patternOf(regex)
}

/** What a regular expression says as a pattern. */
export const patternOf = (regex: Regex): Pattern => ({
  segments: knownSegments(regex.prefix),
  params: regex.groups,
  regex,
})

/** Segments that are whole: something may follow on the last one. */
const knownSegments = (prefix: string): Segment[] =>
  prefix
    .split('/')
    .slice(1, -1)
    .map(text => ({ kind: 'literal', text }))

/**
 * One pattern before another: what a group or a frontend says, segment by segment, and the expression, which stands for
 * the rest of the path.
 */
export const regexBehind = (before: readonly Segment[], regex: string): string => {
  if (before.length === 0) return regex
  const written = before.map(segment =>
    segment.kind === 'literal' ? quoted(segment.text) : `(?<${segment.name}>[^/]+)`,
  )
  return `/${written.join('/')}(?:${regex.replace(/^\^/, '')})`
}

/** The characters that mean something in an expression, and that a path may have. */
const quoted = (text: string): string => text.replace(/[$()*+.?[\]^{|}\\]/g, '\\$&')

/** What was read last: one check asks for the same expression several times, and reading one takes milliseconds. */
const known = new Map<string, Regex | RegexError>()
const MOST_KNOWN = 200

/** Of a route, a header or a query parameter. */
export const checkedRegex = (text: string): Regex | RegexError => {
  const found = known.get(text)
  if (found !== undefined) return found
  if (known.size >= MOST_KNOWN) known.clear()
  const made = parseRegex(text)
  known.set(text, made)
  return made
}
