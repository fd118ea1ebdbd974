import type { RedisSession } from './redis-session.ts'

/** What is in `<prefix>epoch`: a name that Redis has for as long as it forgets nothing, and how often the list changed. */
interface Epoch {
  readonly id: string
  readonly changes: number
}

export interface RedisEpochOptions {
  readonly commands: Pick<RedisSession, 'ask'>
  readonly prefix: string
  /** A name that nobody else would give. */
  readonly name: () => string
}

/** Whether Redis still is the one that it was. */
export interface RedisEpoch {
  /** True: it has forgotten something since it was looked at last. Rejects when it is away. */
  look(): Promise<boolean>
  /** What a script that changed the list answers. */
  changed(reply: unknown): void
}

export const epochKey = (prefix: string): string => `${prefix}epoch`

/**
 * A server that was restarted without persistence is empty; one with snapshots, or a replica that took over, lacks what
 * came last. Neither looks different from a list of which others took something back, so there is a mark beside it.
 */
export const redisEpoch = ({ commands, prefix, name }: RedisEpochOptions): RedisEpoch => {
  let known: Epoch | null = null
  return {
    async look() {
      const args = known === null ? ['', '0'] : [known.id, String(known.changes)]
      const seen = parseEpoch(await commands.ask(['EVAL', EPOCH_SCRIPT, '1', epochKey(prefix), name(), ...args]))
      if (seen === null) throw new Error('not the answer of the script')
      const lost = known !== null && known.id !== seen.id
      known = seen
      return lost
    },
    changed(reply) {
      const seen = parseEpoch(reply)
      // Of another name: that is for `look` to find out.
      if (seen !== null && seen.id === known?.id && seen.changes > known.changes) known = seen
    },
  }
}

const parseEpoch = (text: unknown): Epoch | null => {
  const [, id, digits] = (typeof text === 'string' && /^([0-9a-f-]{1,64}) (\d{1,15})$/.exec(text)) || []
  return id === undefined ? null : { id, changes: Number(digits) }
}

/**
 * ARGV: a new name, the name that was seen last, its changes. Answers the mark. A server that has made fewer changes than
 * were seen has gone back in time: it gets a new name, so that all gateways notice, those too that come after others
 * have changed the list.
 */
const EPOCH_SCRIPT = `
local text = redis.pcall('GET', KEYS[1])
local id, changes
if type(text) == 'string' and #text < 100 then id, changes = string.match(text, '^([0-9a-f-]+) (%d+)$') end
if id and not (id == ARGV[2] and tonumber(changes) < tonumber(ARGV[3])) then return text end
local fresh = ARGV[1] .. ' ' .. (changes or '0')
redis.call('SET', KEYS[1], fresh)
return fresh
`
