// Opens the file that a view or a result names. What it names comes from an index, so it must lie in an open folder.

import { l10n, window, workspace, type TextDocumentShowOptions, type Uri } from 'vscode';

/** Shows the file in an editor; throws where it lies outside of the open folders. */
export async function showWorkspaceFile(file: Uri, options: TextDocumentShowOptions): Promise<void> {
  if (workspace.getWorkspaceFolder(file) === undefined) {
    throw new Error(l10n.t('{0} is outside of the open folders.', file.fsPath));
  }
  await window.showTextDocument(file, options);
}
