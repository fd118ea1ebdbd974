import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { headersOf } from '../../base/headers.ts'
import type { Exchange } from '../../core/exchange.ts'
import { Reply } from '../../core/reply.ts'
import type { Member } from '../member.ts'
import type { Picker } from '../picker.ts'
import { equal, fleetOf, pickAny } from '../testing/fleet.ts'
import { exchange } from '../testing.ts'
import { roundRobin } from './round-robin.ts'
import { sticky } from './sticky.ts'

const made = (slots: readonly number[], maxAgeMs = 0): Picker => {
  const { candidates } = fleetOf(equal(5))
  return sticky({ cookie: 'sp', maxAgeMs, otherwise: roundRobin(() => 0) })(slots.map(slot => candidates[slot]!))
}
const ALL = [0, 1, 2, 3, 4]

const withCookie = (value: string, given: Partial<Exchange> = {}): Exchange =>
  exchange({ headers: headersOf([['cookie', `a=1; sp=${value}`]]), ...given })

/** What the client is told to keep, once. */
const setBy = (picker: Picker, x: Exchange, member: Member): string | undefined => {
  const reply = new Reply(200)
  picker.mark?.(x, member, reply)
  assert.ok((reply.edits?.added.length ?? 0) <= 1)
  return reply.header('set-cookie')
}

const nameIn = (line: string | undefined): string => /^sp=([0-9a-f]{16});/.exec(line ?? '')?.[1] ?? assert.fail(line)

/** A client that came once. */
const visited = (picker: Picker): { slot: number; value: string } => {
  const member = pickAny(picker)
  return { slot: member.slot, value: nameIn(setBy(picker, exchange(), member)) }
}

test('a client stays where it was, a new one takes the next in turn', () => {
  const picker = made(ALL)
  for (let slot = 0; slot < 5; slot++) {
    const { slot: mine, value } = visited(picker)
    assert.equal(mine, slot)
    for (let i = 0; i < 5; i++) assert.equal(pickAny(picker, [], withCookie(value)).slot, slot)
  }
})

test('the name holds in another gateway and after a restart, and in another order', () => {
  const { slot, value } = visited(made(ALL))
  assert.equal(pickAny(made([4, 3, 2, 1, 0]), [], withCookie(value)).slot, slot)
  assert.equal(value, '4fcdc4dc13e394be')
})

test('when its target may not be asked it gets another one and a new cookie; when it is back, the old name counts', () => {
  const { slot, value } = visited(made(ALL))
  const rest = made(ALL.filter(each => each !== slot))
  const x = withCookie(value)
  const other = pickAny(rest, [], x)
  assert.notEqual(other.slot, slot)
  assert.notEqual(nameIn(setBy(rest, x, other)), value)
  assert.equal(pickAny(made(ALL), [], x).slot, slot)
})

test('a target that was tried is not asked again, and the cookie names the one that answered', () => {
  const picker = made(ALL)
  const { value } = visited(picker)
  const x = withCookie(value)
  const first = pickAny(picker, [], x)
  const second = pickAny(picker, [first], x)
  assert.notEqual(second, first)
  const renewed = nameIn(setBy(picker, x, second))
  assert.equal(pickAny(picker, [], withCookie(renewed)), second)
})

test('who has the right cookie is not given it again', () => {
  const picker = made(ALL)
  const x = withCookie(visited(picker).value)
  assert.equal(setBy(picker, x, pickAny(picker, [], x)), undefined)
})

test('no cookie names a target that is not a candidate', () => {
  const gone = fleetOf(equal(5)).members[4]!
  assert.equal(setBy(made([0, 1]), exchange(), gone), undefined)
})

const ATTRIBUTES: readonly [maxAgeMs: number, scheme: 'http' | 'https', attributes: string][] = [
  [0, 'http', 'Path=/; HttpOnly; SameSite=Lax'],
  [0, 'https', 'Path=/; HttpOnly; SameSite=Lax; Secure'],
  [3_600_000, 'https', 'Max-Age=3600; Path=/; HttpOnly; SameSite=Lax; Secure'],
  [1500, 'http', 'Max-Age=2; Path=/; HttpOnly; SameSite=Lax'],
  [1, 'http', 'Max-Age=1; Path=/; HttpOnly; SameSite=Lax'],
]

for (const [maxAgeMs, scheme, attributes] of ATTRIBUTES) {
  test(`over ${scheme}, for ${maxAgeMs} ms: ${attributes}`, () => {
    const picker = made(ALL, maxAgeMs)
    const line = setBy(picker, exchange({ scheme }), pickAny(picker))
    assert.equal(line?.replace(/^sp=[0-9a-f]{16}; /, ''), attributes)
  })
}

test('the service’s own cookies are left alone', () => {
  const picker = made(ALL)
  const reply = new Reply(200, headersOf([['set-cookie', 'session=1']]))
  picker.mark?.(exchange(), pickAny(picker), reply)
  assert.equal(reply.edits?.removes('set-cookie'), false)
})

const HOSTILE = ['', '0', '4fcdc4dc', '4FCDC4DC13E394BE', '0000000000000000', '__proto__', 'constructor', 'http://t0']

for (const value of [...HOSTILE, 'x'.repeat(100_000)]) {
  test(`a cookie of ${JSON.stringify(value.slice(0, 20))} is none: the next in turn, and a cookie that holds`, () => {
    const picker = made(ALL)
    const x = withCookie(value)
    const member = pickAny(picker, [], x)
    assert.equal(member.slot, 0)
    assert.equal(pickAny(picker, [], withCookie(nameIn(setBy(picker, x, member)))), member)
  })
}

test('property: whatever a client sends, it gets a candidate, and the cookie it is left with leads there', () => {
  const piece = fc.oneof(fc.constantFrom('sp', '=', ';', ' ', '"', '4fcdc4dc13e394be'), fc.string({ maxLength: 5 }))
  fc.assert(
    fc.property(fc.array(piece), pieces => {
      const picker = made([0, 1, 2])
      const x = exchange({ headers: headersOf([['cookie', pieces.join('')]]) })
      const member = pickAny(picker, [], x)
      assert.ok(member.slot <= 2)
      const line = setBy(picker, x, member)
      const next = line === undefined ? x : withCookie(nameIn(line))
      assert.equal(pickAny(picker, [], next), member)
    }),
    { numRuns: 500 },
  )
})
