import { MAX_SEGMENTS } from '../spec/pattern.ts'

const SLASH = 0x2f

/** FNV-1a, 32 bits. Tables hold the configuration's literals only, so a client cannot fill one with collisions. */
const SEED = 0x811c9dc5 | 0
const step = (hash: number, code: number): number => Math.imul(hash ^ code, 0x01000193)

export const hashOf = (text: string): number => {
  let hash = SEED
  for (let i = 0; i < text.length; i++) hash = step(hash, text.charCodeAt(i))
  return hash
}

/**
 * Where the segments of a path start and what they hash to, found in one pass, so that no step of a lookup slices or
 * looks at a character twice. One instance a router, overwritten by every lookup.
 */
export class Scan {
  path = ''
  /** Number of segments, or one more than the limit when there are more than that. */
  count = 0
  /** Segment `i` is `path.slice(starts[i], starts[i + 1] - 1)`, for all that were counted up to the limit. */
  readonly starts = new Int32Array(MAX_SEGMENTS + 2)
  readonly hashes = new Int32Array(MAX_SEGMENTS + 2)

  /** `path` starts with `/`. Looks no further than `limit` segments and the slash after them. */
  run(path: string, limit: number): void {
    const { starts, hashes } = this
    this.path = path
    let hash = SEED
    let count = 0
    starts[0] = 1
    for (let i = 1; i < path.length; i++) {
      const code = path.charCodeAt(i)
      if (code !== SLASH) {
        hash = step(hash, code)
        continue
      }
      hashes[count++] = hash
      starts[count] = i + 1
      if (count > limit) break
      hash = SEED
    }
    if (count <= limit) {
      hashes[count++] = hash
      starts[count] = path.length + 1
    }
    this.count = count
  }

  isEmpty(segment: number): boolean {
    return this.starts[segment + 1]! - this.starts[segment]! === 1
  }

  equals(segment: number, text: string): boolean {
    const start = this.starts[segment]!
    return this.starts[segment + 1]! - 1 - start === text.length && this.path.startsWith(text, start)
  }

  text(segment: number): string {
    return this.path.slice(this.starts[segment]!, this.starts[segment + 1]! - 1)
  }

  textFrom(segment: number): string {
    return this.path.slice(this.starts[segment]!)
  }
}
