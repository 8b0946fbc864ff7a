// Finds what a person would: arguments are a kind of thing and the words on it; the answer is the first such thing that can be
// seen and used, or null. While a dialog is open there is nothing else. The words are the whole name of the thing, or the first
// line of it, where what it means stands below.
const [kind, words] = arguments;
const kinds = {
  button: 'a[href], button, [role=button], summary, label.check',
  link: 'a[href]',
  field: 'input, textarea, select',
};
const plain = text => (text ?? '').replace(/\s+/g, ' ').trim();
const name = element =>
  plain(element.getAttribute('aria-label')) ||
  plain([...(element.labels ?? [])].map(label => label.innerText).join(' ')) ||
  plain(element.innerText);
const firstLine = element => plain([element, ...(element.labels ?? [])].at(-1).innerText?.trim().split('\n')[0]);
const fits =
  kind === 'link' ? element => name(element).includes(words) : element => [name(element), firstLine(element)].includes(words);
const usable = element =>
  element.checkVisibility({ visibilityProperty: true }) &&
  !element.disabled &&
  element.getAttribute('aria-disabled') !== 'true' &&
  element.getAttribute('aria-busy') !== 'true';
const page = [...document.querySelectorAll('dialog[open]')].pop() ?? document;
return [...page.querySelectorAll(kinds[kind])].find(element => usable(element) && fits(element)) ?? null;
