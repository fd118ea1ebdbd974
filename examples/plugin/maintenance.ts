import { definePlugin, type Plugin } from 'sallyport/plugin'

/** Refuses what changes something, from one moment to another; reading goes on. Every answer says until when. */
export const maintenance = (from: string, to: string): Plugin => {
  const [begins, ends] = [Date.parse(from), Date.parse(to)]
  if (!(begins < ends)) throw new TypeError('maintenance ends after it begins')
  const isOn = (): boolean => Date.now() >= begins && Date.now() < ends
  return definePlugin({
    name: 'maintenance',
    gate({ method }) {
      if (method === 'GET' || method === 'HEAD' || !isOn()) return
      return {
        status: 503,
        headers: { 'retry-after': new Date(ends).toUTCString() },
        json: { maintenance: 'reading works' },
      }
    },
    shape(_request, { setHeader }) {
      if (isOn()) setHeader('x-maintenance-until', to)
    },
  })
}
