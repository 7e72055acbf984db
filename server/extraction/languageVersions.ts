// The versions of the extractors of this build. Facts of an older version are extracted again in the background.

import { languages } from '../../native';

/** Version of the extractor by the name of the language. */
export function languageVersions(): ReadonlyMap<string, number> {
  return new Map(languages().map(({ name, version }) => [name, version]));
}
