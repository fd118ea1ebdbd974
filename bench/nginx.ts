import { join } from 'node:path'
import { start } from './children.ts'
import type { Launch } from './peer.ts'
import { CONFIGS } from './places.ts'
import { accessLogFile } from './sallyport.ts'
import { writeFilled } from './template.ts'

/** As high as ours in bench/guards.ts: it never refuses. */
const ZONE = 'limit_req_zone $http_x_api_key zone=clients:10m rate=1000000r/m;'
const LIMIT = 'limit_req zone=clients burst=1000000 nodelay;'

/** A file of locations, and what to call nginx with these. */
interface Locations {
  readonly name: string
  readonly file: string
}

const USUAL: Locations = { name: 'nginx', file: join(CONFIGS, 'nginx-routes.conf') }

export const launchNginx =
  (extra: 'log' | 'limit' | null, locations = USUAL): Launch =>
  async place => {
    const { port, upstream, folder } = place
    const name = extra === null ? locations.name : `${locations.name}-${extra}`
    const values = {
      DIR: folder,
      NAME: name,
      PORT: port,
      UPSTREAM: upstream,
      ACCESS_LOG: extra === 'log' ? `${accessLogFile(place)} full buffer=64k flush=1s` : 'off',
      ZONE: extra === 'limit' ? ZONE : '',
      LIMIT: extra === 'limit' ? LIMIT : '',
      ROUTES: locations.file,
    }
    const config = writeFilled(join(CONFIGS, 'nginx.conf'), join(folder, `${name}.conf`), values)
    return start(name, 'nginx', ['-e', 'stderr', '-p', folder, '-c', config])
  }
