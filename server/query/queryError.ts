// What is wrong with a question, said to the one who asked it. Not a failure of the index.

/** Which part of the question is wrong. */
export type QueryErrorPart = 'query' | 'regex' | 'filter' | 'limit' | 'glob';

export class QueryError extends Error {
  readonly code = 'ERR_QUERY';
  readonly part: QueryErrorPart;

  /** `message` says what is wrong, where, and what to write instead, in full sentences. */
  constructor(part: QueryErrorPart, message: string) {
    super(message);
    this.name = 'QueryError';
    this.part = part;
  }
}

/** What the regex engine puts before the pattern in its messages. */
const engineIndent = '    ';
const engineGroup = '(?:';

/** Waits for an answer of native; a question that native refuses is the asker's mistake. */
export async function asked<T>(part: QueryErrorPart, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_QUERY') {
      throw new QueryError(part, part === 'regex' ? regexMessage(error.message) : error.message);
    }
    throw error;
  }
}

/** One sentence for what the regex engine says in several lines, with the pattern, which it wraps in a group, and a caret. */
function regexMessage(message: string): string {
  const why = /^error: (.+)$/m.exec(message)?.[1];
  if (why === undefined) return message;
  const caret = /^( *)\^+$/m.exec(message)?.[1]?.length ?? 0;
  const column = caret - engineIndent.length - engineGroup.length + 1;
  const place = column > 0 ? `, at character ${column}` : '';
  return `This is no regular expression: ${why}${place}.`;
}
