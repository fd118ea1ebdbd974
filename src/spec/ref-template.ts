import { parseRef, showRef } from './ref.ts'
import type { RefSpec, TextTemplate } from './spec-aggregate.ts'

/**
 * Texts with places to fill: `/orders?user={claims.sub}`. `{id}` is short for `{params.id}`; `{{` and `}}` stand for
 * braces.
 */
export interface ParsedTemplate {
  /** Without what is wrong. */
  readonly parts: TextTemplate
  readonly refs: readonly PlacedRef[]
  readonly mistakes: readonly TemplateMistake[]
}

export interface PlacedRef {
  readonly ref: RefSpec
  /** What stands between the braces. */
  readonly text: string
  /** Of its brace, counted from 0. */
  readonly offset: number
}

export interface TemplateMistake {
  readonly message: string
  readonly hint: string
  /** What stands between the braces; undefined for a brace that is alone. */
  readonly text: string | undefined
  readonly offset: number
}

export const parseRefTemplate = (text: string): ParsedTemplate => {
  const parts: (string | RefSpec)[] = []
  const refs: PlacedRef[] = []
  const mistakes: TemplateMistake[] = []
  for (const { 0: token, index: offset } of text.matchAll(TOKEN)) {
    if (token === '{' || token === '}') mistakes.push({ ...LONE_BRACE, text: undefined, offset })
    else if (token === '{{' || token === '}}') addText(parts, token.charAt(0))
    else if (!token.startsWith('{')) addText(parts, token)
    else {
      const inner = token.slice(1, -1)
      const parsed = parseRef(inner)
      if ('message' in parsed) mistakes.push({ ...parsed, text: inner, offset })
      else {
        parts.push(parsed.ref)
        refs.push({ ref: parsed.ref, text: inner, offset })
      }
    }
  }
  return { parts, refs, mistakes }
}

/** Doubled braces first: `{{{id}}}` is a value in braces. Every character is in exactly one token. */
const TOKEN = /\{\{|\}\}|\{[^{}]*\}|[{}]|[^{}]+/g

const LONE_BRACE = {
  message: 'has a brace without its counterpart',
  hint: 'references are written {claims.sub}, braces themselves {{ and }}',
}

/** Texts that meet are one. */
const addText = (parts: (string | RefSpec)[], text: string): void => {
  const last = parts.at(-1)
  if (typeof last === 'string') parts[parts.length - 1] = last + text
  else parts.push(text)
}

/** As it is written. */
export const showTemplate = (parts: TextTemplate): string =>
  parts.map(part => (typeof part === 'string' ? part.replace(/[{}]/g, '$&$&') : `{${showRef(part)}}`)).join('')
