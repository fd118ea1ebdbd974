import zlib from 'node:zlib'
import { Later } from '../../core/maybe.ts'

/** The content, or why there is none: it is not what its coding says, or nobody knows that; or it is too large. */
export type Unpacked = Buffer | 'invalid' | 'oversize'

type Options = Readonly<Pick<zlib.ZlibOptions, 'maxOutputLength'>>

interface Coding {
  now(bytes: Buffer, options: Options): Buffer
  later(bytes: Buffer, options: Options, done: zlib.CompressCallback): void
}

const GZIP: Coding = { now: zlib.gunzipSync, later: zlib.gunzip }
const BROTLI: Coding = { now: zlib.brotliDecompressSync, later: zlib.brotliDecompress }
const ZLIB: Coding = { now: zlib.inflateSync, later: zlib.inflate }
const RAW: Coding = { now: zlib.inflateRawSync, later: zlib.inflateRaw }

/**
 * Raw deflate is not what `deflate` means (RFC 9110 §8.4.1.2) and is sent as it all the same; clients take both. The
 * first two bytes of the other kind name method 8 and are, as a number, divisible by 31 (RFC 1950 §2.2).
 */
const deflateOf = (bytes: Buffer): Coding =>
  bytes.length >= 2 && (bytes[0]! & 15) === 8 && bytes.readUInt16BE(0) % 31 === 0 ? ZLIB : RAW

const codingOf = (name: string, bytes: Buffer): Coding | null => {
  switch (name) {
    case 'gzip':
    case 'x-gzip':
      return GZIP
    case 'br':
      return BROTLI
    case 'deflate':
      return deflateOf(bytes)
    default:
      return null
  }
}

/**
 * What is unpacked at once, and how much may come of that: a sixth of the time that the way through the pool of threads
 * takes for 1 KB (bench/micro/compose-json.ts), and at worst a third of a millisecond.
 */
const AT_ONCE_PACKED = 8192
const AT_ONCE = 262_144

/**
 * Undoes a Content-Encoding (RFC 9110 §8.4). At most `most` bytes come of it, and memory is taken for no more than
 * those. Often settled already. One coding only: nobody packs twice but to do harm.
 */
export const unpack = (encoding: string, bytes: Buffer, most: number): Later<Unpacked> => {
  const later = new Later<Unpacked>()
  const name = encoding.trim().toLowerCase()
  if (name === '' || name === 'identity') later.resolve(bytes.length > most ? 'oversize' : bytes)
  else {
    const coding = codingOf(name, bytes)
    if (coding === null) later.resolve('invalid')
    else undo(coding, bytes, most, later)
  }
  return later
}

const undo = (coding: Coding, bytes: Buffer, most: number, later: Later<Unpacked>): void => {
  if (bytes.length <= AT_ONCE_PACKED) {
    const content = undoNow(coding, bytes, Math.min(most, AT_ONCE))
    if (content !== 'oversize' || most <= AT_ONCE) return later.resolve(content)
  }
  coding.later(bytes, optionsFor(most), (error, content) => {
    later.resolve(error === null ? fitting(content, most) : reasonOf(error))
  })
}

const undoNow = (coding: Coding, bytes: Buffer, most: number): Unpacked => {
  try {
    return fitting(coding.now(bytes, optionsFor(most)), most)
  } catch (error) {
    return reasonOf(error)
  }
}

/** zlib wants one byte at least. */
const optionsFor = (most: number): Options => ({ maxOutputLength: Math.max(1, most) })

const fitting = (content: Buffer, most: number): Unpacked => (content.length > most ? 'oversize' : content)

const reasonOf = (error: unknown): Unpacked =>
  error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE' ? 'oversize' : 'invalid'
