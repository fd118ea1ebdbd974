import { z } from 'zod'
import { METHODS, REFUSED_METHODS } from '../../base/methods.ts'
import { isHostPattern, isNetwork, parseAddress } from '../address.ts'
import {
  DURATION,
  PERCENT,
  parseDuration,
  parseMultiple,
  parsePercent,
  parseRate,
  parseSize,
  parseSpan,
  RATE,
  type Rate,
  SIZE,
  SPAN,
  showDuration,
} from '../units.ts'

/**
 * The leaves of the schema. The `error` text of each says what is expected, starting with `expected `: the reader of
 * the issues adds what was found, unless that value came from outside the file. `title`, the name of the kind, and
 * `examples` are for editors and the reference page.
 */
export interface Shown {
  readonly title?: string
  readonly examples?: readonly string[]
}

/** Text that fits a pattern; `error` as it stands, where it does not begin with `expected`. */
export const matching = (pattern: RegExp, error: string, shown: Shown = {}) => {
  if (pattern.flags !== '') throw new Error(`${pattern}: JSON Schema has no flags`)
  const { title, examples } = shown
  return z
    .string({ error: error.startsWith('expected ') ? error : 'expected text' })
    .regex(pattern, { error })
    .meta({
      patternErrorMessage: error,
      ...(title === undefined ? {} : { title }),
      ...(examples === undefined ? {} : { examples: [...examples] }),
    })
}

const text = (pattern: RegExp, expected: string, shown?: Shown) => matching(pattern, `expected ${expected}`, shown)

const parsed = <T>(pattern: RegExp, expected: string, shown: Shown, parse: (text: string) => T | undefined) =>
  text(pattern, expected, shown).transform((value, ctx): T => {
    const result = parse(value)
    if (result !== undefined) return result
    ctx.addIssue({ code: 'custom', message: `expected ${expected}` })
    return z.NEVER
  })

const tested = (pattern: RegExp, expected: string, shown: Shown, test: (text: string) => boolean) =>
  text(pattern, expected, shown).refine(test, { error: `expected ${expected}` })

const DURATIONS = { title: 'duration', examples: ['250ms', '5s', '1m', '1h'] }
const SIZES = { title: 'size', examples: ['64KiB', '1MiB'] }
const PERCENTS = { title: 'percentage', examples: ['20%'] }

/** Milliseconds. */
export const duration = parsed(DURATION, 'a duration such as 250ms, 5s, 1m or 1h', DURATIONS, parseDuration)
/** Milliseconds, more than 0. */
export const positiveDuration = parsed(
  DURATION,
  'a duration longer than 0, such as 250ms, 5s, 1m or 1h',
  DURATIONS,
  value => parseDuration(value) || undefined,
)
/** Milliseconds, at least as many as given. */
export const durationFrom = (leastMs: number) =>
  parsed(
    DURATION,
    `a duration of at least ${showDuration(leastMs)}, such as 10s`,
    { title: `duration of at least ${showDuration(leastMs)}`, examples: ['10s', '1m'] },
    value => {
      const ms = parseDuration(value)
      return ms === undefined || ms < leastMs ? undefined : ms
    },
  )
/** Bytes. */
export const size = parsed(SIZE, 'a size such as 64KiB or 1MiB', SIZES, parseSize)
export const sizeTo = (most: string) => {
  const mostBytes = parseSize(most) ?? 0
  return parsed(
    SIZE,
    `a size such as 64KiB, at most ${most}`,
    { ...SIZES, title: `size of at most ${most}` },
    value => {
      const bytes = parseSize(value)
      return bytes === undefined || bytes > mostBytes ? undefined : bytes
    },
  )
}
/** More than nothing. */
export const positiveSizeTo = (most: string) => {
  const mostBytes = parseSize(most) ?? 0
  return parsed(
    SIZE,
    `a size such as 64KiB, more than 0 and at most ${most}`,
    { ...SIZES, title: `size of at most ${most}` },
    value => {
      const bytes = parseSize(value)
      return bytes === undefined || bytes === 0 || bytes > mostBytes ? undefined : bytes
    },
  )
}
export const rate = text(RATE, 'a rate such as 100/s, 1000/1m or 5/10s', {
  title: 'rate',
  examples: ['100/s', '1000/1m', '5/10s'],
}).transform((value, ctx): Rate => {
  const result = parseRate(value)
  if (result !== undefined) return result
  const nothing = /^0+\//.test(value)
  const longest = 'expected a rate over more than 0ms and at most 24 days, such as 100000/24h'
  ctx.addIssue({ code: 'custom', message: nothing ? 'expected a rate above 0, such as 1/1h' : longest })
  return z.NEVER
})
/** A share: 20% is 0.2. */
export const percent = parsed(PERCENT, 'a percentage such as 20%', PERCENTS, parsePercent)
export const positivePercent = parsed(
  PERCENT,
  'a percentage above 0%, such as 20%',
  PERCENTS,
  value => parsePercent(value) || undefined,
)
/** 125% is 1.25. */
export const multiple = parsed(
  PERCENT,
  'a percentage above 100%, such as 125%',
  { title: 'percentage above 100%', examples: ['125%'] },
  parseMultiple,
)
export const span = parsed(
  SPAN,
  'two durations such as 25ms..250ms, the shorter one first',
  { title: 'two durations', examples: ['25ms..250ms'] },
  parseSpan,
)
export const address = parsed(
  /:\d{1,5}$/,
  'host:port, such as 0.0.0.0:8080 or [::1]:8080',
  { title: 'host:port', examples: ['0.0.0.0:8080', '[::1]:8080'] },
  parseAddress,
)

