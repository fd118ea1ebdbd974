import type { Path } from '../problem.ts'
import type { Draft } from '../salvage.ts'
import type { RespondOutput } from '../schema/respond.ts'
import type { Report } from '../source.ts'
import { written } from './draft.ts'

const BODIES = ['json', 'text', 'body']

export const checkRespond = (report: Report, path: Path, respond: Draft<RespondOutput>): void => {
  const [, ...tooMany] = written(report, path, BODIES)
  for (const key of tooMany) {
    report.add([...path, key], 'only one of "json", "text" or "body" can be given', { on: 'key' })
  }
  checkFraming(report, [...path, 'headers'], respond.headers)
}

/** Fields about the connection and the length of the body are not the user's to write. */
export const checkFraming = (report: Report, path: Path, headers: Draft<Record<string, string>> | undefined): void => {
  for (const name of Object.keys(headers ?? {})) {
    if (FRAMING.has(name.toLowerCase())) report.add([...path, name], 'is set by the gateway', { on: 'key' })
  }
}

export const FRAMING: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'upgrade',
  'trailer',
  'te',
])
