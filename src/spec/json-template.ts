import type { Json } from '../base/json.ts'
import type { Path } from './problem.ts'
import { type ParsedTemplate, parseRefTemplate } from './ref-template.ts'
import type { JsonTemplate } from './spec-aggregate.ts'

/** What a JSON value with references in its texts comes to. Where a reference is wrong it is left out. */
export const jsonTemplate = (value: Json): JsonTemplate => {
  if (typeof value === 'string') return textTemplate(value)
  if (value === null || typeof value !== 'object') return { kind: 'literal', value }
  const template: JsonTemplate = isList(value)
    ? { kind: 'list', items: value.map(jsonTemplate) }
    : { kind: 'object', members: Object.entries(value).map(([name, item]) => [name, jsonTemplate(item)] as const) }
  return literalOf(template) ?? template
}

const textTemplate = (text: string): JsonTemplate => {
  const { parts } = parseRefTemplate(text)
  const [first = '', second] = parts
  if (second !== undefined) return { kind: 'text', parts }
  return typeof first === 'string' ? { kind: 'literal', value: first } : { kind: 'ref', ref: first }
}

/** What has nothing to fill in is a literal as a whole. */
const literalOf = (template: JsonTemplate): JsonTemplate | undefined => {
  if (template.kind === 'list') {
    const values = template.items.flatMap(item => (item.kind === 'literal' ? [item.value] : []))
    return values.length === template.items.length ? { kind: 'literal', value: values } : undefined
  }
  if (template.kind !== 'object') return undefined
  const members = template.members.flatMap(([name, item]) => (item.kind === 'literal' ? [[name, item.value]] : []))
  return members.length === template.members.length
    ? { kind: 'literal', value: Object.fromEntries(members) }
    : undefined
}

/** Every text in a JSON value as a template, with its place. */
export const templatesIn = (path: Path, value: Json): { readonly path: Path; readonly template: ParsedTemplate }[] => {
  if (typeof value === 'string') return [{ path, template: parseRefTemplate(value) }]
  if (value === null || typeof value !== 'object') return []
  const entries = isList(value) ? [...value.entries()] : Object.entries(value)
  return entries.flatMap(([key, item]) => templatesIn([...path, key], item))
}

/** Drafts have holes. */
export const isJson = (value: unknown): value is Json => {
  if (value === null) return true
  if (typeof value !== 'object') return ['string', 'number', 'boolean'].includes(typeof value)
  return Object.values(value).every(isJson)
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)
