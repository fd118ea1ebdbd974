import { cleanLine, cleanOrigin, mapOf } from './clean.ts'

export interface Server {
  /** Its origin. */
  readonly url: string
  /** What stands before every path; empty: nothing. */
  readonly basePath: string
  readonly comment: string
  readonly notes: readonly string[]
}

export const UNKNOWN_URL = 'http://127.0.0.1:3000'

/** The first of `servers`, with the defaults of its variables. One that is relative says only what paths begin with. */
export const serverOf = (servers: readonly unknown[], file: string): Server => {
  const server = mapOf(servers[0])
  const written =
    typeof server['url'] === 'string' ? filled(server['url'].slice(0, 2000), mapOf(server['variables'])) : ''
  const url = cleanOrigin(written)
  const basePath = basePathOf(written)
  if (url !== undefined) return { url, basePath, comment: cleanLine(`of ${file}`), notes: [] }
  return {
    url: UNKNOWN_URL,
    basePath,
    comment: cleanLine(`where it is, ${file} does not say`),
    notes: [`${file}: it does not say where its service is; ${UNKNOWN_URL} stands in the configuration`],
  }
}

const filled = (url: string, variables: Readonly<Record<string, unknown>>): string =>
  url.replace(/\{([^{}]{1,100})\}/g, (whole, name: string) => {
    const { default: value } = mapOf(Object.hasOwn(variables, name) ? variables[name] : undefined)
    return typeof value === 'string' ? value.slice(0, 200) : whole
  })

const basePathOf = (url: string): string => {
  const parsed = URL.parse(url, 'http://relative.invalid')
  const path = parsed !== null && /^https?:$/.test(parsed.protocol) ? parsed.pathname : ''
  const trimmed = path.replace(/\/+$/, '')
  return /^(\/[\w.~-]+)*$/.test(trimmed) ? trimmed : ''
}
