import { parseEndpoint } from '../../spec/endpoint.ts'

/** A name as the language takes it (`name` in the schema), and that is not among `taken`. */
export const cleanName = (text: string, taken: ReadonlySet<string>, fallback: string): string => {
  const plain = text
    .slice(0, 200)
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9_.-]+/g, '-')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
    .slice(0, 60)
  const name = plain === '' || plain === 'none' || plain === 'optional' ? fallback : plain
  if (!taken.has(name)) return name
  let n = 2
  while (taken.has(`${name}-${n}`)) n++
  return `${name}-${n}`
}

/** One line for a comment, in which nothing can end the comment or move a cursor. */
export const cleanLine = (text: unknown): string => {
  if (typeof text !== 'string') return ''
  const line = text
    .slice(0, 500)
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim()
  return line.length <= 110 ? line : `${line.slice(0, 107).trimEnd()}...`
}

/** `http://host:port` of an http or https URL, or nothing. Neither a password nor what would be filled in is in it. */
export const cleanOrigin = (text: string): string | undefined => {
  const url = URL.parse(text.slice(0, 2000))
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined
  return 'error' in parseEndpoint(url.origin) ? undefined : url.origin
}

type Json = Readonly<Record<string, unknown>>

export const isMap = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const mapOf = (value: unknown): Json => (isMap(value) ? value : {})
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
