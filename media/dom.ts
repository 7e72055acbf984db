// Making and finding elements of a page. What is put in is always text, never markup, and shows what it holds.

import { visible } from './visible';

/** An element with a class, a role and a text, where they are given. */
export function create(tag: string, className = '', text?: string, role?: string): HTMLElement {
  const element = document.createElement(tag);
  if (className !== '') element.className = className;
  if (role !== undefined) element.setAttribute('role', role);
  if (text !== undefined) element.textContent = visible(text);
  return element;
}

/** A button that is no submit button. */
export function createButton(className: string, text: string, onClick: () => void): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = className;
  button.textContent = visible(text);
  button.addEventListener('click', onClick);
  return button;
}

/** The element of the page with this id. Throws when the page has none of that type. */
export function element<E extends HTMLElement>(id: string, type: new () => E): E {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`the page has no ${type.name} #${id}`);
}
