/** A JSON Schema, or a part of one. */
export type Schema = Readonly<Record<string, unknown>>

/** The keys of the map at a place; of several maps where one or the other may stand there. */
export interface Section {
  /** `routes[].aggregate`; empty: the whole document. */
  readonly path: string
  readonly heading: string
  readonly anchor: string
  readonly description: string
  readonly examples: unknown
  /** The key under which an example stands; empty: none. */
  readonly key: string
  readonly maps: readonly Schema[]
}

/** In the order of the document; each map of keys where it stands first. */
export const sectionsOf = (root: Schema): Section[] => {
  const found = new Map<string, Section>()
  const known = new Set<string>()
  const visit = (given: Schema, path: string): void => {
    for (const { at, map } of mapsIn(given, path, root)) {
      const id = idOf(map)
      if (known.has(id)) continue
      known.add(id)
      const before = found.get(at)
      const told = resolve(given, root)
      found.set(at, before === undefined ? newSection(at, path, told, map) : { ...before, maps: [...before.maps, map] })
      for (const [key, item] of entries(map['properties'])) visit(item, at === '' ? key : `${at}.${key}`)
    }
  }
  visit(root, '')
  return [...found.values()]
}

/** `under`: the key whose value was looked at; the map stands there, or in a list or under names there. */
const newSection = (path: string, under: string, told: Schema, map: Schema): Section => {
  const depth = path === '' || /^\w+(\[\]|\.NAME)?$/.test(path) ? '##' : '###'
  return {
    path,
    heading: path === '' ? `${depth} Top level` : `${depth} \`${path}\``,
    anchor: path === '' ? 'top-level' : path.toLowerCase().replace(/[^\w-]/g, ''),
    description: String(map['description'] ?? (path === under ? told['description'] : '') ?? ''),
    examples: told['examples'] ?? map['examples'],
    key: /\w*$/.exec(under)?.[0] ?? '',
    maps: [map],
  }
}

/** Where the keys of a map are explained. */
export const sectionWith = (sections: readonly Section[], map: Schema): Section | undefined =>
  sections.find(({ maps }) => maps.some(each => idOf(each) === idOf(map)))

/** Two maps with the same keys are the same, whatever is told about them. */
const idOf = ({ properties }: Schema): string => JSON.stringify(properties)

interface MapAt {
  readonly at: string
  readonly map: Schema
}

/** The maps with keys of their own that may stand at a path, or in a list or under names there. */
const mapsIn = (given: Schema, path: string, root: Schema): MapAt[] => {
  const { anyOf, items, additionalProperties, properties, ...rest } = resolve(given, root)
  return [
    ...(isMap(properties) ? [{ at: path, map: { ...rest, properties } }] : []),
    ...(Array.isArray(anyOf) ? anyOf.filter(isMap).flatMap(branch => mapsIn(branch, path, root)) : []),
    ...(isMap(items) ? mapsIn(items, `${path}[]`, root) : []),
    ...(isMap(additionalProperties) ? mapsIn(additionalProperties, `${path}.NAME`, root) : []),
  ]
}

/** What is told beside a reference goes before what is told where it leads. */
export const resolve = (schema: Schema, root: Schema): Schema => {
  const { $ref, ...rest } = schema
  if (typeof $ref !== 'string') return schema
  const defs = root['$defs']
  const target = isMap(defs) ? defs[$ref.slice('#/$defs/'.length)] : undefined
  if (!isMap(target)) throw new Error(`${$ref} leads nowhere`)
  return { ...resolve(target, root), ...rest }
}

const entries = (value: unknown): [string, Schema][] =>
  isMap(value) ? Object.entries(value).flatMap(([key, item]) => (isMap(item) ? [[key, item]] : [])) : []

export const isMap = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