/** What a service, listener or way of authentication is called: it appears in labels, logs and URLs. */
export const name = text(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/, 'a name of letters, digits, ".", "_" and "-"', {
  title: 'name',
})
export const label = text(/^[^\u0000-\u001f\u007f]{1,200}$/, 'text on one line')
export const nonEmpty = z.string({ error: 'expected text' }).min(1, { error: 'expected text that is not empty' })
export const token = text(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'a token of letters, digits and -', { title: 'token' })
export const headerName = text(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'a header name', {
  title: 'header name',
  examples: ['x-api-key'],
})
/** RFC 9110 §5.5, without surrounding white space; latin1, since that is what goes over the wire. */
export const headerValue = text(
  /^([\u0021-\u007e\u0080-\u00ff]([\t\u0020-\u007e\u0080-\u00ff]*[\u0021-\u007e\u0080-\u00ff])?)?$/,
  'a header value: text on one line without spaces around it (put numbers in quotes)',
  { title: 'header value' },
)
export const method = tested(
  /^[A-Za-z-]+$/,
  'a method that the gateway takes, such as GET, POST or DELETE',
  { title: 'method', examples: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] },
  value => METHODS.has(value.toUpperCase()) && !REFUSED_METHODS.has(value.toUpperCase()),
).transform(value => value.toUpperCase())
/** `org.id` is member `id` of member `org`. */
export const claimPath = text(/^[^\u0000-\u001f\u007f]{1,200}$/, 'the name of a claim, such as sub or org.id', {
  title: 'claim',
  examples: ['sub', 'org.id'],
})
/** Whole URLs that end in a header field: printable, without quotes. */
export const webUrl = tested(
  /^[Hh][Tt][Tt][Pp][Ss]?:\/\/[^\s"\\]+$/,
  'a URL such as https://id.example.com/path',
  { title: 'URL', examples: ['https://id.example.com/path'] },
  value => URL.canParse(value) && !/[^\u0021-\u007e]/.test(value),
)
export const hostPattern = tested(
  /^\S+$/,
  'a host name without scheme and port, such as api.example.com or *.example.com',
  { title: 'host name', examples: ['api.example.com', '*.example.com'] },
  isHostPattern,
).transform(value => value.toLowerCase())
export const hostName = tested(
  /^[^*\s]+$/,
  'a host name without scheme and port, such as www.example.com',
  { title: 'host name', examples: ['www.example.com'] },
  isHostPattern,
).transform(value => value.toLowerCase())
export const network = tested(
  /^[0-9a-fA-F.:]+(\/\d{1,3})?$/,
  'an address or network such as 10.0.0.0/8',
  { title: 'address or network', examples: ['10.0.0.0/8', '192.0.2.1'] },
  isNetwork,
)
export const path = text(/^\/[^\u0000-\u0020\u007f#]*$/, 'a path that starts with "/"', {
  title: 'path',
  examples: ['/v2/orders'],
})

/**
 * What a part of an aggregate is called: a member of its answer, and a token of RFC 9651 in `Sallyport-Partial`. It has
 * no dot, which separates members, and is no number, which would change its place among others.
 */
export const branchName = text(
  /^[A-Za-z][A-Za-z0-9_-]{0,99}$/,
  'a name of letters, digits, "_" and "-", starting with a letter',
  { title: 'name' },
)
/** The name of one member of JSON objects. */
export const member = tested(
  /^[^.\u0000-\u001f\u007f]{1,200}$/,
  'the name of a member, without dots',
  { title: 'member' },
  value => value !== '__proto__',
)
export const memberPath = text(
  /^[^.\u0000-\u001f\u007f]{1,200}(\.[^.\u0000-\u001f\u007f]{1,200}){0,31}$/,
  'the name of a member, such as id, or a path such as customer.name',
  { title: 'member', examples: ['id', 'customer.name'] },
)
/** Anything that JSON can say. */
export const anyJson = z.json().meta({ id: 'json' })

/** A service where it is referred to; whether there is one is checked later, for a better message. */
export const serviceRef = label.meta({ title: 'service' })

export const count = (least: number, most = 1_000_000_000) =>
  z.int({ error: 'expected a whole number' }).min(least).max(most)
export const flag = z.boolean({ error: 'expected true or false' })
export const list = <T extends z.ZodType>(item: T) => z.array(item, { error: 'expected a list' })
/** One text, or a list of them; a list afterwards. Not for maps: `salvage` does not run transforms. */
export const oneOrMore = <T extends z.ZodType<string>>(item: T) =>
  z.union([item.transform(one => [one]), list(item).min(1)])
