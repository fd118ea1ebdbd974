import type { DemoCredentials } from './credentials.ts'

export interface TourContext {
  /** `http://127.0.0.1:8080` */
  readonly gateway: string
  readonly admin: string
  /** The configuration file of the demo. */
  readonly file: string
  readonly pid: number
  /** How this program is started, for the commands that need it. */
  readonly sallyport: string
  readonly credentials: Pick<DemoCredentials, 'token' | 'expiredToken' | 'key'>
}

export interface TourStep {
  /** What one sees. */
  readonly about: string
  /** To paste into a shell. */
  readonly command: string
}

/** Things to try, each of them a command that works; a test runs them all. */
export const tourSteps = ({ gateway, admin, file, sallyport, credentials }: TourContext): readonly TourStep[] => [
  {
    about: 'A user: /api/users/1 is asked of the users service as /1.',
    command: `curl -i ${gateway}/api/users/1`,
  },
  {
    about: 'An order: rewritten to /v2/orders/42.',
    command: `curl -s ${gateway}/api/orders/42`,
  },
  {
    about: 'A new order: 201, with the id it was given.',
    command: `curl -i -H 'content-type: application/json' -d '{"user":1,"total":19.5}' ${gateway}/api/orders`,
  },
  {
    about: 'Two versions: about one answer in five is of version 2, with ratings.',
    command: `for i in 1 2 3 4 5 6 7 8 9 10; do curl -s ${gateway}/api/products/501; done`,
  },
  {
    about: 'A slow service: one request in four is cut off after 500 ms with a 504.',
    command: `for i in 1 2 3 4; do curl -s -o /dev/null -w '%{http_code} after %{time_total} s\\n' ${gateway}/api/recommendations; done`,
  },
  {
    about:
      'Two targets, one of which always fails: every answer is good, and after three failures it is left out for 10 s.',
    command: `for i in 1 2 3 4 5 6 7 8; do curl -s ${gateway}/api/stock/502; done; curl -s ${admin}/v1/services/stock`,
  },
  {
    about:
      'One answer of four services: each fourth time one of them is too slow, and the answer says what is missing.',
    command: `for i in 1 2 3 4; do curl -s -D - ${gateway}/api/dashboard/1 | grep -E '^(sallyport-partial|\\{)'; done`,
  },
  {
    about: 'No route: a 404 with an application/problem+json body that has the request id.',
    command: `curl -i ${gateway}/api/nothing-here`,
  },
  {
    about: 'Wrong method: a 405 that says which ones are allowed.',
    command: `curl -i -X DELETE ${gateway}/api/orders/42`,
  },
  {
    about: 'Who are you? A 401 that says what would be accepted.',
    command: `curl -i ${gateway}/api/account/orders`,
  },
  {
    about: 'With a token: the orders, and how many requests are left.',
    command: `curl -i -H 'Authorization: Bearer ${credentials.token}' ${gateway}/api/account/orders`,
  },
  {
    about: 'The same token, expired an hour ago: a 401 that says so.',
    command: `curl -i -H 'Authorization: Bearer ${credentials.expiredToken}' ${gateway}/api/account/orders`,
  },
  {
    about: 'With the API key of a consumer in a better tier: a higher limit.',
    command: `curl -i -H 'x-api-key: ${credentials.key}' ${gateway}/api/account/orders`,
  },
  {
    about: 'Six times with the token, of which five in ten seconds are allowed: at least one 429.',
    command: `for i in 1 2 3 4 5 6; do curl -s -o /dev/null -w '%{http_code}\\n' -H 'Authorization: Bearer ${credentials.token}' ${gateway}/api/account/orders; done`,
  },
  {
    about: 'Answers without a service: a fixed one, and a redirect.',
    command: `curl -s ${gateway}/api/health; curl -s -o /dev/null -w '%{http_code} to %{redirect_url}\\n' ${gateway}/old/users/2`,
  },
  {
    about: 'A stream: five server-sent events, each as soon as it is sent.',
    command: `curl -N '${gateway}/events?count=5'`,
  },
  {
    about: 'A WebSocket: 101 and a greeting; curl leaves after a second.',
    command: `curl -s -i -N --max-time 1 -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: SGVsbG8sIGdhdGV3YXkhIQ==' ${gateway}/ws; echo`,
  },
  {
    about: 'What was counted so far, per route and status.',
    command: `curl -s ${admin}/metrics | grep 'sallyport_requests_total.* [1-9]'`,
  },
  {
    about: 'Which route a request takes and why, who may pass, and how often; nothing is sent.',
    command: `${sallyport} explain GET /api/account/orders ${file}`,
  },
  {
    about: 'A reload: add a route to the file; it answers at once, nothing is interrupted.',
    command: `echo '  - { path: /hello, respond: { text: "Hello!" } }' >> ${file}; sleep 1; curl -i ${gateway}/hello`,
  },
]

export const tourText = (context: TourContext): string => {
  const steps = tourSteps(context).map(({ about, command }, i) => `${i + 1}. ${about}\n   ${command}\n`)
  return `
The sample services and the gateway are running. Paste these into another terminal:

${steps.join('\n')}
Configuration: ${context.file}
It is read again when it changes, or on: kill -HUP ${context.pid}
Metrics and health: ${context.admin}
Ctrl-C ends the demo.
`
}
