import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeClock } from '../../base/testing.ts'
import type { RevocationKind } from '../../core/revocations.ts'
import { redisRevocations } from './redis-revocations.ts'

type Page = readonly (readonly [member: string, until: number])[]
const FAR = 1e15

const setup = (room = Number.POSITIVE_INFINITY) => {
  const clock = fakeClock()
  const now = new Set<string>()
  let full = 0
  const writer = {
    revoke(kind: RevocationKind, value: string) {
      if (now.size >= room) return false
      now.add(`${kind}:${value}`)
      return true
    },
    reinstate: (kind: RevocationKind, value: string) => now.delete(`${kind}:${value}`),
  }
  const list = redisRevocations(writer, clock.wall, () => void full++)
  return { list, now, clock, writer, full: () => full }
}

/** `after` runs after each page. */
async function* pages(all: readonly Page[], after: () => void = () => {}): AsyncGenerator<Page> {
  for (const page of all) {
    yield page
    after()
  }
}

test('a reload adds what is there and takes back what is there no more', async () => {
  const { list, now } = setup()
  list.revoke('jti', 'old', FAR)
  list.revoke('jti', 'kept', FAR)
  await list.reload(pages([[['jti:kept', FAR]], [['sub:new', FAR]]]))
  assert.deepEqual([...now], ['jti:kept', 'sub:new'])
})

test('what was revoked on this machine only stays', async () => {
  const { list, now, writer } = setup()
  writer.revoke('jti', 'here')
  await list.reload(pages([[]]))
  assert.deepEqual([...now], ['jti:here'])
})

test('changes during a reload hold, whatever the pages say', async () => {
  const { list, now } = setup()
  list.revoke('jti', 'a', FAR)
  await list.reload(
    pages(
      [
        [['jti:a', FAR]],
        [
          ['jti:a', FAR],
          ['jti:b', FAR],
        ],
      ],
      () => {
        list.reinstate('jti', 'a')
        list.revoke('sub', 'c', FAR)
      },
    ),
  )
  assert.deepEqual([...now], ['sub:c', 'jti:b'])
})

test('one that breaks off takes nothing back, and the next one does', async () => {
  const { list, now } = setup()
  list.revoke('jti', 'a', FAR)
  const broken = pages([[], []], () => {
    throw new Error('away')
  })
  await assert.rejects(list.reload(broken))
  assert.deepEqual([...now], ['jti:a'])
  await list.reload(pages([[]]))
  assert.deepEqual([...now], [])
})

for (const when of [1, 2]) {
  test(`a later reload ends an earlier one, begun after page ${when} of 2`, async () => {
    const { list, now } = setup()
    let page = 0
    let second: Promise<unknown> = Promise.resolve()
    const first = pages([[['jti:a', FAR]], [['jti:stale', FAR]]], () => {
      if (++page === when) second = list.reload(pages([[['jti:b', FAR]]]))
    })
    await list.reload(first)
    await second
    assert.deepEqual([...now], ['jti:b'])
  })
}

test('what has expired is not taken, and is forgotten', () => {
  const { list, now, clock } = setup()
  list.revoke('jti', 'old', clock.wall())
  list.revoke('jti', 'new', clock.wall() + 1)
  assert.deepEqual([...now], ['jti:new'])
  assert.equal(list.size, 1)
  clock.advance(1)
  list.expire()
  assert.equal(list.size, 0)
})

test('what finds no room is said and not remembered', () => {
  const { list, full } = setup(1)
  list.revoke('jti', 'a', FAR)
  list.revoke('jti', 'b', FAR)
  assert.deepEqual([full(), list.size], [1, 1])
})

test('members that are none are passed over', async () => {
  const { list, now } = setup()
  await list.reload(
    pages([
      [
        ['nonsense', FAR],
        ['jti:', FAR],
        ['jti:x', FAR],
      ],
    ]),
  )
  assert.deepEqual([...now], ['jti:x'])
})

const told = (list: ReturnType<typeof setup>['list']): string[] => list.untold().map(({ member }) => member)

test('what Redis has forgotten stays, and is to be brought there until it is told or says so itself', async () => {
  const { list, now, clock } = setup()
  for (const value of ['a', 'b', 'c', 'd', 'e']) list.revoke('jti', value, FAR)
  list.revoke('jti', 'short', clock.wall() + 5)
  list.distrust()
  assert.equal(await list.reload(pages([[['jti:a', FAR]]])), true)
  list.revoke('jti', 'b', FAR)
  list.reinstate('jti', 'c')
  clock.advance(5)
  assert.deepEqual(told(list), ['jti:d', 'jti:e'])
  list.told([{ member: 'jti:d', kind: 'jti', value: 'd', until: FAR }])
  assert.deepEqual(told(list), ['jti:e'])
  await list.reload(pages([[['jti:a', FAR]]]))
  // What was told is taken back as others are; what has expired is nobody's concern.
  assert.deepEqual([...now].sort(), ['jti:a', 'jti:e', 'jti:short'])
  assert.deepEqual(told(list), ['jti:e'])
})

test('what is revoked here while Redis is away is brought there, for as long as was said last', async () => {
  const { list } = setup()
  list.revokedHere('sub', 'x', 1e14)
  await list.reload(pages([[]]))
  const [first] = list.untold()
  assert.deepEqual(first, { member: 'sub:x', kind: 'sub', value: 'x', until: 1e14 })
  list.revokedHere('sub', 'x', FAR)
  list.told([first!])
  assert.deepEqual(
    list.untold().map(({ until }) => until),
    [FAR],
  )
  list.revoke('sub', 'x', FAR)
  assert.deepEqual(list.untold(), [])
  await list.reload(pages([[]]))
  assert.equal(list.size, 0)
})

test('memory that is lost while it is read takes nothing back', async () => {
  const { list, now } = setup()
  list.revoke('jti', 'a', FAR)
  await list.reload(pages([[]], () => list.distrust()))
  assert.deepEqual([...now], ['jti:a'])
  assert.deepEqual(told(list), ['jti:a'])
})
