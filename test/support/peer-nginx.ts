import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listen } from './listen.ts'
import { openClient } from './raw-client.ts'

/** nginx in the gateway's place, to see whether a harness measures what it says: `PEER=nginx node --test test/…`. */
const config = (port: number, upstreamPort: number): string => `
daemon off; master_process off; worker_processes 1; error_log stderr crit; pid nginx.pid;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
  upstream app { server 127.0.0.1:${upstreamPort}; keepalive 64; }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}`

const freePort = async (): Promise<number> => {
  const held = await listen(createServer())
  await held.close()
  return held.port
}

export const startNginx = async (upstreamPort: number): Promise<{ port: number; close(): Promise<void> }> => {
  const folder = mkdtempSync(join(tmpdir(), 'peer-nginx-'))
  const port = await freePort()
  writeFileSync(join(folder, 'nginx.conf'), config(port, upstreamPort))
  const child = spawn('nginx', ['-p', folder, '-c', 'nginx.conf'], { stdio: ['ignore', 'ignore', 'inherit'] })
  const exited = new Promise<void>(resolve => child.once('exit', () => resolve()))
  for (let tries = 0; tries < 200; tries++) {
    const client = await openClient(port).catch(() => null)
    if (client !== null) {
      client.destroy()
      break
    }
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  return {
    port,
    async close() {
      child.kill('SIGTERM')
      await exited
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
