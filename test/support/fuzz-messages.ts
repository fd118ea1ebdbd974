import {
  BYTES,
  CODINGS,
  CONNECTIONS,
  EXTENSIONS,
  FIELDS,
  HOSTS,
  LENGTHS,
  METHODS,
  MORE_CODINGS,
  MORE_STATUS_LINES,
  ODD_FIELDS,
  PLAIN_METHODS,
  SIZES,
  STATUS_LINES,
  STATUSES,
  TARGETS,
  TRAILERS,
  VERSIONS,
} from './fuzz-vocabulary.ts'
import type { Random } from './random.ts'

/** Messages that are nearly right: correct ones made from parts attackers use, then broken in a few places. */

const maybe = (random: Random, probability: number, usual: string, odd: () => string): string =>
  random.chance(probability) ? odd() : usual

const chunk = (random: Random): string => {
  const size = maybe(random, 0.08, '5', () => random.pick(SIZES))
  const extension = maybe(random, 0.15, '', () => random.pick(EXTENSIONS))
  return `${size}${extension}\r\nhello${maybe(random, 0.04, '\r\n', () => random.pick(['\n', '', '\r', '\r\n\r\n', 'x\r\n']))}`
}

const chunkedBody = (random: Random): string => {
  let text = ''
  for (let n = random.int(4); n > 0; n--) text += chunk(random)
  text += maybe(random, 0.06, '0', () => random.pick(['00', '000', '0x0', '-0', '0 ', '', '0;a=b']))
  text += '\r\n'
  if (random.chance(0.25)) text += `${random.pick(TRAILERS)}\r\n`
  return text + maybe(random, 0.03, '\r\n', () => random.pick(['\n', '\r', '']))
}

const framing = (random: Random): { fields: string[]; body: string } => {
  const kind = random.int(10)
  if (kind < 3) return { fields: [], body: '' }
  if (kind < 6)
    return { fields: [`Content-Length: ${maybe(random, 0.2, '5', () => random.pick(LENGTHS))}`], body: 'hello' }
  const coding = (): string => maybe(random, 0.2, 'chunked', () => random.pick([...CODINGS, ...MORE_CODINGS]))
  const fields = [`${random.pick(['Transfer-Encoding', 'transfer-encoding'])}: ${coding()}`]
  if (random.chance(0.06)) fields.push(`Transfer-Encoding: ${coding()}`)
  if (random.chance(0.08)) fields.push(`Content-Length: ${random.pick(LENGTHS)}`)
  return { fields, body: chunkedBody(random) }
}

const shuffled = (random: Random, lines: string[]): string[] => {
  for (let i = lines.length - 1; i > 0; i--) {
    const k = random.int(i + 1)
    const held = lines[i]!
    lines[i] = lines[k]!
    lines[k] = held
  }
  return lines
}

const commonFields = (random: Random): string[] => {
  const fields: string[] = []
  for (let n = random.int(4); n > 0; n--) fields.push(random.pick(FIELDS))
  if (random.chance(0.05)) fields.push(random.pick(ODD_FIELDS))
  if (random.chance(0.1)) fields.push(`Connection: ${random.pick(CONNECTIONS)}`)
  return fields
}

const request = (random: Random): string => {
  const { fields, body } = framing(random)
  const method = maybe(random, 0.05, random.pick(PLAIN_METHODS), () => random.pick(METHODS))
  const target = maybe(random, 0.2, '/', () => random.pick(TARGETS))
  const version = maybe(random, 0.04, 'HTTP/1.1', () => random.pick(VERSIONS))
  const host = maybe(random, 0.06, 'Host: h', () => random.pick([...HOSTS, '']))
  const lines = shuffled(random, [...(host === '' ? [] : [host]), ...fields, ...commonFields(random)])
  if (random.chance(0.01)) lines.push('Connection: upgrade', 'Upgrade: websocket')
  return `${method} ${target} ${version}\r\n${lines.map(line => `${line}\r\n`).join('')}\r\n${body}`
}

const response = (random: Random): string => {
  const { fields, body } = framing(random)
  const odd = (): string => random.pick([...STATUS_LINES, ...MORE_STATUS_LINES])
  const line = maybe(random, 0.15, `HTTP/1.1 ${random.pick(STATUSES)}`, odd)
  const lines = shuffled(random, [...fields, ...commonFields(random)])
  return `${line}\r\n${lines.map(field => `${field}\r\n`).join('')}\r\n${body}`
}

/** One small break anywhere. */
const mutate = (random: Random, text: string, other: () => string): string => {
  const at = random.int(text.length + 1)
  const span = 1 + random.int(random.chance(0.8) ? 3 : 20)
  switch (random.int(9)) {
    case 0:
      return text.slice(0, at) + random.pick(BYTES) + text.slice(at)
    case 1:
      return text.slice(0, at) + text.slice(at + span)
    case 2:
      return text.slice(0, at) + random.pick(BYTES) + text.slice(at + 1)
    case 3:
      return text.slice(0, at) + String.fromCharCode(random.int(256)) + text.slice(at + 1)
    case 4:
      return text.slice(0, at) + text.slice(at, at + span) + text.slice(at)
    case 5:
      return lineBreaks(random, text)
    case 6: {
      const second = other()
      return text.slice(0, at) + second.slice(random.int(second.length))
    }
    case 7:
      return doubledLine(random, text)
    default: {
      const code = text.charCodeAt(Math.min(at, text.length - 1))
      return text.slice(0, at) + String.fromCharCode(code ^ (1 << random.int(8))) + text.slice(at + 1)
    }
  }
}

/** Another line end in place of one CRLF. */
const lineBreaks = (random: Random, text: string): string => {
  const at = text.indexOf('\r\n', random.int(text.length))
  return at < 0
    ? text
    : text.slice(0, at) +
        random.pick(['\n', '\r', '\n\r', '\r\r\n', '\r\n ', '\r\n\t', ' \r\n', '\0\r\n']) +
        text.slice(at + 2)
}

const doubledLine = (random: Random, text: string): string => {
  const from = text.indexOf('\r\n', random.int(text.length))
  const to = from < 0 ? -1 : text.indexOf('\r\n', from + 2)
  return to < 0 ? text : text.slice(0, to) + text.slice(from, to) + text.slice(to)
}

const messages = (random: Random, one: (random: Random) => string): string => {
  let text = one(random)
  while (random.chance(0.25)) text += one(random)
  // Most messages are broken once or not at all: a second fault is seldom reached.
  for (let n = random.pick([0, 0, 0, 1, 1, 2]); n > 0; n--) text = mutate(random, text, () => one(random))
  return text
}

/** A request behind everything else: whoever misjudges where a message ends takes it for body, or the reverse. */
export const NEXT_REQUEST = 'GET /next HTTP/1.1\r\nHost: next\r\n\r\n'

export const fuzzRequests = (random: Random): Buffer => Buffer.from(messages(random, request) + NEXT_REQUEST, 'latin1')

export const fuzzResponses = (random: Random): Buffer => Buffer.from(messages(random, response), 'latin1')
