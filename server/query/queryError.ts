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

/** Waits for an answer of native; a question that native refuses is the asker's mistake. */
export async function asked<T>(part: QueryErrorPart, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_QUERY') {
      throw new QueryError(part, error.message);
    }
    throw error;
  }
}
