import type { Command } from 'commander'

/** The options of `sallyport bench`. What they mean is read in `options.ts`. */
export const describeBench = (program: Command, exit: (code: number) => void): void => {
  program
    .command('bench')
    .description('Measure what the gateway costs with a configuration, and at which rate it bends.')
    .argument('[config]', 'the configuration file (default: sallyport.yaml, .json or .config.ts here)')
    .option(
      '--route <route>',
      'a name, or "GET /path"; may be repeated (default: the first that forwards)',
      collect,
      [],
    )
    .option('--path <path>', 'path of the requests, for a named route whose pattern has parameters')
    .option('-H, --header <line>', 'a header of the requests, "name: value"; may be repeated', collect, [])
    .option('--body <text>', 'body of the requests, or @file')
    .option('--listener <name>', 'the listener they come by; the first one unless given')
    .option('--stub', 'put stub services in the place of all services')
    .option('--stub-size <size>', 'size of their answers', '1KB')
    .option('--stub-latency <time>', 'how long they take', '0ms')
    .option('--url <url>', 'measure a gateway that runs, such as http://127.0.0.1:8080, instead of starting one')
    .option('--pid <number>', 'its process, for its CPU time')
    .option('--workers <number>', 'workers of the gateway', '1')
    .option('--rate <number>', 'requests per second where with and without are compared', '1000')
    .option('--rounds <number>', 'how often', '5')
    .option('--duration <time>', 'of each round, and of each step of the search', '2s')
    .option('--warmup <time>', 'the same load before anything is measured', '3s')
    .option('--max-rate <number>', 'highest rate that is tried', '100000')
    .option('--generator <name>', 'wrk: how much it can do at full speed, in place of the search', 'own')
    .option('--connections <number>', 'most connections, each with one request in flight', '256')
    .option('--max-requests <number>', 'most requests that are sent altogether', '20000000')
    .option('--max-time <time>', 'longest time altogether', '15m')
    .option('--no-policies', 'do not measure what each policy costs')
    .option('--no-search', 'do not look for the rate at which it bends')
    .option('--keep-limits', 'leave rate limits as they are: requests beyond them are refused')
    .option('--budget <figure>', 'fail when it is not kept: p99=2ms, overhead=200us, cpu=80us, errors=0%', collect, [])
    .option('--json', 'print the result as JSON')
    .option('--svg <file>', 'write latency against rate as a picture')
    .option('--allow-remote', 'load services and gateways on other machines, too')
    .action(async (config, options) => exit(await (await import('./bench.ts')).bench(config, options)))
}

const collect = (line: string, lines: readonly string[]): readonly string[] => [...lines, line]
