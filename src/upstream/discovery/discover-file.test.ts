import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EndpointSpec } from '../../spec/spec.ts'
import type { DiscoverSpec } from '../../spec/spec-resilience.ts'
import { endpointSpec } from '../../spec/testing.ts'
import { settle, watch } from '../testing/discovery-world.ts'

const SPEC: DiscoverSpec = {
  kind: 'file',
  path: '/etc/targets.yaml',
  tls: false,
  host: '',
  port: 0,
  authority: '',
  basePath: '',
}

const listOf = (...names: string[]) => names.map(name => endpointSpec(name))

/** A file whose content, or what is wrong with it, the test replaces. */
const fileOf = (content: readonly EndpointSpec[] | Error | Promise<readonly EndpointSpec[]>) => {
  const disk = { content, reads: 0, watching: 0, changed: () => {} }
  const watched = watch(SPEC, {
    files: {
      read: async () => {
        disk.reads++
        const now = await disk.content
        if (now instanceof Error) throw now
        return now
      },
      watch: (_, onChange) => {
        disk.watching++
        disk.changed = onChange
        return () => void disk.watching--
      },
    },
  })
  const write = (next: typeof content): Promise<void> => {
    disk.content = next
    disk.changed()
    return settle()
  }
  return { ...watched, disk, write }
}

test('the file is read at once and whenever it changes; only another list is told', async () => {
  const { told, write, ready, disk } = fileOf(listOf('b:80', 'a:80'))
  await ready
  assert.deepEqual(told, [['http://a:80 1 0', 'http://b:80 1 0']])
  await write(listOf('a:80', 'b:80'))
  await write(listOf('c:80'))
  assert.deepEqual([told.length, told.at(-1), disk.reads], [2, ['http://c:80 1 0'], 3])
})

test('a bad file keeps the last list; each new mistake is told, and when it is good again', async () => {
  const { told, write, logged, disk } = fileOf(listOf('a:80'))
  await settle()
  await write(new Error('[0]: expected a URL (targets.yaml:1:3)'))
  await write(new Error('[0]: expected a URL (targets.yaml:1:3)'))
  await write(new Error('[1]: expected a URL (targets.yaml:2:3)'))
  await write(listOf('a:80'))
  assert.deepEqual([told.length, disk.reads], [1, 5])
  const source = '{"source":"/etc/targets.yaml"'
  const kept = 'warn The targets of a service cannot be found; those known so far stay in use.'
  assert.deepEqual(logged, [
    `${kept} ${source},"reason":"[0]: expected a URL (targets.yaml:1:3)"}`,
    `${kept} ${source},"reason":"[1]: expected a URL (targets.yaml:2:3)"}`,
    `info The targets of a service can be found again. ${source}}`,
  ])
})

test('a file that comes later is taken then', async () => {
  const { told, write, logged, ready } = fileOf(new Error('there is no such file'))
  await ready
  assert.match(logged[0]!, /it has none until they can/)
  await write(listOf('a:80'))
  assert.deepEqual(told, [['http://a:80 1 0']])
})

test('a change while the file is read makes it be read once more', async () => {
  const first = Promise.withResolvers<readonly EndpointSpec[]>()
  const { told, write, disk } = fileOf(first.promise)
  await write(listOf('b:80'))
  await write(listOf('c:80'))
  assert.equal(disk.reads, 1)
  first.resolve(listOf('a:80'))
  await settle()
  assert.deepEqual([told, disk.reads], [[['http://a:80 1 0'], ['http://c:80 1 0']], 2])
})

test('after the end nothing is told and nothing watched', async () => {
  const first = Promise.withResolvers<readonly EndpointSpec[]>()
  const { told, stop, ready, disk, due, logged } = fileOf(first.promise)
  stop()
  await ready
  first.resolve(listOf('a:80'))
  await settle()
  assert.deepEqual([told, disk.watching, due(), logged], [[], 0, [], []])
})
