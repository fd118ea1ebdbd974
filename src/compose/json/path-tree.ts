/** Dots of one name: what has more is not looked for. */
const MOST_DOTS = 16

/** What is wanted of the members of an object, by their names. */
export interface PathTree<T> {
  /** What was written for the path that ends here; undefined: none does. */
  readonly value: T | undefined
  /** Of one path: the longest name first. */
  readonly members: ReadonlyMap<string, PathTree<T>>
}

/**
 * Paths as a tree. Dots lead into objects (`address.city`) and may as well be part of a name, as for claims
 * (core/claim-at.ts). Unlike there every reading counts and not only that with the longest name: what is to be left out
 * is left out wherever it is, and no member that a service adds can make another one show.
 */
export const compilePaths = <T>(paths: readonly (readonly [path: string, value: T])[]): PathTree<T> => {
  const values = new Map(paths)
  const known = new Map<string, PathTree<T>>()
  /** `start`: the beginning of paths that leads here, with its dot. */
  const treeAt = (start: string): PathTree<T> => {
    const members = new Map<string, PathTree<T>>()
    for (const [path] of paths) {
      if (!path.startsWith(start)) continue
      for (const name of namesIn(path.slice(start.length))) members.set(name, memberAt(start + name))
    }
    return { value: values.get(start.slice(0, -1)), members }
  }
  const memberAt = (path: string): PathTree<T> => {
    const tree = known.get(path) ?? treeAt(path + '.')
    known.set(path, tree)
    return tree
  }
  return { ...treeAt(''), value: undefined }
}

/** What the first member of a path may be called, the longest first. None is empty but that of an empty path. */
const namesIn = (path: string): readonly string[] => {
  const names: string[] = []
  for (let dot = path.indexOf('.', 1); dot > 0 && names.length < MOST_DOTS; dot = path.indexOf('.', dot + 1)) {
    names.unshift(path.slice(0, dot))
  }
  return [path, ...names]
}
