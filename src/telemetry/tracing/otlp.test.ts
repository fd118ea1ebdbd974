import assert from 'node:assert/strict'
import { test } from 'node:test'
import { otlpBody, readVerdict, type Verdict } from './otlp.ts'

test('the body of an export', () => {
  const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } })
  assert.deepEqual(JSON.parse(otlpBody('edge "x"', '1.2.3', 'i-1', '{"a":1},{"b":2}')), {
    resourceSpans: [
      {
        resource: {
          attributes: [
            attribute('service.name', 'edge "x"'),
            attribute('service.version', '1.2.3'),
            attribute('service.instance.id', 'i-1'),
          ],
        },
        scopeSpans: [{ scope: { name: 'sallyport', version: '1.2.3' }, spans: [{ a: 1 }, { b: 2 }] }],
      },
    ],
  })
})

const WALL = Date.UTC(2026, 0, 1)
const verdict = (status: number, text = '', headers: Record<string, string> = {}): Promise<Verdict> =>
  readVerdict(new Response(text === '' ? null : text, { status, headers }), WALL)

const taken = (rejected = 0) => ({
  kind: 'taken',
  rejected,
  reason: rejected > 0 ? 'it rejected some of the spans' : '',
})
const later = (status: number, afterMs = 0) => ({ kind: 'later', reason: `it answered with status ${status}`, afterMs })

test('what the collector made of it', async () => {
  assert.deepEqual(await verdict(200), taken())
  assert.deepEqual(await verdict(202, '{}'), taken())
  assert.deepEqual(await verdict(200, 'not JSON'), taken())
  for (const rejected of ['"3"', '3']) {
    assert.deepEqual(
      await verdict(200, `{"partialSuccess":{"rejectedSpans":${rejected},"errorMessage":"x"}}`),
      taken(3),
    )
  }
  for (const none of ['"0"', '-1', '"x"', 'null', '1.5']) {
    assert.deepEqual(await verdict(200, `{"partialSuccess":{"rejectedSpans":${none}}}`), taken())
  }
  for (const status of [301, 400, 401, 404, 413, 500, 501]) {
    assert.deepEqual(await verdict(status), { kind: 'refused', reason: `it answered with status ${status}` })
  }
  for (const status of [429, 502, 503, 504]) assert.deepEqual(await verdict(status, 'busy'), later(status))
})

test('Retry-After is seconds or a date, and bounded', async () => {
  const after = async (value: string): Promise<Verdict> => verdict(503, '', { 'retry-after': value })
  assert.deepEqual(await after('7'), later(503, 7000))
  assert.deepEqual(await after('86400'), later(503, 60_000))
  assert.deepEqual(await after(new Date(WALL + 5000).toUTCString()), later(503, 5000))
  assert.deepEqual(await after(new Date(WALL - 5000).toUTCString()), later(503))
  for (const odd of ['', '-1', 'soon', '1e3']) assert.deepEqual(await after(odd), later(503))
})

test('an answer without end is given up', async () => {
  let pulled = 0
  let cancelled = false
  const body = new ReadableStream<Uint8Array>({
    pull: controller => {
      pulled++
      controller.enqueue(new Uint8Array(16 * 1024))
    },
    cancel: () => {
      cancelled = true
    },
  })
  assert.deepEqual(await readVerdict(new Response(body), WALL), taken())
  assert.ok(cancelled && pulled < 10)
})
