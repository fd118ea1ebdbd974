/** The messages that the micro benchmarks read: what a browser and an API answer look like. */
export const REQUEST = Buffer.from(
  [
    'GET /api/orders/10007/items?expand=lines&currency=EUR HTTP/1.1',
    'Host: api.example.com',
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Safari/537.36',
    'Accept: application/json, text/plain, */*',
    'Accept-Encoding: gzip, deflate, br',
    'Accept-Language: en-GB,en;q=0.9,de;q=0.7',
    'Cache-Control: no-cache',
    'Referer: https://www.example.com/account/overview?tab=17&v=2',
    'Cookie: sid=9e3779b10000c6ef; theme=dark; consent=1',
    'traceparent: 00-0000000000001eef0000000000019919-000000000013d4ed-01',
    'X-Client-Version: web-4.17.2+build.100417-canary.eu1',
    '',
    '',
  ].join('\r\n'),
  'latin1',
)

export const RESPONSE = Buffer.from(
  [
    'HTTP/1.1 200 OK',
    'Server: nginx/1.22.1',
    'Date: Mon, 01 Jan 2024 00:00:00 GMT',
    'Content-Type: application/json',
    'Content-Length: 1024',
    'Connection: keep-alive',
    'Cache-Control: private, max-age=0',
    'Vary: Accept-Encoding',
    'ETag: "5d8c72a5edda8d6a"',
    '',
    '',
  ].join('\r\n'),
  'latin1',
)
