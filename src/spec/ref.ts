import type { RefSpec } from './spec-aggregate.ts'
import { closest, listWords } from './suggest.ts'

/** References to what a request, or an earlier branch, has: `claims.sub`, `branches.user.id`, `id`. */

type Source = RefSpec['source']

/**
 * What follows the first word. `none`: nothing. `name`: one name, which may have dots. `path`: members, one after the
 * other. `any`: the same, or nothing, which is all there is.
 */
const SOURCES: Readonly<
  Record<Source, { readonly after: 'none' | 'name' | 'path' | 'any'; readonly example: string }>
> = {
  params: { after: 'name', example: 'params.id' },
  query: { after: 'name', example: 'query.page' },
  headers: { after: 'name', example: 'headers.accept-language' },
  claims: { after: 'path', example: 'claims.sub' },
  body: { after: 'any', example: 'body.items' },
  branches: { after: 'path', example: 'branches.user.id' },
  consumer: { after: 'none', example: 'consumer' },
  subject: { after: 'none', example: 'subject' },
}

const NAMES = Object.keys(SOURCES)
const isSource = (text: string): text is Source => Object.hasOwn(SOURCES, text)

/** Words that stand alone; as names of path parameters they need `params.` before them. */
export const LONE_WORDS = ['body', 'consumer', 'subject'] as const

export interface RefMistake {
  /** What is wrong with it: `names no member`; without the text itself. */
  readonly message: string
  readonly hint: string
}

export type ParsedRef = { readonly ref: RefSpec } | RefMistake

/** A single word that is not one of the sources is a path parameter. */
export const parseRef = (text: string): ParsedRef => {
  if (text.endsWith('...')) {
    return { message: 'must not end in "..."', hint: 'write the name alone; slashes in the value are escaped' }
  }
  const [first = '', ...rest] = text.split('.')
  if (isSource(first)) return refOf(first, rest)
  if (first !== '' && rest.length === 0) return { ref: { source: 'params', path: [first] } }
  const meant = closest(first, NAMES)
  const known = `it begins with ${listWords(NAMES, 'or')}`
  return { message: 'is no reference', hint: meant === undefined ? known : `did you mean "${meant}"?` }
}

const refOf = (source: Source, rest: readonly string[]): ParsedRef => {
  const { after, example } = SOURCES[source]
  const path = after === 'name' && rest.length > 0 ? [rest.join('.')] : rest
  if (path.includes('')) return { message: 'has an empty name in it', hint: `write it as in {${example}}` }
  if (after === 'none' && path.length > 0) return { message: 'has no members', hint: `write {${source}}` }
  if ((after === 'name' || after === 'path') && path.length === 0) {
    const param = `a path parameter of that name is {params.${source}}`
    return { message: 'needs a name after it', hint: `write it as in {${example}}; ${param}` }
  }
  return { ref: { source, path: source === 'headers' ? path.map(name => name.toLowerCase()) : path } }
}

/** As it is written: `claims.sub`, and `id` of a path parameter where that cannot mean anything else. */
export const showRef = ({ source, path }: RefSpec): string => {
  const [name = ''] = path
  return source === 'params' && /^[\w-]+$/.test(name) && !isSource(name) ? name : [source, ...path].join('.')
}
