// Queries to begin with in the SQL Console.

import type { NamedQuery } from '../../media/sqlMessages';
import type { Translate } from '../serverState';

/** Each answers something that people ask about a code base. */
export function sqlExamples(t: Translate): readonly NamedQuery[] {
  return [
    {
      name: t('Files and lines by language'),
      query: `SELECT language, count(*) AS files, sum(lines) AS lines
FROM files
WHERE skipped IS NULL
GROUP BY language
ORDER BY lines DESC`,
    },
    {
      name: t('Most complex functions'),
      query: `SELECT path, name, start_line, complexity
FROM symbols_with_path
ORDER BY complexity DESC
LIMIT 50`,
    },
    {
      name: t('Most imported modules'),
      query: `SELECT module, count(DISTINCT file) AS files
FROM imports
WHERE module IS NOT NULL
GROUP BY module
ORDER BY files DESC
LIMIT 50`,
    },
    {
      name: t('Most called names'),
      query: `SELECT callee, count(*) AS calls
FROM call_sites
GROUP BY callee
ORDER BY calls DESC
LIMIT 50`,
    },
    {
      name: t('Chunks with a word'),
      query: `SELECT path, start_line, mode
FROM chunk_search JOIN chunks_with_path ON docid = id
WHERE text MATCH 'lock'`,
    },
  ];
}
