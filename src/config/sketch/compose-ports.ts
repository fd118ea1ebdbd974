import { isMap } from './clean.ts'

/** A TCP port of a container. */
export interface ComposePort {
  readonly target: number
  /** On this machine: a number, or `${env:NAME:-number}`; empty: it is not published. */
  readonly published: string
  /** Where it is published; empty: everywhere. */
  readonly host: string
}

/** `8080:80`, `127.0.0.1:8080:80/tcp`, `80`, `8000-8010:80-90`, or the long form; nothing for what is no TCP port. */
export const parsePort = (entry: unknown): ComposePort | undefined => {
  if (typeof entry === 'number') return portOf('', '', String(entry))
  if (typeof entry === 'string') return parseShort(entry)
  if (!isMap(entry) || (entry['protocol'] ?? 'tcp') !== 'tcp') return undefined
  return portOf(textOf(entry['host_ip']), textOf(entry['published']), textOf(entry['target']))
}

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, 200) : ''

const PART = '(?:\\$\\{[^}]{1,200}\\}|\\$\\w{1,100}|[\\d-]{1,11})'
const SHORT = new RegExp(
  `^(?:(?:(\\[[\\da-fA-F:.]+\\]|[\\d.]+|\\$\\{[^}]{1,200}\\}):)?(${PART})?:)?(${PART})(?:/(\\w+))?$`,
)

const parseShort = (text: string): ComposePort | undefined => {
  const [, host = '', published = '', target = '', protocol = 'tcp'] = SHORT.exec(text.slice(0, 1000)) ?? []
  return protocol === 'tcp' ? portOf(host, published, target) : undefined
}

const portOf = (host: string, published: string, target: string): ComposePort | undefined => {
  const number = portNumber(literalOf(target))
  if (number === undefined) return undefined
  return { target: number, published: publishedAs(published, number), host: addressOf(literalOf(host)) }
}

const addressOf = (host: string): string => (/^([\d.]+|\[[\da-fA-F:.]+\])$/.test(host) ? host : '')

/** What compose would fill in stays something to fill in, with a default, so that it works without the variable, too. */
const publishedAs = (published: string, target: number): string => {
  const found = VARIABLE.exec(published)
  if (found === null) return String(portNumber(published) ?? '')
  const { name = '', plain = '', fallback = '' } = found.groups ?? {}
  return `\${env:${name === '' ? plain : name}:-${portNumber(fallback) ?? target}}`
}

/** `${NAME}`, `${NAME:-8080}`, `${NAME-8080}`, `${NAME:?message}` or `$NAME`. */
const VARIABLE = /^\$(?:\{(?<name>[A-Za-z_]\w{0,99})(?::?[-?](?<fallback>[^}]*))?\}|(?<plain>[A-Za-z_]\w{0,99}))$/

/** The default, where there is one. */
const literalOf = (text: string): string => {
  const found = VARIABLE.exec(text)
  return found === null ? text : (found.groups?.['fallback'] ?? '')
}

/** The first of a range. */
const portNumber = (text: string): number | undefined => {
  const [, first] = /^(\d{1,5})(?:-\d{1,5})?$/.exec(text) ?? []
  const number = Number(first)
  return first !== undefined && number > 0 && number <= 65_535 ? number : undefined
}
