import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeClock } from '../base/testing.ts'
import type { RevocationKind } from '../core/revocations.ts'
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
    let second = Promise.resolve()
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
