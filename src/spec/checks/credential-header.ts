import type { Path } from '../problem.ts'
import type { Report } from '../source.ts'

/** Fields that the gateway reads for itself hold no credential. */
export const checkCredentialHeader = (report: Report, path: Path, header: string): void => {
  const name = header.toLowerCase()
  if (name === 'cookie') report.add(path, 'a credential in a cookie is named by its cookie', { hint: 'use "cookie"' })
  else if (TAKEN.has(name))
    report.add(path, `${report.show(path, header)} means something else`, { hint: 'use another header' })
}

const TAKEN = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'expect',
  'keep-alive',
  'proxy-connection',
])
