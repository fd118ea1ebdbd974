import { createPrivateKey, X509Certificate } from 'node:crypto'
import { loadTls } from '../base/node.ts'
import type { Path } from '../spec/problem.ts'
import { type Report, valueAt } from '../spec/source.ts'
import { isPem, type LoadedFiles, loadNamed, type NamedFile } from './named-files.ts'
import type { ReadFile } from './outside.ts'

const KEYS = ['cert', 'key', 'clientCa'] as const

/** Puts the contents of certificate and key files where their names stood, and checks that they fit together. */
export const loadCertificates = async (
  report: Report,
  filled: unknown,
  file: string,
  readFile: ReadFile,
): Promise<LoadedFiles> => {
  const loaded = await loadNamed(report, filled, namedFiles(filled), file, readFile)
  for (const path of tlsPaths(loaded.document)) checkPair(report, path, loaded.document)
  return loaded
}

const namedFiles = (document: unknown): NamedFile[] =>
  tlsPaths(document)
    .flatMap(path => KEYS.map(key => [...path, key]))
    .flatMap(path => {
      const name = valueAt(document, path)
      return typeof name === 'string' && name !== '' && !isPem(name) ? [{ path, name }] : []
    })

const tlsPaths = (document: unknown): Path[] =>
  Object.entries(valueAt(document, ['listeners']) ?? {}).flatMap(([name, listener]) => {
    const tls = valueAt(listener, ['tls'])
    return typeof tls === 'object' && tls !== null ? [['listeners', name, 'tls']] : []
  })

const checkPair = (report: Report, path: Path, document: unknown): void => {
  const pem = (key: 'cert' | 'key'): string | undefined => {
    const text = valueAt(document, [...path, key])
    // Where a file could not be read, its name is still in place.
    return typeof text === 'string' && !report.has([...path, key]) ? text : undefined
  }
  const cert = checkPart(report, [...path, 'cert'], pem('cert'), 'certificate')
  const key = checkPart(report, [...path, 'key'], pem('key'), 'private key')
  if (cert === undefined || key === undefined) return
  const mistake = pairMistake(cert, key)
  if (mistake !== undefined) report.add([...path, 'key'], mistake)
}

type Part = 'certificate' | 'private key'

const checkPart = (report: Report, path: Path, text: string | undefined, what: Part): string | undefined => {
  if (text === undefined) return undefined
  const locked = what === 'private key' && text.includes('ENCRYPTED')
  if (locked) report.add(path, 'is protected by a passphrase', { hint: 'use a key without one' })
  else if (holds(text, what)) return text
  else report.add(path, `holds no ${what} in PEM`)
  return undefined
}

const pairMistake = (cert: string, key: string): string | undefined => {
  try {
    loadTls().createSecureContext({ cert, key })
    return undefined
  } catch (error) {
    const mismatch = error instanceof Error && /mismatch/i.test(error.message)
    return mismatch ? 'is not the key of this certificate' : 'cannot serve TLS together with this certificate'
  }
}

const holds = (text: string, what: Part): boolean => {
  try {
    if (what === 'certificate') return new X509Certificate(text).serialNumber !== ''
    return createPrivateKey(text).type === 'private'
  } catch {
    return false
  }
}
