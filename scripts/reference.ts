import { stringify } from 'yaml'
import { cell, code } from './markdown.ts'
import { isMap, resolve, type Schema, type Section, sectionsOf } from './reference-sections.ts'
import { takes } from './reference-values.ts'

/** The reference of the configuration language, in Markdown, made of its JSON Schema. */
export const referencePage = (root: Schema): string => {
  const sections = sectionsOf(root)
  const parts = [
    introduction(root),
    KINDS,
    contents(sections),
    ...sections.map(section => showSection(section, sections, root)),
  ]
  return `${parts.join('\n\n')}\n`
}

const introduction = (root: Schema): string => `# Reference of the configuration

Every key, what it takes, and what holds unless it is set. What the keys are good for, and how they play together, is in
the [guide](guide/README.md). This page is made of the schema that \`sallyport check\` uses;
[\`sallyport schema\`](guide/cli.md#schema) prints the same for editors.

YAML, JSON and TypeScript say the same thing; \`sallyport.yaml\`, \`sallyport.json\` or \`sallyport.config.ts\` is looked for in
the working directory. Unknown keys are errors. A whole configuration:

${exampleOf(root['examples'], '')}`

const KINDS = `## Kinds of values

| kind | written | |
|---|---|---|
| duration | \`250ms\` \`5s\` \`1m\` \`1.5h\` | at most 24 days |
| two durations | \`25ms..250ms\` | the shorter one first |
| size | \`512B\` \`64KiB\` \`1MiB\` \`1GiB\` | \`KB\` \`MB\` \`GB\` are powers of 1000 |
| rate | \`100/s\` \`1000/1m\` \`5/10s\` | so many in so long |
| percentage | \`20%\` \`0.5%\` | |
| token, header name | \`x-api-key\` | letters, digits and \`!#$%&'*+-.^_~\` |
| from outside | \`\${env:NAME}\` \`\${env:NAME:-default}\` \`\${file:path}\` | anywhere in a text; alone, it may also stand for a number, \`true\`, \`false\` or a word |

\`NAME\` in a heading stands for a name that you choose, \`[]\` for each item of a list.`

const contents = (sections: readonly Section[]): string => {
  const groups = Map.groupBy(sections, ({ path }) => /^\w*/.exec(path)?.[0] ?? '')
  const lines = [...groups.values()].map(
    group => `- ${group.map(({ path, anchor }) => link(path, anchor)).join(' · ')}`,
  )
  return `## Keys\n\n${lines.join('\n')}`
}

const link = (path: string, anchor: string): string => `[${path === '' ? 'top level' : code(path)}](#${anchor})`

const showSection = (section: Section, sections: readonly Section[], root: Schema): string => {
  const { heading, description, maps } = section
  const tables = maps.map(map => table(map, sections, root))
  const example = section.path === '' ? '' : exampleOf(section.examples, section.key)
  const parts = [heading, cell(description), tables.join('\n\nor\n\n'), example]
  return parts.filter(text => text !== '').join('\n\n')
}

const table = (map: Schema, sections: readonly Section[], root: Schema): string => {
  const { properties, required } = map
  const needed = Array.isArray(required) ? required : []
  const rows = Object.entries(isMap(properties) ? properties : {}).map(([key, item]) =>
    isMap(item) ? row(key, item, needed.includes(key), sections, root) : '',
  )
  return ['| key | takes | unless set | |', '|---|---|---|---|', ...rows].join('\n')
}

const row = (key: string, item: Schema, needed: boolean, sections: readonly Section[], root: Schema): string => {
  const whole = resolve(item, root)
  const fallback = needed ? 'required' : showDefault(whole['default'])
  const told = typeof whole['description'] === 'string' ? whole['description'] : ''
  return `| ${code(key)} | ${takes(whole, sections, root)} | ${fallback} | ${cell(told)} |`
}

/** An empty map stands for the defaults of its keys, which have rows of their own. */
const showDefault = (value: unknown): string => {
  if (value === undefined || (isMap(value) && Object.keys(value).length === 0)) return ''
  const text = typeof value === 'string' ? value : stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd()
  return text === '' ? '' : code(text)
}

/** The first example that is more than a word, under its key. */
const exampleOf = (examples: unknown, key: string): string => {
  const [example] = Array.isArray(examples) ? examples.filter(each => typeof each === 'object') : []
  if (example === undefined) return ''
  const told = stringify(key === '' ? example : { [key]: example }, { lineWidth: 0 })
  return `\`\`\`yaml\n${told}\`\`\``
}
