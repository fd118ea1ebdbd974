import type { Transform } from 'node:stream'
import zlib from 'node:zlib'
import type { Budget } from '../../base/collect.ts'
import { Later } from '../../core/maybe.ts'

/** The content, or why there is none: it is not what its coding says, or nobody knows that; or it is too large. */
export type Unpacked = Buffer | 'invalid' | 'oversize'

type Options = Readonly<Pick<zlib.ZlibOptions, 'maxOutputLength'>>

interface Coding {
  now(bytes: Buffer, options: Options): Buffer
  /** Gives pieces of at most `chunkSize`. */
  later(options: Readonly<Pick<zlib.ZlibOptions, 'chunkSize'>>): Transform
}

const GZIP: Coding = { now: zlib.gunzipSync, later: zlib.createGunzip }
const BROTLI: Coding = { now: zlib.brotliDecompressSync, later: zlib.createBrotliDecompress }
const ZLIB: Coding = { now: zlib.inflateSync, later: zlib.createInflate }
const RAW: Coding = { now: zlib.inflateRawSync, later: zlib.createInflateRaw }

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
export const AT_ONCE_PACKED = 8192
const AT_ONCE = 262_144
/** What is unpacked before it is asked whether there is room for it. */
const PIECE_BYTES = 65_536
const UNBOUNDED: Budget = { take: () => true }

/**
 * Undoes a Content-Encoding (RFC 9110 §8.4). At most `most` bytes come of it, for which the budget must have room; memory
 * is taken for no more than those and one piece. Often settled already. One coding only: nobody packs twice but to do harm.
 */
export const unpack = (encoding: string, bytes: Buffer, most: number, budget: Budget = UNBOUNDED): Later<Unpacked> => {
  const later = new Later<Unpacked>()
  const name = encoding.trim().toLowerCase()
  if (name === '' || name === 'identity') later.resolve(fitting(bytes, most, budget))
  else {
    const coding = codingOf(name, bytes)
    if (coding === null) later.resolve('invalid')
    else undo(coding, bytes, most, budget, later)
  }
  return later
}

const undo = (coding: Coding, bytes: Buffer, most: number, budget: Budget, later: Later<Unpacked>): void => {
  if (bytes.length <= AT_ONCE_PACKED) {
    const content = undoNow(coding, bytes, Math.min(most, AT_ONCE))
    if (typeof content !== 'string') return later.resolve(fitting(content, most, budget))
    if (content !== 'oversize' || most <= AT_ONCE) return later.resolve(content)
  }
  undoLater(coding.later({ chunkSize: PIECE_BYTES }), bytes, most, budget, later)
}

/** Piece by piece, so that several at once do not all unpack what there is room for once. */
const undoLater = (stream: Transform, bytes: Buffer, most: number, budget: Budget, later: Later<Unpacked>): void => {
  const pieces: Buffer[] = []
  let size = 0
  let over = false
  const end = (result: Unpacked): void => {
    if (over) return
    over = true
    stream.destroy()
    later.resolve(result)
  }
  stream.on('data', (piece: Buffer) => {
    if (over) return
    size += piece.length
    if (size > most || !budget.take(piece.length)) return end('oversize')
    pieces.push(piece)
  })
  stream.on('end', () => end(Buffer.concat(pieces, size)))
  stream.on('error', () => end('invalid'))
  stream.end(bytes)
}

const undoNow = (coding: Coding, bytes: Buffer, most: number): Unpacked => {
  try {
    const content = coding.now(bytes, optionsFor(most))
    return content.length > most ? 'oversize' : content
  } catch (error) {
    return reasonOf(error)
  }
}

/** zlib wants one byte at least. */
const optionsFor = (most: number): Options => ({ maxOutputLength: Math.max(1, most) })

const fitting = (content: Buffer, most: number, budget: Budget): Unpacked =>
  content.length > most || !budget.take(content.length) ? 'oversize' : content

const reasonOf = (error: unknown): Unpacked =>
  error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE' ? 'oversize' : 'invalid'
