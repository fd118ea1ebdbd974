import { Document, isMap, isScalar, isSeq, type Node } from 'yaml'
import { cleanLine } from './clean.ts'
import type { Sketch, SketchRoute } from './sketch.ts'

/** The configuration in YAML, with comments. `schema`: where editors find the JSON Schema; empty: nowhere. */
export const sketchYaml = (sketch: Sketch, schema: string): string => {
  const tree = new Document(plainSketch(sketch))
  const root = tree.contents
  if (!isMap(root)) throw new Error('a sketch is a map')
  tree.commentBefore = commentOf([...(schema === '' ? [] : [`yaml-language-server: $schema=${schema}`]), ...HEAD])
  comment(tree, ['listeners'], 'web', [aboutListening(sketch)])
  for (const service of sketch.services) comment(tree, ['services'], service.name, [cleanLine(service.comment)])
  const routes = tree.get('routes')
  if (isSeq(routes)) {
    for (const [i, item] of routes.items.entries()) {
      if (!isMap(item)) continue
      item.flow = true
      const told = cleanLine(sketch.routes[i]?.comment)
      if (told !== '') item.commentBefore = commentOf([told])
    }
  }
  for (const { key } of root.items.slice(1)) if (isScalar(key)) key.spaceBefore = true
  comment(tree, [], 'routes', AUTH)
  return tree.toString({ lineWidth: 0 })
}

export const aboutListening = ({ listen }: Sketch): string =>
  `0.0.0.0:${listen.split(':').at(-1)} lets other machines connect, too.`

export const HEAD = [
  'What each key means: sallyport schema, or the reference. What this file comes to: sallyport check',
]

/** As comments: nothing is asked of anybody until somebody decides who they are. */
export const AUTH = [
  'Who may pass, and how often. "sallyport key new" makes a key and its hash; then routes take',
  '"auth: keys" and "rateLimit: { limit: 100/1m, by: consumer }".',
  '',
  'auth:',
  '  keys: { apiKey: { header: x-api-key } }',
  'consumers:',
  '  app: { keys: ["sha256:<64 hex digits>"] }',
  '',
  'The most specific route wins, whatever the order.',
]

const comment = (tree: Document, path: readonly string[], key: string, lines: readonly string[]): void => {
  const map: unknown = path.length === 0 ? tree.contents : tree.getIn(path)
  const pair = isMap(map) ? map.items.find(item => isScalar(item.key) && item.key.value === key) : undefined
  if (pair !== undefined && isScalar(pair.key)) setComment(pair.key, lines)
}

const setComment = (node: Node, lines: readonly string[]): void => {
  node.commentBefore = commentOf(lines)
}

/** An empty line is one with its sign, so that the comment stays one. */
const commentOf = (lines: readonly string[]): string => lines.map(line => ` ${line}`).join('\n')

/** The same as data. */
export const plainSketch = ({ listen, services, routes }: Sketch): unknown => ({
  listeners: { web: listen },
  services: new Map(services.map(({ name, url }) => [name, url])),
  routes: routes.map(plainRoute),
})

export const plainRoute = ({
  kind,
  pattern,
  methods,
  to,
  stripPrefix,
}: SketchRoute): Readonly<Record<string, unknown>> => ({
  [kind]: pattern,
  ...(methods.length === 0 ? {} : { methods }),
  to,
  ...(stripPrefix ? { stripPrefix } : {}),
})
