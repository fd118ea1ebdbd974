/** Relative targets of the links in a Markdown page; fenced blocks and code do not count. */
export const linksIn = (page: string): readonly string[] =>
  [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter(link => !/^(https?|mailto):/.test(link))

/** What GitHub makes of the headings: lower case, words with hyphens, nothing else. */
export const anchorsOf = (page: string): ReadonlySet<string> =>
  new Set(
    [...page.replace(FENCED, '').matchAll(/^#{1,6} +(.*)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  )

const FENCED = /^```[\s\S]*?^```$/gm

const prose = (page: string): string => page.replace(FENCED, '').replace(/`[^`\n]*`/g, '')
