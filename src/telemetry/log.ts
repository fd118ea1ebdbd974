import type { Log } from '../core/ports.ts'
import { harmlessJson, jsonString, jsonText } from './escape.ts'

/** The gateway's own log: few lines, so clarity goes before speed. */
export interface LogOptions {
  /** Gets one line with its newline. Standard error unless given. */
  readonly write?: (line: string) => void
  /** For people at a terminal instead of for machines. */
  readonly readable?: boolean
  readonly wall?: () => number
}

type Level = 'info' | 'warn' | 'error'
type Fields = Readonly<Record<string, unknown>>

export const createLog = ({
  write = line => void process.stderr.write(line),
  readable = process.stderr.isTTY === true,
  wall = Date.now,
}: LogOptions = {}): Log => {
  const format = readable ? readableLine : jsonLine
  const at =
    (level: Level) =>
    (message: string, fields: Fields = {}): void =>
      write(format(new Date(wall()).toISOString(), level, message, fields))
  return { info: at('info'), warn: at('warn'), error: at('error') }
}

/** Fields cannot replace `time`, `level` or `message`: a repeated key would hide the real one from some readers. */
const jsonLine = (time: string, level: Level, message: string, fields: Fields): string => {
  let line = `{"time":"${time}","level":"${level}","message":${jsonString(message)}`
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue
    const key = RESERVED.has(name) ? `${name}_` : name
    line += `,${jsonString(key)}:${jsonValue(value)}`
  }
  return `${line}}\n`
}

const RESERVED = new Set(['time', 'level', 'message'])
const MARK = { info: 'info ', warn: 'WARN ', error: 'ERROR' } as const

const readableLine = (time: string, level: Level, message: string, fields: Fields): string => {
  let line = `${time.slice(11, 19)} ${MARK[level]} ${printable(message)}`
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) line += ` ${printable(name)}=${readableValue(value)}`
  }
  return `${line}\n`
}

const printable = (text: string): string => jsonText(text).replaceAll('\\"', '"')

const readableValue = (value: unknown): string =>
  typeof value === 'string' && /^[\w./:@+-]+$/.test(value) ? value : jsonValue(value)

/** Never throws: a log line about a failure must not be a second one. */
const jsonValue = (value: unknown): string => {
  if (typeof value === 'string') return jsonString(value)
  if (value instanceof Error) return jsonString(value.message)
  try {
    return harmlessJson(JSON.stringify(value, plain) ?? jsonString(String(value)))
  } catch {
    return jsonString('unprintable')
  }
}

const plain = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value instanceof Error ? value.message : value
