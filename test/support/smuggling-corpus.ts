/**
 * Attacks on message boundaries. Each is followed on the same connection by a request for `/poison`: whoever misjudges
 * where the attack ends, or goes on after refusing it, forwards that.
 */
export interface Attack {
  readonly name: string
  readonly bytes: string
  /** The answer; the connection closes behind it and the upstream sees no request. */
  readonly status: number
}

export const POISON = 'GET /poison HTTP/1.1\r\nHost: gw.test\r\n\r\n'

const post = (fields: string, body = ''): string => `POST /attack HTTP/1.1\r\nHost: gw.test\r\n${fields}\r\n${body}`
const get = (fields: string): string => `GET /attack HTTP/1.1\r\nHost: gw.test\r\n${fields}\r\n`
const chunked = (body: string): string => post('Transfer-Encoding: chunked\r\n', body)

const refuse = (name: string, bytes: string, status = 400): Attack => ({ name, bytes, status })

const bothLengths: Attack[] = [
  refuse('CL.TE', post('Content-Length: 6\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\nG')),
  refuse(
    'TE.CL',
    post('Transfer-Encoding: chunked\r\nContent-Length: 4\r\n', '5c\r\nGPOST / HTTP/1.1\r\n\r\n0\r\n\r\n'),
  ),
  refuse('CL.TE with agreeing lengths', post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')),
  refuse('CL: 0 with TE', post('Content-Length: 0\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')),
  refuse('GET with CL and TE', get('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n')),
  refuse('CL with TE: identity', post('Content-Length: 5\r\nTransfer-Encoding: identity\r\n', 'hello')),
  refuse('TE in HTTP/1.0', 'POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
  refuse(
    'TE in HTTP/1.0 with keep-alive',
    'POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ),
]

/** Codings that some parser somewhere takes for `chunked`, or does not. */
const codings: Attack[] = [
  ...[
    'xchunked',
    'chunkedx',
    '\x0bchunked',
    'chunked\x0b',
    '\x0cchunked',
    'chunked, identity',
    'identity, chunked',
    'identity',
    'gzip',
  ],
  ...[
    'gzip, chunked',
    'chunked, chunked',
    'chunked, gzip',
    ', chunked',
    'chunked,',
    'chunked;q=1',
    '"chunked"',
    "'chunked'",
    'chun ked',
  ],
  ...[
    '',
    'cow',
    'chunk\xe9d',
    'chunked\0',
    '\x00chunked',
    'chunked\x85',
    '\xa0chunked',
    'chunked\t,',
    '[chunked]',
    'chunked identity',
  ],
].map(value => refuse(`TE: ${JSON.stringify(value)}`, post(`Transfer-Encoding: ${value}\r\n`, '0\r\n\r\n')))

const repeatedCodings: Attack[] = [
  refuse('TE.TE chunked, cow', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n', '0\r\n\r\n')),
  refuse('TE.TE cow, chunked', post('Transfer-Encoding: cow\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')),
  refuse('TE.TE chunked twice', post('Transfer-Encoding: chunked\r\nTransfer-encoding: chunked\r\n', '0\r\n\r\n')),
  refuse(
    'TE.TE with a list between',
    post('Transfer-Encoding: chunked\r\nX: y\r\nTransfer-Encoding: identity\r\n', '0\r\n\r\n'),
  ),
]

const lengths: Attack[] = [
  ...[
    '+5',
    '-5',
    '-0',
    '+0',
    '0x5',
    '0X5',
    '0o5',
    '5a',
    'a5',
    'abc',
    '5 5',
    '5, 5',
    '5,5',
    '5,',
    ',5',
    '5, 6',
    '5;',
    '5.0',
    '5e0',
    '1_0',
  ],
  ...[
    '',
    '"5"',
    '\x0b5',
    '5\x0b',
    '\xb25',
    '99999999999999999999',
    '18446744073709551621',
    '9007199254740993',
    '5\0',
    '\x005',
  ],
].map(value => refuse(`CL: ${JSON.stringify(value)}`, post(`Content-Length: ${value}\r\n`, 'hello')))

const repeatedLengths: Attack[] = [
  refuse('two CLs that differ', post('Content-Length: 5\r\nContent-Length: 0\r\n', 'hello')),
  refuse('two CLs that agree', post('Content-Length: 5\r\nContent-Length: 5\r\n', 'hello')),
  refuse('CL in two spellings', post('Content-Length: 5\r\ncontent-length: 6\r\n', 'hello')),
]

const fields: Attack[] = [
  refuse('space before the colon of CL', post('Content-Length : 5\r\n', 'hello')),
  refuse('tab before the colon of CL', post('Content-Length\t: 5\r\n', 'hello')),
  refuse('space before the colon of TE', post('Transfer-Encoding : chunked\r\n', '0\r\n\r\n')),
  refuse('space before a name', post(' Content-Length: 5\r\n', 'hello')),
  refuse('NUL in a name', post('Content\0-Length: 5\r\n', 'hello')),
  refuse('NUL behind a name', post('Transfer-Encoding\0: chunked\r\n', '0\r\n\r\n')),
  refuse('NUL in a value', get('X-A: a\0b\r\n')),
  refuse('BEL in a value', get('X-A: a\x07b\r\n')),
  refuse('DEL in a value', get('X-A: a\x7fb\r\n')),
  refuse('CR in a value', get('X-A: a\rTransfer-Encoding: chunked\r\n')),
  refuse('LF in a value', post('X-A: a\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')),
  refuse('obs-fold', get('X-A: a\r\n b\r\n')),
  refuse('obs-fold with a tab', get('X-A: a\r\n\tb\r\n')),
  refuse('folded TE', post('Transfer-Encoding:\r\n chunked\r\n', '0\r\n\r\n')),
  refuse('folded CL', post('Content-Length:\r\n 5\r\n', 'hello')),
  refuse('a folded line first', 'GET / HTTP/1.1\r\n Host: h\r\n\r\n'),
  refuse('a line without a colon', get('Transfer-Encoding\r\n')),
  refuse('an empty name', get(': chunked\r\n')),
  refuse('a name in brackets', get('X[A]: b\r\n')),
  refuse('a name with a byte above 127', get('X-\xe9: b\r\n')),
  refuse('a space in a name', get('Transfer Encoding: chunked\r\n')),
  refuse('a colon missing before TE', get('X-A b\r\nTransfer-Encoding: chunked\r\n')),
]

const lineEnds: Attack[] = [
  refuse('LF for every line', 'GET / HTTP/1.1\nHost: h\n\n'),
  refuse('LF behind the request line', 'GET / HTTP/1.1\nHost: h\r\n\r\n'),
  refuse('LF behind a field', 'GET / HTTP/1.1\r\nHost: h\nX-A: b\r\n\r\n'),
  refuse('LF for the empty line', 'GET / HTTP/1.1\r\nHost: h\r\n\n'),
  refuse('CR behind the request line', 'GET / HTTP/1.1\rHost: h\r\n\r\n'),
  refuse('CR for the empty line', 'GET / HTTP/1.1\r\nHost: h\r\n\rX'),
  refuse('CR CR LF', 'GET / HTTP/1.1\r\r\nHost: h\r\n\r\n'),
  refuse('CR CR LF behind a field', get('X-A: b\r\r\n')),
  refuse('LF before the request', '\nGET / HTTP/1.1\r\nHost: h\r\n\r\n'),
]

const requestLines: Attack[] = [
  refuse('two spaces before the target', 'GET  / HTTP/1.1\r\nHost: h\r\n\r\n'),
  refuse('two spaces before the version', 'GET /  HTTP/1.1\r\nHost: h\r\n\r\n'),
  refuse('a tab before the target', 'GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n'),
  refuse('a space behind the version', 'GET / HTTP/1.1 \r\nHost: h\r\n\r\n'),
  refuse('a space in the target', 'GET /a b HTTP/1.1\r\nHost: h\r\n\r\n'),
  refuse('a space before the method', ' GET / HTTP/1.1\r\nHost: h\r\n\r\n'),
  refuse('no version', 'GET /\r\nHost: h\r\n\r\n'),
  refuse('lower-case version', 'GET / http/1.1\r\nHost: h\r\n\r\n'),
  refuse('HTTP/1.10', 'GET / HTTP/1.10\r\nHost: h\r\n\r\n'),
  refuse('HTTP/11', 'GET / HTTP/11\r\nHost: h\r\n\r\n'),
  refuse('HTTP/2.0', 'GET / HTTP/2.0\r\nHost: h\r\n\r\n', 505),
  refuse('HTTP/9.9', 'GET / HTTP/9.9\r\nHost: h\r\n\r\n', 505),
  refuse('a method with a colon', 'GET: / HTTP/1.1\r\nHost: h\r\n\r\n'),
  refuse('a NUL in the target', 'GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n'),
  refuse('a byte above 127 in the target', 'GET /\xff HTTP/1.1\r\nHost: h\r\n\r\n'),
  refuse('a backslash in the target', 'GET /a\\..\\b HTTP/1.1\r\nHost: h\r\n\r\n'),
  refuse('an encoded NUL in the path', 'GET /a%00b HTTP/1.1\r\nHost: h\r\n\r\n'),
  refuse('an encoded CRLF in the path', 'GET /a%0d%0aX:%20y HTTP/1.1\r\nHost: h\r\n\r\n'),
  refuse('a fragment in the target', 'GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n'),
  refuse('an asterisk for GET', 'GET * HTTP/1.1\r\nHost: h\r\n\r\n'),
  refuse('a target without a slash', 'GET a/b HTTP/1.1\r\nHost: h\r\n\r\n'),
  refuse('an absolute target with user', 'GET http://u@h/ HTTP/1.1\r\nHost: h\r\n\r\n'),
  refuse('an absolute target without host', 'GET http:///x HTTP/1.1\r\nHost: h\r\n\r\n'),
]

const hosts: Attack[] = [
  refuse('no Host', 'GET / HTTP/1.1\r\n\r\n'),
  refuse('an empty Host', 'GET / HTTP/1.1\r\nHost: \r\n\r\n'),
  refuse('two Hosts that differ', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'),
  refuse('two Hosts that agree', 'GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n'),
  refuse('a list in Host', 'GET / HTTP/1.1\r\nHost: a, b\r\n\r\n'),
  refuse('a path in Host', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n'),
  refuse('a user in Host', 'GET / HTTP/1.1\r\nHost: u@a\r\n\r\n'),
  refuse('a space in Host', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n'),
  refuse('a port that is no number', 'GET / HTTP/1.1\r\nHost: a:b\r\n\r\n'),
  refuse('an absolute target and no Host', 'GET http://h/ HTTP/1.1\r\n\r\n'),
  refuse('an absolute target and two Hosts', 'GET http://h/ HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n'),
]

const chunkSizes: Attack[] = [
  ...[
    '+5',
    '-5',
    '0x5',
    '5 ',
    ' 5',
    '5\t',
    '',
    'g',
    '5g',
    '5\x0b',
    '5\0',
    '5.',
    '5,5',
    'FFFFFFFFFFFFFFFF5',
    '10000000000000005',
  ],
  ...[
    '5;',
    '5;=',
    '5;a=',
    '5;a="',
    '5;a\x01',
    '5;a\0',
    '5;a\x7f',
    '5; a',
    '5 ;a',
    '5;a b',
    '5;;a',
    `5;${'a'.repeat(70_000)}`,
  ],
].map(line => refuse(`chunk line ${JSON.stringify(line.slice(0, 20))}`, chunked(`${line}\r\nhello\r\n0\r\n\r\n`)))

const chunkEnds: Attack[] = [
  refuse('LF behind a chunk size', chunked('5\nhello\r\n0\r\n\r\n')),
  refuse('CR behind a chunk size', chunked('5\rhello\r\n0\r\n\r\n')),
  refuse('LF behind an extension', chunked('5;a\nhello\r\n0\r\n\r\n')),
  refuse('LF behind chunk data', chunked('5\r\nhello\n0\r\n\r\n')),
  refuse('nothing behind chunk data', chunked('5\r\nhello0\r\n\r\n')),
  refuse('a byte too many in a chunk', chunked('5\r\nhellox\r\n0\r\n\r\n')),
  refuse('a byte too few in a chunk', chunked('6\r\nhello\r\n0\r\n\r\n')),
  refuse('LF behind the last chunk', chunked('5\r\nhello\r\n0\n\r\n')),
  refuse('LF for the last line', chunked('5\r\nhello\r\n0\r\n\n')),
  refuse('a negative last chunk', chunked('-0\r\n\r\n')),
  refuse('a plus before the last chunk', chunked('+0\r\n\r\n')),
]

const trailers: Attack[] = [
  refuse('CL in the trailers', chunked('5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n')),
  refuse('TE in the trailers', chunked('5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n')),
  refuse('LF in the trailers', chunked('5\r\nhello\r\n0\r\nX-T: a\nX-U: b\r\n\r\n')),
  refuse('a fold in the trailers', chunked('5\r\nhello\r\n0\r\nX-T: a\r\n b\r\n\r\n')),
  refuse('NUL in the trailers', chunked('5\r\nhello\r\n0\r\nX-T: a\0\r\n\r\n')),
  refuse('a request in the trailers', chunked('5\r\nhello\r\n0\r\nGET /x HTTP/1.1\r\nHost: h\r\n\r\n')),
]

const oversize: Attack[] = [
  refuse('a head too large', get(`X-A: ${'a'.repeat(20_000)}\r\n`), 431),
  refuse('a name too large', get(`${'a'.repeat(20_000)}: a\r\n`), 431),
  refuse('too many fields', get('X-A: a\r\n'.repeat(101)), 431),
  refuse('a target too long', `GET /${'a'.repeat(9000)} HTTP/1.1\r\nHost: h\r\n\r\n`, 414),
  refuse('a method too long', `${'A'.repeat(20_000)} / HTTP/1.1\r\nHost: h\r\n\r\n`),
]

export const ATTACKS: readonly Attack[] = [
  ...bothLengths,
  ...codings,
  ...repeatedCodings,
  ...lengths,
  ...repeatedLengths,
  ...fields,
  ...lineEnds,
  ...requestLines,
  ...hosts,
  ...chunkSizes,
  ...chunkEnds,
  ...trailers,
  ...oversize,
]
