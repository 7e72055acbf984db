// The pieces of a page, each drawn anew only when what it shows has changed: a page that is sent every second while a
// build runs keeps the focus, the selection and the charts of whoever reads it.

export interface Piece {
  /** The same piece of another page has the same one. */
  readonly id: string;
  /** All that is drawn. */
  readonly data: unknown;
  readonly draw: () => HTMLElement;
}

export class Pieces {
  readonly #place: HTMLElement;
  readonly #drawn = new Map<string, { readonly shown: string; readonly element: HTMLElement }>();

  /** @param place an empty element */
  constructor(place: HTMLElement) {
    this.#place = place;
  }

  /** Shows these pieces, in this order, and no others. */
  draw(pieces: readonly Piece[]): void {
    for (const [id, { element }] of this.#drawn) {
      if (pieces.some((piece) => piece.id === id)) continue;
      element.remove();
      this.#drawn.delete(id);
    }
    let next = this.#place.firstElementChild;
    for (const { id, data, draw } of pieces) {
      const before = this.#drawn.get(id);
      const shown = JSON.stringify(data);
      const element = before?.shown === shown ? before.element : draw();
      if (before !== undefined && before.element !== element) replace(before.element, element);
      // Moved only where it has to be: what is moved loses the focus.
      else if (element !== next) this.#place.insertBefore(element, next);
      this.#drawn.set(id, { shown, element });
      next = element.nextElementSibling;
    }
  }
}

function replace(before: HTMLElement, element: HTMLElement): void {
  const hadFocus = before.contains(document.activeElement);
  before.replaceWith(element);
  if (hadFocus) element.querySelector<HTMLElement>('summary, [tabindex], button')?.focus();
}
