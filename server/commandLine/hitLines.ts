// Search hits as lines, as grep prints them: `path:line:column: text`, and `path-line- text` around them.

import type { SearchHit } from '../protocol';
import type { Output } from './output';

/** The lines of the hits; of ranked ones with the symbol that each lies in. */
export function hitLines(output: Output, hits: readonly SearchHit[], ranked: boolean): string {
  const hasContext = hits.some(({ before, after }) => before.length + after.length > 0);
  if (ranked || !hasContext) return hits.map((hit) => hitLine(output, hit, ranked)).join('');
  const byPath = new Map<string, SearchHit[]>();
  for (const hit of hits) byPath.set(hit.path, [...(byPath.get(hit.path) ?? []), hit]);
  return [...byPath].map(([path, fileHits]) => withContext(output, path, fileHits)).join('--\n');
}

/** The hits of one file with the lines around them, each line once, and `--` where lines are left out. */
function withContext(output: Output, path: string, hits: readonly SearchHit[]): string {
  const lines = new Map<number, string>();
  for (const { line, before, after } of hits) {
    before.forEach((text, i) =>
      lines.set(line - before.length + i, contextLine(output, path, line - before.length + i, text)),
    );
    after.forEach((text, i) => lines.set(line + 1 + i, contextLine(output, path, line + 1 + i, text)));
  }
  // A line that is a hit is shown as one, even where it lies around another.
  for (const hit of hits) lines.set(hit.line, hitLine(output, hit, false));
  const numbers = [...lines.keys()].sort((a, b) => a - b);
  return numbers
    .map((line, i) => (i > 0 && numbers[i - 1] !== line - 1 ? '--\n' : '') + (lines.get(line) ?? ''))
    .join('');
}

function contextLine(output: Output, path: string, line: number, text: string): string {
  return `${output.style('magenta', output.foreign(path))}-${line + 1}- ${output.foreign(text)}\n`;
}

function hitLine(output: Output, { path, line, text, ranges, symbol }: SearchHit, ranked: boolean): string {
  const place = `${output.style('magenta', output.foreign(path))}:${line + 1}:${(ranges[0]?.[0] ?? 0) + 1}:`;
  const within = ranked && symbol !== undefined ? output.style('dim', `  [${output.foreign(symbol)}]`) : '';
  return `${place} ${marked(output, text, ranges)}${within}\n`;
}

/** The text with its matches marked where a terminal shows it. */
function marked(output: Output, text: string, ranges: SearchHit['ranges']): string {
  let done = 0;
  let shown = '';
  for (const [start, end] of ranges) {
    shown += output.foreign(text.slice(done, start)) + output.style('match', output.foreign(text.slice(start, end)));
    done = end;
  }
  return shown + output.foreign(text.slice(done));
}
