import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { servicesOf, watchService } from '../support/fleet-admin.ts'
import { failed, failedShare, percent, sentWithin, tally } from '../support/fleet-figures.ts'
import { metric, readScrape } from '../support/metrics.ts'
import { until } from '../support/until.ts'
import { scenario } from './scenario.ts'

scenario(
  {
    name: 'half of a fleet ejected',
    done: '300 requests a second to 4 targets; two answer 500, then a third one does, too; `maxEjected` is 50%',
    claimed: 'two are ejected and the others carry all, without errors; the third is never ejected',
  },
  async scene => {
    const targets = await scene.targets(4)
    const gateway = await scene.gateway({
      app: {
        endpoints: targets.map(({ url }) => url),
        outliers: { consecutiveErrors: 3, ejectFor: '30s', maxEjected: '50%' },
      },
    })
    const load = scene.load({ port: gateway.port, path: '/app', connections: 64, perSecond: 300 })
    const watching = watchService(
      gateway,
      'app',
      report => report.targets.filter(({ ejected }) => ejected !== null).length,
    )
    await sleep(300)
    const [a, b, c] = targets
    assert.ok(a !== undefined && b !== undefined && c !== undefined)
    const broken = { kind: 'failing', share: 1, status: 500, after: 5 } as const
    a.become(broken)
    b.become(broken)
    await until(() => watching.seen.at(-1) === 2, 'two are ejected')
    await sleep(200)
    const halvedAt = performance.now()
    await sleep(800)
    const thirdAt = performance.now()
    c.become(broken)
    await sleep(1200)
    await watching.stop()
    const asked = await load.stop()

    const most = Math.max(...watching.seen)
    // What was sent last may have met the third one when it was broken already.
    const halved = sentWithin(asked, halvedAt, thirdAt - 100)
    const three = sentWithin(asked, thirdAt + 200)
    const carried = targets.map(({ arrivals }) => arrivals.filter(({ at }) => at >= thirdAt + 200).length)
    scene.saw(
      `at most ${most} ejected; with two broken ${percent(failedShare(halved))} errors, with three ${percent(failedShare(three))}; then the targets got ${carried.join(', ')}`,
    )
    assert.equal(most, 2)
    assert.deepEqual(tally(failed(halved)), '')
    assert.deepEqual(carried.slice(0, 2), [0, 0])
    assert.ok(
      carried.slice(2).every(count => count > 30),
      String(carried),
    )
    assert.ok(failedShare(three) > 0.3 && failedShare(three) < 0.7)
  },
)

scenario(
  {
    name: 'panic threshold',
    done: '200 requests a second to each of two services with 4 targets, of which health checks call first 2, then 3 unwell though they answer; `panic` is 50% for one of the services',
    claimed: 'below the threshold all targets are asked, else those that look well alone',
  },
  async scene => {
    const targets = await scene.targets(4)
    const service = {
      endpoints: targets.map(({ url }) => url),
      health: { path: '/healthz', interval: '250ms', timeout: '200ms', healthyAfter: 1, unhealthyAfter: 2 },
    }
    const gateway = await scene.gateway({ calm: service, panics: { ...service, panic: '50%' } })
    const loads = ['/calm', '/panics'].map(path =>
      scene.load({ port: gateway.port, path, connections: 32, perSecond: 200 }),
    )
    const unwell = async (): Promise<string> =>
      (await servicesOf(gateway)).map(({ targets }) => targets.filter(({ healthy }) => !healthy).length).join()
    const asking = (path: string, from: number): number =>
      targets.filter(({ arrivals }) => arrivals.some(each => each.path === path && each.at >= from)).length
    /** How many targets are asked by each of the services once so many look unwell. */
    const askedWith = async (count: number): Promise<readonly number[]> => {
      for (const [i, target] of targets.entries()) target.healthy = i >= count
      await until(async () => (await unwell()) === `${count},${count}`, `${count} look unwell`)
      await sleep(100)
      const from = performance.now()
      await sleep(500)
      return ['/calm', '/panics'].map(path => asking(path, from))
    }
    const all = await askedWith(0)
    const two = await askedWith(2)
    const three = await askedWith(3)
    const panicking = metric(readScrape((await gateway.admin('/metrics')).text), 'sallyport_panicking_workers')
    const again = await askedWith(0)
    const asked = (await Promise.all(loads.map(load => load.stop()))).flat()

    const show = ([calm, panics]: readonly number[]): string => `${calm} and ${panics}`
    scene.saw(
      `targets asked without and with \`panic\`: ${show(all)} when all are well, ${show(two)} when 2 look unwell, ${show(three)} when 3 do, ${show(again)} in the end; ${failed(asked).length} errors`,
    )
    assert.deepEqual(
      [all, two, three, again],
      [
        [4, 4],
        [2, 2],
        [1, 4],
        [4, 4],
      ],
    )
    assert.equal(panicking, 2, 'both workers say so')
    assert.deepEqual(tally(failed(asked)), '')
  },
)
