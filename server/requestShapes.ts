// What the parameters of the requests and notifications of a client must look like, in the standard ones as far as they
// are used here. See protocol.ts for what ours mean.

import type { DocumentUri, TextDocumentContentChangeEvent, WorkspaceSymbol } from 'vscode-languageserver';
import { snapshotSettings } from './protocol';
import { questionShapes } from './sharing/questionShapes';
import {
  either,
  flag,
  list,
  nullable,
  number,
  object,
  oneOf,
  plain,
  record,
  text,
  whole,
  type Shape,
} from './util/shape';

const maxPosition = 0x7fff_ffff;
const anyText = text();
const longText = text(Infinity);
const uri: Shape<DocumentUri> = anyText;
const version = whole(-maxPosition - 1, maxPosition);
const position = object({ line: whole(0, maxPosition), character: whole(0, maxPosition) });
const range = object({ start: position, end: position });
const textDocument = object({ uri });
const folder = object({ uri, name: anyText });
const contentChange: Shape<TextDocumentContentChangeEvent> = either(
  object({ range, text: longText }),
  object({ text: longText }),
);
const workDone = { workDoneToken: either(anyText, number) };

/** All that a client may set; what it leaves out stays. */
const settings = object(
  {},
  {
    indexDir: anyText,
    exclude: list(anyText),
    rootExclude: record(list(anyText)),
    threads: whole(0, 1024),
    outline: oneOf(['auto', 'always', 'never']),
    drawsStatus: flag,
    byteBudgets: plain,
    byteBudgetStrict: plain,
    snapshotFiles: whole(snapshotSettings.files.minimum, snapshotSettings.files.maximum),
    snapshotSeconds: whole(snapshotSettings.seconds.minimum, snapshotSettings.seconds.maximum),
  },
);

/** Standard requests and notifications, by what they are called here. */
export const standardShapes = {
  initialize: object(
    {},
    { initializationOptions: settings, workspaceFolders: nullable(list(folder)), rootUri: nullable(uri) },
  ),
  foldersChanged: object({ event: object({ added: list(folder), removed: list(folder) }) }),
  opened: object({ textDocument: object({ uri, languageId: anyText, version, text: longText }) }),
  changed: object({ textDocument: object({ uri, version }), contentChanges: list(contentChange) }),
  ofDocument: object({ textDocument }),
  workspaceSymbol: object({ query: anyText }),
  resolvedSymbol: object(
    {
      name: anyText,
      kind: whole(1, 26),
      location: object({ uri }, { range }),
    },
    { tags: list(oneOf([1])), containerName: anyText, data: plain },
  ) as Shape<WorkspaceSymbol>,
};

/** Our own, by what they are called here. */
export const ownShapes = {
  settings,
  activity: object({ focused: flag, debugging: flag }),
  search: questionShapes.search,
  sql: questionShapes.sql,
  ofFile: object({ uri }),
  folder: object({ root: uri, path: anyText }),
  skippedFiles: object({ root: uri, reason: anyText, limit: whole(0, Number.MAX_SAFE_INTEGER) }),
  explainSymbol: object({ root: uri, name: text(1000) }),
  ofRoot: object({ root: uri }),
  audit: object({ root: uri }, { buildId: anyText }),
  command: object({}, { root: uri, ...workDone }),
  export: object({}, { root: uri, out: anyText, artifacts: list(anyText), ...workDone }),
};
