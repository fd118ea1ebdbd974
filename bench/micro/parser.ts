import { RequestHead } from '../../src/http1/request-parser.ts'
import { ResponseHead } from '../../src/http1/response-parser.ts'
import { fieldLines, HOP_BY_HOP, nameSet } from '../../src/http1/serialize.ts'
import { bench } from './loop.ts'
import { REQUEST, RESPONSE } from './samples.ts'

/** One head in and out: ns each. The request's has ten fields. Compare with the yardstick: machines differ. */
const request = new RequestHead()
const response = new ResponseHead()

if (request.parse(REQUEST, 0, REQUEST.length) !== REQUEST.length || request.count !== 10) {
  throw new Error(`the sample request does not parse: ${request.reason}`)
}
if (response.parse(RESPONSE, 0, RESPONSE.length) !== RESPONSE.length) {
  throw new Error(`the sample response does not parse: ${response.reason}`)
}

await bench('yardstick: adding up the bytes of that request', times => {
  let sum = 0
  for (let i = 0; i < times; i++) for (let p = 0; p < REQUEST.length; p++) sum = (sum + REQUEST[p]!) | 0
  return sum
})

await bench(`parse a request head of ${REQUEST.length} bytes, 10 fields`, times => {
  let sum = 0
  for (let i = 0; i < times; i++) sum += request.parse(REQUEST, 0, REQUEST.length)
  return sum
})

await bench('  and read three values', times => {
  let sum = 0
  for (let i = 0; i < times; i++) {
    request.parse(REQUEST, 0, REQUEST.length)
    sum +=
      request.valueAt(0).length + (request.get('cookie')?.length ?? 0) + (request.get('x-client-version')?.length ?? 0)
  }
  return sum
})

await bench(`parse a response head of ${RESPONSE.length} bytes, ${response.count} fields`, times => {
  let sum = 0
  for (let i = 0; i < times; i++) sum += response.parse(RESPONSE, 0, RESPONSE.length)
  return sum
})

const half = REQUEST.length >> 1
await bench('a request head that comes in two pieces', times => {
  let sum = 0
  for (let i = 0; i < times; i++) {
    sum += request.parse(REQUEST, 0, half)
    sum += request.parse(REQUEST, 0, REQUEST.length)
  }
  return sum
})

const dropped = nameSet(...HOP_BY_HOP, 'host', 'x-request-id', 'x-forwarded-for')
const out = Buffer.allocUnsafe(4096)
await bench('field lines of that request for upstream, written', times => {
  let sum = 0
  for (let i = 0; i < times; i++) {
    const head = `GET ${request.target} HTTP/1.1\r\n${fieldLines(request, dropped, [], null, null)}X-Request-Id: 1\r\n\r\n`
    sum += out.write(head, 0, 'latin1')
  }
  return sum
})
