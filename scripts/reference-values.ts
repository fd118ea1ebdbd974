import { code } from './markdown.ts'
import { isMap, resolve, type Schema, type Section, sectionWith } from './reference-sections.ts'

/** What a key takes, in few words; a map leads to the section that explains its keys. */
export const takes = (given: Schema, sections: readonly Section[], root: Schema): string => {
  const schema = resolve(given, root)
  const { anyOf, enum: words, items, additionalProperties, properties, type, title } = schema
  if (Array.isArray(words)) return words.map(word => code(String(word))).join(' ')
  if (Array.isArray(anyOf)) return either(anyOf.filter(isMap), sections, root)
  if (isMap(properties)) return mapLink(schema, sections)
  if (isMap(items)) return listOf(takes(items, sections, root))
  if (isMap(additionalProperties) && title === undefined) {
    return `names, each with ${takes(additionalProperties, sections, root)}`
  }
  if (type === 'string') return textual(schema)
  if (typeof title === 'string') return title
  // Text beside a pattern is what comes from outside, which is told once for all.
  const types = [type].flat().filter(each => schema['pattern'] === undefined || each !== 'string')
  return types.map(each => scalar(schema, String(each))).join(', ')
}

const either = (branches: readonly Schema[], sections: readonly Section[], root: Schema): string => {
  const shown = branches.filter(({ $ref }) => $ref !== '#/$defs/outside').map(branch => takes(branch, sections, root))
  const singles = shown.filter(text => !text.startsWith('list of '))
  const one = singles.join(', or ')
  const texts = shown.includes(listOf(one)) && one !== '' ? [one, 'or a list of such'] : shown
  return [...new Set(texts)].join(', or ').replaceAll(', or or ', ', or ')
}

const listOf = (item: string): string => `list of ${item.includes(', or ') ? `(${item})` : item}`

const mapLink = (schema: Schema, sections: readonly Section[]): string => {
  const section = sectionWith(sections, schema)
  return section === undefined ? 'map' : `[map](#${section.anchor})`
}

const scalar = ({ minimum, maximum }: Schema, type: string): string => {
  if (type === 'boolean') return '`true` `false`'
  if (type === 'string') return 'text'
  const noun = type === 'integer' ? 'whole number' : 'number'
  const most = typeof maximum === 'number' && maximum < 1e9 ? maximum : undefined
  if (most !== undefined) return `${noun}, ${minimum ?? 0} to ${most}`
  return minimum === undefined || minimum === 0 ? noun : `${noun}, at least ${minimum}`
}

/** Kinds that are explained once for all need no examples. */
const KNOWN = /^(duration|two durations|size|rate|percentage|token|header name|header value|name|service)/

const textual = ({ title, examples }: Schema): string => {
  const kind = typeof title === 'string' ? title : 'text'
  if (KNOWN.test(kind) || !Array.isArray(examples)) return kind
  const shown = examples.filter(example => typeof example === 'string' && example !== '').map(code)
  return shown.length === 0 ? kind : `${kind}: ${shown.join(' ')}`
}
