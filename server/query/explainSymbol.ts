// Answers "why is this symbol (not) found?": where it is defined, what is named nearly like it, and which files could hide
// it because they are not parsed or not indexed.

import type { Facts } from '../facts/factStore';
import { explainReason, type LimitReason, type SkipReason } from '../model/skipReason';
import type { SymbolExplanation } from '../protocol';
import { nearest } from '../util/nearest';
import { counted } from '../util/counted';
import { uriOf } from '../workspace/roots';
import type { SkippingIndex } from './skipped';
import { findSymbols, type SymbolMatch } from './symbols';

const maxShown = 20;
/** Matches that are looked at. */
const maxMatches = 500;
/** A name that is longer by this factor has the letters by chance: nobody means a sentence by a word. */
const mostStretch = 5;

/** What is known of a name, which may be qualified: `Parser.parse`. Reads the blocks of the files that match. */
export function explainSymbol(index: SkippingIndex, name: string): SymbolExplanation {
  const { facts, root } = index;
  const wanted = lastPart(name);
  const matches = findSymbols(facts, name, { limit: maxMatches });
  const exact = matches.filter((match) => match.name === wanted);
  const otherCase = matches.filter((match) => match.name.toLowerCase() === wanted.toLowerCase());
  const shown = exact.length > 0 ? exact : otherCase;
  const gaps = gapsOf(index);
  return {
    name,
    verdict: exact.length > 0 ? 'found' : otherCase.length > 0 ? 'otherCase' : 'missing',
    summary: summaryOf(name, exact, otherCase, gaps),
    places: shown
      .slice(0, maxShown)
      .map(({ path, nameRange }) => ({ path, uri: uriOf(root, path), line: nameRange.startLine })),
    near: namesNear(facts, wanted, matches),
    gaps,
  };
}

function summaryOf(
  name: string,
  exact: readonly SymbolMatch[],
  otherCase: readonly SymbolMatch[],
  gaps: SymbolExplanation['gaps'],
): string {
  if (exact.length > 0) {
    const more = exact.length >= maxMatches ? 'at least ' : '';
    return `"${name}" is defined in ${more}${counted(exact.length, 'place')}.`;
  }
  const [other] = otherCase;
  if (other !== undefined) return `No symbol is named "${name}", but "${other.name}" differs in case only.`;
  const files = gaps.reduce((sum, gap) => sum + gap.files, 0);
  const unparsed = `${counted(files, 'file that is', 'files that are')} not wholly parsed`;
  const hidden = files === 0 ? '' : ` ${unparsed} could define it.`;
  return `No symbol is named "${name}".${hidden}`;
}

/** The one name that was probably meant, then those that have its letters in their order. */
function namesNear(facts: Facts, wanted: string, matches: readonly SymbolMatch[]): readonly string[] {
  // A wrong letter spoils one half of a name only: those that share the other half are looked at.
  const middle = Math.ceil(wanted.length / 2);
  const halves = [wanted.slice(0, middle), wanted.slice(middle)].filter((half) => half !== '');
  const alike = halves.flatMap((half) => findSymbols(facts, half, { limit: maxMatches }).map((match) => match.name));
  const meant = nearest(wanted, new Set(alike.filter((name) => name !== wanted)));
  const alsoMeant = matches.map((match) => match.name).filter((name) => name.length <= wanted.length * mostStretch);
  const names = [...(meant === undefined ? [] : [meant]), ...alsoMeant];
  return [...new Set(names)].filter((name) => name !== wanted).slice(0, maxShown);
}

/** Files that may hold symbols which the index does not know, by reason; what is no text holds none. */
function gapsOf({ facts, scanSkipped }: SkippingIndex): SymbolExplanation['gaps'] {
  const { skipped, limited } = facts.counts;
  const files = new Map<SkipReason | Exclude<LimitReason, 'none'>, number>();
  const add = (reason: SkipReason | LimitReason, count: number): void => {
    if (reason !== 'none' && reason !== 'binary') files.set(reason, (files.get(reason) ?? 0) + count);
  };
  for (const counts of [skipped, limited, scanSkipped.counts]) {
    for (const [reason, count] of Object.entries(counts)) add(reason as SkipReason, count);
  }
  return [...files]
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => ({ reason, files: count, detail: explainReason(reason) }));
}

function lastPart(name: string): string {
  return name.split(/\.|::|#/).at(-1) ?? name;
}
