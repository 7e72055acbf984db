import assert from 'node:assert/strict';
import { FileFlag } from '../../../server/model/columns';
import { pathFilter } from '../../../server/query/pathFilter';
import { QueryError } from '../../../server/query/queryError';
import { parseRankedQuery } from '../../../server/query/rankedQuery';

const languages = ['typescript', 'go', 'rust'];

function errorOf(query: string): string {
  try {
    parseRankedQuery(query, languages);
  } catch (error) {
    assert.ok(error instanceof QueryError);
    return error.message;
  }
  assert.fail(`"${query}" was taken`);
}

describe('a ranked query', () => {
  it('keeps words, phrases and operators, and takes filters out', () => {
    const query = parseRankedQuery('lock "spin unlock" -test OR path:src/ LANG:Go mode:prose is:test', languages);
    assert.equal(query.text, 'lock "spin unlock" -test OR');
    assert.deepEqual(query.words, ['lock', 'spin', 'unlock']);
    assert.deepEqual([query.languages, query.modes, query.pathPrefixes], [['go'], ['prose'], ['src/']]);
  });

  it('leaves alone what only looks like a filter', () => {
    for (const text of ['std::vector', 'http://host', '"lang:go"', 'TODO:', '12:30']) {
      assert.equal(parseRankedQuery(text, languages).text, text);
    }
  });

  it('names the filter or value that was probably meant', () => {
    assert.equal(
      errorOf('lnag:go x'),
      'There is no filter "lnag:". Did you mean lang:? To search for the text itself, put it in quotes.',
    );
    assert.equal(errorOf('lang:ts x'), 'No indexed file has the language "ts". Did you mean lang:typescript?');
    assert.equal(
      errorOf('lang:cobol x'),
      'No indexed file has the language "cobol". It can be typescript, go or rust.',
    );
    assert.match(
      errorOf('colour:red x'),
      /^There is no filter "colour:"\. Filters are lang:, path:, kind:, sym:, in:, mode:, is: or changed:\./,
    );
    assert.match(errorOf('mode:recods x'), /Did you mean mode:records\?$/);
    assert.match(errorOf('is:tset x'), /Did you mean is:test\?$/);
    assert.match(errorOf('path: x'), /needs a value/);
    assert.match(errorOf('lang:go -word'), /no word to search for/);
  });

  it('takes kinds and durations as people write them, and says what they can be', () => {
    assert.match(errorOf('kind:methd x'), /Did you mean kind:method\?$/);
    assert.match(errorOf('is:exported x'), /Did you mean is:export\?$/);
    assert.match(errorOf('changed:soon x'), /a duration such as 30min, 12h, 2d or 1w, not "soon"/);
    assert.match(errorOf('changed:5m x'), /not "5m"/);
    const hoursAgo = (Date.now() - (parseRankedQuery('x changed:2d', languages).changedSince ?? 0)) / 3_600_000;
    assert.equal(Math.round(hoursAgo), 48);
  });

  it('searches for the name that is asked for when there is no other word', () => {
    assert.deepEqual(parseRankedQuery('sym:parse sym:read', languages).words, ['parse', 'read']);
    assert.equal(parseRankedQuery('file sym:parse', languages).text, 'file parse');
  });

  it('takes any language while it is not known which there are', () => {
    assert.deepEqual(parseRankedQuery('lang:cobol x', []).languages, ['cobol']);
  });

  it('filters files by globs, marks and exclusions', () => {
    const accepted = (query: string): string[] => {
      const { accepts } = parseRankedQuery(`x ${query}`, languages);
      const files = [
        { path: 'src/a.ts', language: 'typescript', mode: 'code', flags: 0, changedMs: 0 },
        { path: 'src/a.test.ts', language: 'typescript', mode: 'code', flags: FileFlag.test, changedMs: 0 },
        { path: 'lib/gen.go', language: 'go', mode: 'code', flags: FileFlag.generated, changedMs: 0 },
        { path: 'doc/a.md', language: 'markdown', mode: 'prose', flags: 0, changedMs: 0 },
      ] as const;
      return files.filter(accepts).map(({ path }) => path);
    };
    assert.deepEqual(accepted('is:test'), ['src/a.test.ts']);
    assert.deepEqual(accepted('-is:test -is:generated'), ['src/a.ts', 'doc/a.md']);
    assert.deepEqual(accepted('path:*.ts path:doc'), ['src/a.ts', 'src/a.test.ts', 'doc/a.md']);
    assert.deepEqual(accepted('-path:src/ -lang:go'), ['doc/a.md']);
    assert.deepEqual(accepted('-path:**/*.test.ts -mode:prose'), ['src/a.ts', 'lib/gen.go']);
  });
});

describe('include and exclude globs', () => {
  const paths = ['a.ts', 'src/a.ts', 'src/deep/b.ts', 'src/deep/b.js', '.github/c.yml', 'lib/[x].ts'];
  const kept = (include: string[], exclude: string[] = []): string[] => paths.filter(pathFilter(include, exclude));

  it('mean what people mean by them', () => {
    assert.deepEqual(kept([]), paths);
    assert.deepEqual(kept(['*.ts']), ['a.ts', 'src/a.ts', 'src/deep/b.ts', 'lib/[x].ts']);
    assert.deepEqual(kept(['src']), ['src/a.ts', 'src/deep/b.ts', 'src/deep/b.js']);
    assert.deepEqual(kept(['./src/']), ['src/a.ts', 'src/deep/b.ts', 'src/deep/b.js']);
    assert.deepEqual(kept(['/a.ts']), ['a.ts']);
    assert.deepEqual(kept(['**/*.{js,yml}']), ['src/deep/b.js', '.github/c.yml']);
    assert.deepEqual(kept(['src/**'], ['deep', '*.yml']), ['src/a.ts']);
    assert.deepEqual(kept(['deep/**']), []);
    assert.deepEqual(kept(['**/deep/**', 'lib/[[]x].t?']), ['src/deep/b.ts', 'src/deep/b.js', 'lib/[x].ts']);
    assert.deepEqual(kept(['s[!a-q]c/[a-b].{t,j}s']), ['src/a.ts']);
    assert.deepEqual(kept(['src/**/{a,deep/{b,c}}.ts']), ['src/a.ts', 'src/deep/b.ts']);
  });

  it('are refused when they are none, or too much', () => {
    for (const glob of ['', ' ', 'x'.repeat(600), '[a', '{a', 'a}', '{a,b}'.repeat(9)])
      assert.throws(() => pathFilter([glob], []), QueryError, glob);
    assert.throws(() => pathFilter(new Array<string>(65).fill('*'), []), QueryError);
  });

  it('never take long', () => {
    const started = performance.now();
    const test = pathFilter(['**/a/**/a/**/*a*a*a*a*a*a*a*a*a*b'], []);
    assert.equal(test(`${'a/'.repeat(500)}${'a'.repeat(3000)}.ts`), false);
    assert.ok(performance.now() - started < 2000);
  });
});
