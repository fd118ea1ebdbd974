import type { Segment } from '../spec/pattern.ts'
import { hashOf, type Scan } from './scan.ts'

/**
 * A tree with one level a segment. A node is reached by exactly one list of segments, so a lookup, with all its
 * turning back, visits a node at most once: it can never cost more than the nodes that the path's segments fit,
 * whatever a client sends. Children are tried literal before `{x}` before `{rest...}`, which is the matching order.
 */
export class TreeNode<L> {
  /** Of a literal: what it is compared with. */
  readonly text: string
  readonly hash: number
  /** Literal children by hash, open addressing, at most half full; the number of slots is a power of two. */
  slots: (TreeNode<L> | null)[] | null = null
  /** How many. */
  size = 0
  param: TreeNode<L> | null = null
  /** What ends here. */
  leaf: L | null = null
  /** What goes on with `{rest...}` from here. */
  rest: L | null = null

  constructor(text = '') {
    this.text = text
    this.hash = hashOf(text)
  }
}

const literalChild = <L>(slots: (TreeNode<L> | null)[], scan: Scan, depth: number): TreeNode<L> | null => {
  const mask = slots.length - 1
  const hash = scan.hashes[depth]!
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const node = slots[slot]!
    if (node === null) return null
    if (node.hash === hash && scan.equals(depth, node.text)) return node
  }
}

/** Where a literal is, or where it belongs. */
const slotOf = <L>(slots: (TreeNode<L> | null)[], hash: number, text: string): number => {
  const mask = slots.length - 1
  let slot = hash & mask
  while (slots[slot] !== null && slots[slot]!.text !== text) slot = (slot + 1) & mask
  return slot
}

/** The literal child for `text`, made when there is none. */
const childNamed = <L>(node: TreeNode<L>, text: string): TreeNode<L> => {
  node.slots ??= [null, null]
  const slot = slotOf(node.slots, hashOf(text), text)
  const known = node.slots[slot]!
  if (known !== null) return known
  const made = new TreeNode<L>(text)
  node.slots[slot] = made
  if (++node.size * 2 > node.slots.length) node.slots = doubled(node.slots)
  return made
}

const doubled = <L>(slots: (TreeNode<L> | null)[]): (TreeNode<L> | null)[] => {
  const larger: (TreeNode<L> | null)[] = Array.from({ length: slots.length * 2 }, () => null)
  for (const node of slots) if (node !== null) larger[slotOf(larger, node.hash, node.text)] = node
  return larger
}

/** The leaf for a pattern, made by `make` when it is the first of its shape. */
export const leafFor = <L>(root: TreeNode<L>, segments: readonly Segment[], make: () => L): L => {
  let node = root
  for (const segment of segments) {
    if (segment.kind === 'rest') {
      node.rest ??= make()
      return node.rest
    }
    node = childFor(node, segment)
  }
  node.leaf ??= make()
  return node.leaf
}

const childFor = <L>(node: TreeNode<L>, segment: Exclude<Segment, { kind: 'rest' }>): TreeNode<L> => {
  if (segment.kind === 'param') {
    node.param ??= new TreeNode<L>()
    return node.param
  }
  return childNamed(node, segment.text)
}

/** Asked of every leaf that fits, in matching order, until it gives something. */
export type Take<L, Q, T> = (leaf: L, scan: Scan, q: Q) => T | null

/** Leaves for which the whole path fits. */
export const findPath = <L, Q, T>(
  node: TreeNode<L>,
  depth: number,
  scan: Scan,
  q: Q,
  take: Take<L, Q, T>,
): T | null => {
  if (depth === scan.count) return node.leaf === null ? null : take(node.leaf, scan, q)
  if (node.slots !== null) {
    const child = literalChild(node.slots, scan, depth)
    if (child !== null) {
      const found = findPath(child, depth + 1, scan, q, take)
      if (found !== null) return found
    }
  }
  if (node.param !== null && !scan.isEmpty(depth)) {
    const found = findPath(node.param, depth + 1, scan, q, take)
    if (found !== null) return found
  }
  return node.rest === null ? null : take(node.rest, scan, q)
}

/** Leaves for which the path begins with the pattern, longer patterns first. */
export const findPrefix = <L, Q, T>(
  node: TreeNode<L>,
  depth: number,
  scan: Scan,
  q: Q,
  take: Take<L, Q, T>,
): T | null => {
  if (depth < scan.count) {
    const child = node.slots === null ? null : literalChild(node.slots, scan, depth)
    if (child !== null) {
      const found = findPrefix(child, depth + 1, scan, q, take)
      if (found !== null) return found
    }
    if (node.param !== null && !scan.isEmpty(depth)) {
      const found = findPrefix(node.param, depth + 1, scan, q, take)
      if (found !== null) return found
    }
  }
  return node.leaf === null ? null : take(node.leaf, scan, q)
}
