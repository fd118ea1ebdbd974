import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ERROR_CODES, ERRORS, type ErrorRow, Fault } from '../base/errors.ts'
import { Exchange } from './exchange.ts'
import { writeProblem } from './problem.ts'
import { fail, faultReply, type Reply } from './reply.ts'

const problemOf = (reply: Reply): Record<string, unknown> => {
  assert.ok(reply.body instanceof Uint8Array)
  return JSON.parse(Buffer.from(reply.body).toString('utf8'))
}

const written = (fault: Fault): Reply => {
  const x = Object.assign(new Exchange(), { requestId: 'id-1' })
  const reply = faultReply(fault)
  writeProblem(x, reply, fault, 'edge')
  return reply
}

for (const code of ERROR_CODES) {
  const row: ErrorRow = ERRORS[code]

  test(`${code} as problem details`, () => {
    const reply = written(new Fault(code, 'what happened'))
    assert.equal(reply.status, row.status)
    assert.deepEqual(problemOf(reply), {
      type: `urn:sallyport:error:${code.toLowerCase()}`,
      title: row.title,
      status: row.status,
      code,
      detail: 'what happened',
      requestId: 'id-1',
    })
    assert.equal(reply.header('content-type'), 'application/problem+json')
    assert.equal(reply.header('cache-control'), 'no-store')
    assert.equal(reply.header('proxy-status'), row.proxyStatus && `edge; error=${row.proxyStatus}`)
  })
}

test('without a detail the title stands in', () => {
  assert.equal(problemOf(written(new Fault('NO_ROUTE')))['detail'], 'No route matches')
})

test('the fields of a fault are those of its reply', () => {
  const reply = written(new Fault('OVERLOADED', '', [['retry-after', '1']]))
  assert.equal(reply.header('retry-after'), '1')
})

test('what a stranger wrote stays inside its string', () => {
  const detail = '"},\u0000\u2028é</script>'
  assert.equal(problemOf(written(new Fault('BAD_REQUEST', detail)))['detail'], detail)
})

test('fail makes the reply of a code', () => {
  const reply = fail('FORBIDDEN', 'no')
  assert.deepEqual([reply.status, reply.fault?.code, reply.fault?.detail, reply.body], [403, 'FORBIDDEN', 'no', null])
})
