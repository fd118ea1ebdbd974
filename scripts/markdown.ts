/** Text as it reads in a cell of a table: what Markdown and HTML would take for their own is not, outside of code. */
export const cell = (text: string): string =>
  text
    .split(/(`[^`]*`)/)
    .map((part, i) => (i % 2 === 1 ? part.replaceAll('|', '\\|') : part.replace(/[<*|[\]]/g, '\\$&')))
    .join('')
    .replaceAll('\n', ' ')

/** As code, in a cell. */
export const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``
