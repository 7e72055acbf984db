// The life of an index as a table of states. Nothing else may mean "busy" or "broken".

/** Where an index is in its life; `readOnly` and `paused` are flags beside it. */
export type IndexState = 'empty' | 'loading' | 'ready' | 'indexing' | 'saving' | 'corrupted';

const successors: Readonly<Record<IndexState, readonly IndexState[]>> = {
  empty: ['loading'],
  loading: ['ready', 'indexing', 'corrupted', 'empty'],
  ready: ['indexing', 'saving', 'corrupted', 'loading', 'empty'],
  indexing: ['saving', 'ready', 'corrupted', 'loading', 'empty'],
  saving: ['ready', 'indexing', 'corrupted', 'loading'],
  corrupted: ['loading', 'empty'],
};

/** Whether the table allows to go from one state to another. */
export function isLegalTransition(from: IndexState, to: IndexState): boolean {
  return successors[from].includes(to);
}
