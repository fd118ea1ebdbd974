import { createServer } from 'node:http'

/** Three services in one process. The reviews can be told what to do: `/mode/slow`, `/mode/broken`, `/mode/well`. */

const USER = { id: 7, name: 'Ada', since: '2019-05-01', passwordHash: 'not for anybody' }
const ORDERS = [
  { id: 1, total: 20, margin: 3 },
  { id: 2, total: 22, margin: 4 },
]
const REVIEWS = { well: { stars: 4.5 }, slow: { stars: 4.5 }, broken: { stars: 'many' } }
let mode: keyof typeof REVIEWS = 'well'

const isMode = (text: string): text is keyof typeof REVIEWS => Object.hasOwn(REVIEWS, text)

const serve = (port: string | number, answer: (path: string) => unknown): void => {
  createServer((request, response) => {
    const path = request.url ?? '/'
    const told = path.split('/mode/')[1] ?? ''
    if (isMode(told)) {
      mode = told
      response.end(`reviews are ${mode}\n`)
      return
    }
    const value = answer(path)
    response.writeHead(value === undefined ? 404 : 200, { 'content-type': 'application/json' })
    const send = (): void => void response.end(JSON.stringify(value ?? null))
    if (mode === 'slow' && path.startsWith('/reviews')) setTimeout(send, 1000)
    else send()
  }).listen(Number(port), '127.0.0.1')
}

serve(process.env['USERS_PORT'] ?? 3001, path => (path === '/users/7' ? USER : undefined))
serve(process.env['ORDERS_PORT'] ?? 3002, () => ORDERS)
serve(process.env['REVIEWS_PORT'] ?? 3003, () => REVIEWS[mode])
