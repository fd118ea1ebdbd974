/**
 * Modules of Node that are asked for instead of imported, because of what an `import` makes them load.
 *
 * `import 'node:http'` reads every export, and some are getters that load all of undici: 16 MB in each thread.
 */
export const http = process.getBuiltinModule('node:http')

/** 5 MB in each thread, spent only where TLS is configured. */
export const loadTls = () => process.getBuiltinModule('node:tls')
