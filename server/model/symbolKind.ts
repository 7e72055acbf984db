// Symbol kinds as LSP numbers them, so that no table of ours has to be translated at the edge.

/** LSP `SymbolKind` (LSP 3.17, "Document Symbols Request"). Native uses the same numbers. */
export const SymbolKind = {
  File: 1,
  Module: 2,
  Namespace: 3,
  Package: 4,
  Class: 5,
  Method: 6,
  Property: 7,
  Field: 8,
  Constructor: 9,
  Enum: 10,
  Interface: 11,
  Function: 12,
  Variable: 13,
  Constant: 14,
  String: 15,
  Number: 16,
  Boolean: 17,
  Array: 18,
  Object: 19,
  Key: 20,
  Null: 21,
  EnumMember: 22,
  Struct: 23,
  Event: 24,
  Operator: 25,
  TypeParameter: 26,
} as const;

export type SymbolKind = (typeof SymbolKind)[keyof typeof SymbolKind];

const names = new Map<number, string>(
  Object.entries(SymbolKind).map(([name, kind]) => [kind, name.charAt(0).toLowerCase() + name.slice(1)]),
);

/** The lower camel case name of a kind (`enumMember`), as printed by the command line and in dumps. */
export function symbolKindName(kind: number): string {
  return names.get(kind) ?? `kind${kind}`;
}
