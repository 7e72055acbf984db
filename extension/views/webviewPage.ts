// The frame of every webview page: a content security policy that allows nothing but our own script and style sheet, and
// the text of a page made safe. Knows nothing of VS Code.

/** What a page may load, as URIs of its webview. */
export interface PageResources {
  readonly nonce: string;
  readonly cspSource: string;
  readonly script: string;
  readonly style: string;
}

/** The HTML of a page; `title` is text, `body` is markup. */
export function webviewPage({ nonce, cspSource, script, style }: PageResources, title: string, body: string): string {
  const policy = `default-src 'none'; style-src ${cspSource}; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta http-equiv="Content-Security-Policy" content="${policy}">
  <title>${escapeHtml(title)}</title>
  <link rel="stylesheet" href="${escapeHtml(style)}">
</head>
<body>
${body}
  <script nonce="${nonce}" src="${escapeHtml(script)}"></script>
</body>
</html>`;
}

/** The text as it may stand in markup and in attributes. */
export function escapeHtml(value: string): string {
  return value.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
