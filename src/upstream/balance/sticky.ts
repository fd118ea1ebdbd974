import { cookieOf } from '../../core/cookie.ts'
import { textHash } from '../../core/text-hash.ts'
import type { Member } from '../member.ts'
import type { MakePicker } from '../picker.ts'

export interface StickyOptions {
  readonly cookie: string
  /** 0: until the browser closes. */
  readonly maxAgeMs: number
  /** For clients that do not have it, or one of a target that may not be asked now. */
  readonly otherwise: MakePicker
}

/**
 * Keeps a client at its target by a cookie that names it. The name is a hash of the target's URL, so it holds in every
 * gateway and over restarts and says nothing of addresses; it proves nothing either: a client may ask for any target
 * that it could have got by chance.
 */
export const sticky =
  ({ cookie, maxAgeMs, otherwise }: StickyOptions): MakePicker =>
  candidates => {
    const byName = new Map<string, Member>()
    const names = new Map<Member, string>()
    for (const { member } of candidates) {
      byName.set(targetName(member.label), member)
      names.set(member, targetName(member.label))
    }
    const first = otherwise(candidates)
    // RFC 6265 §5.2.2: whole seconds; 0 would end it at once.
    const age = maxAgeMs > 0 ? `; Max-Age=${Math.max(1, Math.round(maxAgeMs / 1000))}` : ''
    const attributes = `${age}; Path=/; HttpOnly; SameSite=Lax`
    return {
      pick(x, tried) {
        const named = byName.get(cookieOf(x.headers, cookie))
        return named !== undefined && !tried.includes(named) ? named : first.pick(x, tried)
      },
      mark(x, member, reply) {
        const name = names.get(member)
        if (name === undefined || cookieOf(x.headers, cookie) === name) return
        const secure = x.scheme === 'https' ? '; Secure' : ''
        reply.edit.append('set-cookie', `${cookie}=${name}${attributes}${secure}`)
      },
    }
  }

/** 64 bits, as hex. */
const targetName = (label: string): string => half(textHash(label, 5)) + half(textHash(label, 6))

const half = (bits: number): string => bits.toString(16).padStart(8, '0')
