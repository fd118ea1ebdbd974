/** The parameters that `rewrite` or `redirect.to` refers to: `{id}`, `{rest...}`. */
export interface TemplateParam {
  readonly name: string
  readonly offset: number
}

/** Undefined: a brace without its counterpart. */
export const templateParams = (text: string): TemplateParam[] | undefined => {
  if (/[{}]/.test(text.replace(/\{[^{}]*\}/g, ''))) return undefined
  return [...text.matchAll(/\{([^{}]*?)(?:\.\.\.)?\}/g)].map(found => ({ name: found[1] ?? '', offset: found.index }))
}
