// Reads what stands before the dot of a call, as far as it is a plain chain of names: `a.b`, `crate::x`, `$this`,
// `App\Models\User`. Anything else, such as a call or an index, is an expression whose type is not known here.

/** The names of a plain chain, first to last; `undefined` for an expression. */
export function chainOf(receiver: string): readonly string[] | undefined {
  const text = receiver.replace(/^[&*\s]+/, '').replace(/^(::|\\)/, '');
  if (!/^[@$]?[\p{L}\p{N}_$]+(?:(?:::|\.|\?\.|!\.|->|\\)#?[\p{L}\p{N}_$]+)*$/u.test(text)) return undefined;
  return text.split(/::|\?\.|!\.|\.|->|\\/);
}

/** The name of a Go method's own receiver by its signature: `s` of `func (s *Server) Close()`. */
export function goReceiver(signature: string): string | undefined {
  return /^func\s*\(\s*([\p{L}_][\p{L}\p{N}_]*)\s/u.exec(signature)?.[1];
}

/**
 * What a type's name is qualified by wherever it stands in a signature: `http` for `Handler` in `h http.Handler`. Nothing
 * when it stands there alone, too, or not at all.
 */
export function qualifierIn(signature: string, name: string): string | undefined {
  // What the parser made up to go on has no name.
  if (name === '') return undefined;
  let found: string | undefined;
  for (let at = signature.indexOf(name); at >= 0; at = signature.indexOf(name, at + name.length)) {
    if (/[\p{L}\p{N}_$]/u.test(signature[at + name.length] ?? ' ')) continue;
    const before = signature.slice(Math.max(0, at - 80), at);
    if (/[\p{L}\p{N}_$]$/u.test(before)) continue;
    const qualifier = /([\p{L}_$][\p{L}\p{N}_$]*(?:(?:\.|::)[\p{L}_$][\p{L}\p{N}_$]*)*)(?:\.|::)$/u.exec(before)?.[1];
    if (qualifier === undefined || (found !== undefined && found !== qualifier)) return undefined;
    found = qualifier;
  }
  return found;
}
