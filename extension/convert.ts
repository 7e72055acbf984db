// Wire types to those of VS Code.

import { Range, SymbolKind, ThemeColor, ThemeIcon } from 'vscode';
import type { WireRange } from '../server/protocol';

export function toRange({ startLine, startColumn, endLine, endColumn }: WireRange): Range {
  return new Range(startLine, startColumn, endLine, endColumn);
}

/** The product icon of an LSP symbol kind, in the theme's colour for it. */
export function symbolIcon(kind: number): ThemeIcon {
  const name = SymbolKind[kind - 1] ?? 'Variable';
  const kebab = name.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
  const camel = name.charAt(0).toLowerCase() + name.slice(1);
  return new ThemeIcon(`symbol-${kebab}`, new ThemeColor(`symbolIcon.${camel}Foreground`));
}
