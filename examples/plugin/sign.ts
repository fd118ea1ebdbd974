import { definePlugin, type Plugin } from 'sallyport/plugin'
import { signature } from './signature.ts'

/** Signs what goes upstream, so that the service can tell it from what comes past the gateway. */
export const sign = (key: string): Plugin =>
  definePlugin({
    name: 'sign',
    gate({ method, path, setHeader }) {
      setHeader('x-signature', signature(key, method, path, Date.now()))
    },
  })
