import { cleanLine } from './clean.ts'
import type { Sketch, SketchRoute, SketchService } from './sketch.ts'
import { AUTH, aboutListening, HEAD, plainRoute } from './sketch-yaml.ts'

/** The same as a module: a route to a service that does not exist does not compile. */
export const sketchTypeScript = (sketch: Sketch): string => `\
import { defineConfig } from 'sallyport'

${comments(HEAD, '')}export default defineConfig({
${comments([aboutListening(sketch)], '  ')}  listeners: { web: ${quote(sketch.listen)} },

  services: {
${sketch.services.map(showService).join('')}  },

${comments(AUTH, '  ')}  routes: [
${sketch.routes.map(showRoute).join('')}  ],
})
`

const showService = ({ name, url, comment }: SketchService): string =>
  `${comments([cleanLine(comment)], '    ')}    ${quote(name)}: ${quote(url)},\n`

const showRoute = (route: SketchRoute): string => {
  const told = route.comment === '' ? '' : comments([cleanLine(route.comment)], '    ')
  const members = Object.entries(plainRoute(route)).map(([key, value]) => `${key}: ${show(value)}`)
  return `${told}    { ${members.join(', ')} },\n`
}

const show = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`
  return typeof value === 'string' ? quote(value) : String(value)
}

const comments = (lines: readonly string[], indent: string): string =>
  lines.map(line => `${indent}// ${line}`.trimEnd() + '\n').join('')

/** JSON's escapes are JavaScript's. */
const quote = (text: string): string =>
  `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
