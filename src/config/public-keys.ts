import { createPublicKey } from 'node:crypto'
import { replaceAt } from '../spec/coerce.ts'
import type { Path } from '../spec/problem.ts'
import { type Report, valueAt } from '../spec/source.ts'
import { isPem, type LoadedFiles, loadNamed } from './named-files.ts'
import type { ReadFile } from './outside.ts'

/** A hundred certificates are a quarter of it. */
const LONGEST = 1024 * 1024

/** Puts keys (JWK) where files with them, or their text, stood in the `keys` of a `jwt`. */
export const loadPublicKeys = async (
  report: Report,
  filled: unknown,
  file: string,
  readFile: ReadFile,
): Promise<LoadedFiles> => {
  const names = keyTexts(filled).filter(({ name }) => !isPem(name) && !isJson(name))
  const loaded = await loadNamed(report, filled, names, file, readFile)
  let { document } = loaded
  for (const { path, name: text } of keyTexts(loaded.document)) {
    if (report.has(path)) continue
    const { mistake, keys } = readKeys(text)
    if (mistake !== undefined) report.add(path, mistake.message, { hint: mistake.hint })
    else document = replaceAt(document, path, keys)
  }
  return { ...loaded, document }
}

/** The texts among the keys, each with its place. */
const keyTexts = (document: unknown): { path: Path; name: string }[] =>
  Object.keys(valueAt(document, ['auth']) ?? {}).flatMap(way => {
    const path = ['auth', way, 'jwt', 'keys']
    const keys = valueAt(document, path)
    const entries: [Path, unknown][] = Array.isArray(keys) ? keys.map((key, i) => [[...path, i], key]) : [[path, keys]]
    return entries.flatMap(([at, key]) => (typeof key === 'string' && key !== '' ? [{ path: at, name: key }] : []))
  })

const isJson = (text: string): boolean => text.trimStart().startsWith('{')

/** A JWK or a set of them, or what is wrong with the text; nothing of the text is in that. */
interface Read {
  readonly keys?: unknown
  readonly mistake?: { readonly message: string; readonly hint: string }
}

const wrong = (message: string, hint: string): Read => ({ mistake: { message, hint } })

const readKeys = (text: string): Read => {
  if (text.length > LONGEST) return wrong('is larger than 1 MiB', 'leave in it only the keys that are needed')
  return isPem(text) ? readPem(text) : readJson(text)
}

const NO_KEYS = wrong('holds no public keys', 'they are written in PEM, or as JWK or JWK set in JSON')

const readJson = (text: string): Read => {
  try {
    const value: unknown = JSON.parse(text)
    return isMap(value) && ('kty' in value || 'keys' in value) ? { keys: value } : NO_KEYS
  } catch {
    return NO_KEYS
  }
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g

/** One block is a key, several are a set. */
const readPem = (text: string): Read => {
  if (text.includes('PRIVATE KEY-----')) {
    return wrong(
      'holds a private key',
      'the gateway needs the public key only: openssl pkey -in private.pem -pubout -out public.pem',
    )
  }
  const blocks = [...text.matchAll(BLOCK)].filter(([, kind]) => kind !== 'EC PARAMETERS')
  const keys = blocks.flatMap(([block]) => jwkOf(block) ?? [])
  if (keys.length < blocks.length) {
    return wrong('holds what is no public key', 'every block must be a public key or a certificate in PEM')
  }
  return keys.length === 0 ? NO_KEYS : { keys: keys.length === 1 ? keys[0] : { keys } }
}

/** Of a public key or a certificate. */
const jwkOf = (pem: string): object | undefined => {
  try {
    return createPublicKey(pem).export({ format: 'jwk' })
  } catch {
    return undefined
  }
}
