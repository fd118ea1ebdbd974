import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { build, type Metafile, type Plugin, transform } from 'esbuild'

/** Of what to make a package, and where. */
export interface BundleOptions {
  /** Folder of the sources. */
  readonly from: string
  /** Folder of what is made of them. */
  readonly to: string
  /** Modules that are started or imported by name, relative to `from` and without extension. */
  readonly entries: readonly string[]
  /** All sources that belong to the package, named as the entries are. */
  readonly modules: readonly string[]
  /** Packages whose code becomes part of it; all others must be `external`. */
  readonly joined: readonly string[]
  /** Packages that are installed beside it. */
  readonly external: readonly string[]
  /** Major version of the oldest Node that must run it. */
  readonly node: number
}

/** The folder of the package, seen from the file in which this stands; replaced when that is known. */
const HERE = '@dist@/'

/**
 * Joins the sources to few files, since finding, reading and linking hundreds takes most of a start. Each module is in one file only,
 * whoever imports it: a thread, the user's code and ours see the same classes and symbols. Text stays readable.
 * Rejects with one sentence where the package would lack something.
 */
export const bundle = async ({ from, to, entries, modules, joined, external, node }: BundleOptions): Promise<void> => {
  const { metafile, outputFiles } = await build({
    absWorkingDir: from,
    outdir: to,
    entryPoints: entries.map(name => ({ in: join(from, `${name}.ts`), out: name })),
    chunkNames: 'chunks/[hash]',
    bundle: true,
    // Else comments tell where packages lie on this machine.
    preserveSymlinks: true,
    splitting: true,
    external: [...external],
    format: 'esm',
    platform: 'node',
    target: `node${node}`,
    tsconfigRaw: { compilerOptions: { target: 'es2024', verbatimModuleSyntax: true } },
    plugins: [keepTheirPlaces(from, new Set(entries)), GLOBALS],
    metafile: true,
    write: false,
    logLevel: 'silent',
  })
  await refuseMissing(from, modules, metafile)
  const licences = licencesOf(from, joined, metafile)
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text.replaceAll(HERE, `${relative(dirname(path), to).replaceAll(sep, '/') || '.'}/`))
  }
  if (licences !== '') writeFileSync(join(to, 'LICENSES-OF-OTHERS.txt'), licences)
}

/**
 * Modules find others, and package.json, from where they are. What that is stays as it would be if each were a file:
 * the joined file stands elsewhere.
 */
const keepTheirPlaces = (from: string, entries: ReadonlySet<string>): Plugin => ({
  name: 'places',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      if (!path.startsWith(join(from, sep))) return undefined
      const name = nameOf(relative(from, path))
      const source = readFileSync(path, 'utf8')
      const wrong = findWrongReference(name, source, entries)
      if (wrong !== undefined) return { errors: [{ text: `${name}.ts: ${wrong}` }] }
      const place = `new URL(${JSON.stringify(`${HERE}${name}.js`)}, import.meta.url).href`
      return { contents: source.replaceAll('import.meta.url', place), loader: 'ts' }
    })
  },
})

/** What CommonJS asks for of Node, which is there without asking; an ES module has no `require`. */
const GLOBALS: Plugin = {
  name: 'globals',
  setup: ({ onLoad, onResolve }) => {
    onResolve({ filter: /^(?:process|buffer)$/ }, ({ path }) => ({ path, namespace: 'globals' }))
    onLoad({ filter: /^process$/, namespace: 'globals' }, () => ({ contents: 'module.exports = process' }))
    onLoad({ filter: /^buffer$/, namespace: 'globals' }, () => ({ contents: 'module.exports = { Buffer }' }))
  },
}

/** What those ask for whose code is in the package: that their licence goes with it. */
const licencesOf = (from: string, joined: readonly string[], { inputs }: Metafile): string => {
  const folders = new Map<string, string>()
  for (const path of Object.keys(inputs)) {
    const found = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)
    if (found !== null) folders.set(found[1]!, join(from, found[0]))
  }
  for (const name of folders.keys()) {
    if (!joined.includes(name)) throw new Error(`${name} would become part of the package; add it to its dependencies`)
  }
  return [...folders]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, folder]) => `${name}\n\n${readFileSync(join(folder, 'LICENSE'), 'utf8').trim()}\n`)
    .join('\n----\n\n')
}

/** A module that is started by its address, as in ``new URL(`./worker.${EXTENSION}`, import.meta.url)``. */
const STARTED = /new URL\(\s*(['"`])(\.{1,2}\/[^'"`$]+)\.(?:\$\{\w+\}|js|ts)\1/g

/** Refers to a module that will not be a file, or in a way that is not known here. */
const findWrongReference = (name: string, source: string, entries: ReadonlySet<string>): string | undefined => {
  const other = /import\.meta\.(?!url\b)\w+/.exec(source)
  if (other !== null) return `${other[0]} is another file once built; use import.meta.url`
  for (const [text, , path = ''] of source.matchAll(STARTED)) {
    if (/\.ts['"`]$/.test(text)) return `${text}, …) is no file once built; take the extension from import.meta.url`
    const started = nameOf(`${join(dirname(name), path)}.ts`)
    if (!entries.has(started)) return `it starts ${started}.ts, which is not among the entries of scripts/build.ts`
  }
  return undefined
}

/**
 * What nobody imports is started by name, or it is dead. Modules that only have types are in the declarations.
 */
const refuseMissing = async (from: string, modules: readonly string[], { inputs }: Metafile): Promise<void> => {
  const joined = new Set(Object.keys(inputs).map(nameOf))
  for (const name of modules) {
    if (joined.has(name)) continue
    const { code } = await transform(readFileSync(join(from, `${name}.ts`), 'utf8'), { loader: 'ts' })
    if (code.trim() === '') continue
    throw new Error(`${name}.ts is imported by no entry; name it among the entries of scripts/build.ts, or remove it`)
  }
}

const nameOf = (path: string): string => path.replaceAll(sep, '/').replace(/\.ts$/, '')
