// Why is this symbol (not) found? Asks for a name, then shows where it is defined, names that are near, and what could
// hide it: files that are not parsed or not indexed.

import { commands, l10n, QuickPickItemKind, Range, Uri, window, type Disposable, type QuickPickItem } from 'vscode';
import { ExplainSymbolRequest } from '../../server/protocol';
import type { RootStatus, SymbolExplanation } from '../../server/protocol';
import { filesText, reasonText } from '../format';
import { registerCommand, type FeatureContext } from './context';
import { chooseRoot } from './roots';

/** What a view hands over: the name that is asked for first. */
export interface NameArgument {
  readonly name: string;
}

/** Registers `almagest.explainSymbol`, which asks for the name. */
export function register(context: FeatureContext): Disposable {
  return registerCommand(context, 'almagest.explainSymbol', async (argument: unknown) => {
    const root = await chooseRoot(context.server.state, argument, l10n.t('In which folder should the symbol be?'));
    if (root === undefined) return;
    const name = await window.showInputBox({
      title: l10n.t('Explain Missing Symbol'),
      placeHolder: l10n.t('Name of the symbol'),
      prompt: l10n.t('As it is written, or with what it lies in: Parser.parse'),
      value: isNameArgument(argument) ? argument.name : (wordAtCursor() ?? ''),
    });
    if (name !== undefined && name.trim() !== '') await explain(context, root, name.trim());
  });
}

interface Item extends QuickPickItem {
  readonly act?: () => unknown;
}

async function explain(context: FeatureContext, root: RootStatus, name: string): Promise<void> {
  const explanation = await context.server.request(ExplainSymbolRequest, { root: root.root, name });
  context.log.info(explanation.summary);
  const picked = await window.showQuickPick(itemsOf(context, root, explanation), {
    title: name,
    placeHolder: explanation.summary,
    matchOnDescription: true,
  });
  await picked?.act?.();
}

function itemsOf(
  context: FeatureContext,
  root: RootStatus,
  { summary, places, near, gaps }: SymbolExplanation,
): readonly Item[] {
  const group = (label: string, items: readonly Item[]): readonly Item[] =>
    items.length === 0 ? [] : [{ label, kind: QuickPickItemKind.Separator }, ...items];
  return [
    { label: `$(info) ${summary}`, alwaysShow: true },
    ...group(
      l10n.t('Defined in'),
      places.map(({ path, uri, line }) => ({
        label: `$(go-to-file) ${path}`,
        description: String(line + 1),
        act: () => window.showTextDocument(Uri.parse(uri), { selection: new Range(line, 0, line, 0) }),
      })),
    ),
    ...group(
      l10n.t('Names that are near'),
      near.map((name) => ({ label: `$(symbol-misc) ${name}`, act: () => explain(context, root, name) })),
    ),
    ...group(
      l10n.t('What could hide it'),
      gaps.map(({ reason, files }) => ({
        label: `$(circle-slash) ${reasonText(reason, l10n.t)}`,
        description: filesText(files, l10n.t),
        act: () => commands.executeCommand('almagest.showIndex'),
      })),
    ),
  ];
}

function wordAtCursor(): string | undefined {
  const editor = window.activeTextEditor;
  if (editor === undefined) return undefined;
  const range = editor.document.getWordRangeAtPosition(editor.selection.active);
  return range === undefined ? undefined : editor.document.getText(range);
}

function isNameArgument(value: unknown): value is NameArgument {
  return typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string';
}
