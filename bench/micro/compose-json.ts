import { isUtf8 } from 'node:buffer'
import zlib from 'node:zlib'
import type { Json } from '../../src/base/json.ts'
import type { BranchResult } from '../../src/compose/branch.ts'
import { compileEdits } from '../../src/compose/json/edit.ts'
import { parseJson } from '../../src/compose/json/parse.ts'
import { unpack } from '../../src/compose/json/unpack.ts'
import { checkJson, type JsonText } from '../../src/compose/json/validate.ts'
import { compileShape } from '../../src/compose/shape/shape.ts'
import type { JsonEditSpec, ShapeSpec } from '../../src/spec/spec-aggregate.ts'
import { bench, type Run } from './loop.ts'

/** What it costs to look at the bodies of branches, to change them and to make one of them. */
const each =
  (one: () => unknown): Run =>
  times => {
    let last: unknown
    for (let i = 0; i < times; i++) last = one()
    return last
  }

const checked = (bytes: Buffer): JsonText => {
  const found = checkJson(bytes, 1_000_000)
  if (typeof found === 'string') throw new Error(found)
  return found
}

const user = (id: number) => ({
  id,
  name: `Ada Lovelace ${id}`,
  email: `ada${id}@example.com`,
  active: id % 2 === 0,
  total: id * 13.37,
  tags: ['new', 'vip'],
  address: { street: '12 Long Street', city: 'London', zip: 'N1 7AA' },
  note: 'ordered "twice"\nlast week',
})

const users = (bytes: number): Buffer => {
  const list = [user(1000)]
  while (JSON.stringify(list).length < bytes) list.push(user(1000 + list.length))
  return Buffer.from(JSON.stringify(list))
}

const natively = (bytes: Buffer): unknown => (isUtf8(bytes) ? JSON.parse(bytes.toString('utf8')) : null)

for (const [size, bytes] of [['1 KB', users(900)] as const, ['64 KB', users(65_000)] as const]) {
  const { bytes: text } = checked(bytes)
  const value = parseJson({ bytes: text, wide: false })
  const edited = (...specs: readonly JsonEditSpec[]) => {
    const edit = compileEdits(specs)!
    return each(() => edit(value))
  }
  await bench(
    `${size}: checked`,
    each(() => checkJson(bytes, 1_000_000)),
  )
  await bench(
    `${size}: the same by isUtf8 and JSON.parse, without depth`,
    each(() => natively(bytes)),
  )
  await bench(
    `${size}: parsed`,
    each(() => parseJson({ bytes: text, wide: false })),
  )
  await bench(
    `${size}: parsed, with integers beyond 2^53`,
    each(() => parseJson({ bytes: text, wide: true })),
  )
  await bench(
    `${size}: the same by a reviver that changes nothing`,
    each(() => JSON.parse(text.toString('utf8'), (_, member) => member)),
  )
  await bench(`${size}: pick of four members`, edited({ kind: 'pick', paths: ['id', 'name', 'total', 'address.city'] }))
  await bench(`${size}: omit of two members`, edited({ kind: 'omit', paths: ['email', 'address.zip'] }))
  await bench(`${size}: rename of one member`, edited({ kind: 'rename', names: [['name', 'title']] }))
  await bench(
    `${size}: written`,
    each(() => Buffer.from(JSON.stringify(value))),
  )
  const gzipped = zlib.gzipSync(bytes)
  const inPool = (done: () => void) => zlib.gunzip(gzipped, { maxOutputLength: 1_000_000 }, done)
  await bench(
    `${size}: gzip undone`,
    each(() => unpack('gzip', gzipped, 1_000_000)),
  )
  await bench(`${size}: the same in the pool of threads, one at a time`, async times => {
    for (let i = 0; i < times; i++) await new Promise<void>(resolve => inPool(resolve))
  })
}

const NAMES = ['user', 'orders', 'products', 'reviews']
const data = (bytes: Buffer): BranchResult => {
  const text = checked(bytes)
  return { kind: 'ok', text: text.bytes, json: () => parseJson(text), status: 200, afterMs: 12, missing: null }
}
const shaped = (shape: ShapeSpec, results: readonly BranchResult[], meta = false): Run => {
  const branches = NAMES.slice(0, results.length).map(name => ({ name }))
  const make = compileShape({ branches, shape, meta, maxBytes: 4_194_304 })
  return each(() => make(results))
}

const lists = NAMES.map(() => data(users(900)))
await bench('object: 4 × 1 KB', shaped({ kind: 'object' }, lists))
await bench('object: 4 × 1 KB, with _meta', shaped({ kind: 'object' }, lists, true))
await bench('flatten: 4 × 1 KB', shaped({ kind: 'flatten' }, lists))

const objects = NAMES.map(name =>
  data(
    Buffer.from(
      JSON.stringify(Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`${name}${i}`, user(i).address]))),
    ),
  ),
)
await bench('merge: 4 × 1 KB, 12 members each', shaped({ kind: 'merge', conflicts: 'error' }, objects))
await bench(
  'merge: the same by JSON.parse, Object.assign and JSON.stringify',
  each(() => {
    const all: Record<string, Json> = {}
    for (const each of objects) Object.assign(all, each.kind === 'ok' ? each.json() : null)
    return Buffer.from(JSON.stringify(all))
  }),
)

const joins = [{ branch: 'orders', key: 'id', as: 'order' }]
for (const [size, bytes] of [['1 KB', users(900)] as const, ['64 KB', users(65_000)] as const]) {
  await bench(`zip: 2 × ${size}`, shaped({ kind: 'zip', list: 'user', key: 'id', joins }, [data(bytes), data(bytes)]))
}
