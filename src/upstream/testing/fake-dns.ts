import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'

export type DnsRecord =
  | { readonly type: 'A' | 'AAAA'; readonly ttl: number; readonly address: string }
  | {
      readonly type: 'SRV'
      readonly ttl: number
      readonly priority: number
      readonly weight: number
      readonly port: number
      readonly name: string
    }

/** Records (none: the name exists, but not with such ones), an error, or no answer at all. */
export type DnsReply = readonly DnsRecord[] | 'SERVFAIL' | 'NXDOMAIN' | 'silence'

/** A name server on loopback. What it is not told about does not exist. */
export interface FakeDns {
  /** As in `servers`. */
  readonly address: string
  /** `A orders.example`, in the order of asking. */
  readonly asked: string[]
  /** By `A orders.example`. */
  readonly replies: Map<string, DnsReply>
  close(): Promise<void>
}

export const startFakeDns = async (): Promise<FakeDns> => {
  const socket = createSocket('udp4')
  const asked: string[] = []
  const replies = new Map<string, DnsReply>()
  socket.on('message', (query, { port, address }) => {
    const { key, question } = questionOf(query)
    asked.push(key)
    const reply = replies.get(key) ?? 'NXDOMAIN'
    if (reply !== 'silence') socket.send(encode(query, question, reply), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    replies,
    close: () => new Promise(resolve => void socket.close(() => resolve())),
  }
}

const TYPES = new Map([
  ['A', 1],
  ['AAAA', 28],
  ['SRV', 33],
])
const RCODES = { SERVFAIL: 2, NXDOMAIN: 3 } as const

const HEADER = 12

/** RFC 1035 §4.1.2: a name, then its type and class. */
const questionOf = (query: Buffer): { readonly key: string; readonly question: Buffer } => {
  const labels: string[] = []
  let at = HEADER
  for (let length = query[at]!; length > 0; length = query[at]!) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  const code = query.readUInt16BE(at + 1)
  const type = [...TYPES].find(([, each]) => each === code)?.[0] ?? String(code)
  return { key: `${type} ${labels.join('.')}`, question: query.subarray(HEADER, at + 5) }
}

const encode = (query: Buffer, question: Buffer, reply: Exclude<DnsReply, 'silence'>): Buffer => {
  const records = typeof reply === 'string' ? [] : reply
  const header = Buffer.alloc(HEADER)
  query.copy(header, 0, 0, 2)
  // A response, authoritative, recursion available.
  header.writeUInt16BE(0x8580 | (typeof reply === 'string' ? RCODES[reply] : 0), 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(records.length, 6)
  return Buffer.concat([header, question, ...records.map(encodeRecord)])
}

const encodeRecord = (record: DnsRecord): Buffer => {
  const data = dataOf(record)
  const head = Buffer.alloc(HEADER)
  // The name that was asked for, by a pointer to the question.
  head.writeUInt16BE(0xc000 | HEADER, 0)
  head.writeUInt16BE(TYPES.get(record.type)!, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt32BE(record.ttl, 6)
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}

const dataOf = (record: DnsRecord): Buffer => {
  if (record.type !== 'SRV') return addressBytes(record.address)
  const numbers = Buffer.alloc(6)
  numbers.writeUInt16BE(record.priority, 0)
  numbers.writeUInt16BE(record.weight, 2)
  numbers.writeUInt16BE(record.port, 4)
  return Buffer.concat([numbers, encodeName(record.name)])
}

const encodeName = (name: string): Buffer =>
  Buffer.concat([
    ...name
      .split('.')
      .filter(label => label !== '')
      .map(label => Buffer.from([label.length, ...Buffer.from(label, 'latin1')])),
    Buffer.from([0]),
  ])

const addressBytes = (address: string): Buffer => {
  if (!isIPv6(address)) return Buffer.from(address.split('.').map(Number))
  const [front = '', back = ''] = address.split('::')
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map(group => Number.parseInt(group, 16))
  const [before, after] = [groups(front), groups(back)]
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0)
  return Buffer.from([...before, ...zeros, ...after].flatMap(group => [group >> 8, group & 0xff]))
}
