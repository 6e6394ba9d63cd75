/**
 * The script of the page. It filters and sorts the rows of the tables that the page already contains, so the page is
 * complete without it. It is a text, because bundlers add names of their own to functions.
 */
export const script = String.raw`
'use strict';
(() => {
  const byId = (id) => document.getElementById(id);
  const rows = [...document.querySelectorAll('table.matrix tbody tr')];
  const services = [...document.querySelectorAll('tr[data-search]')].filter((row) => !rows.includes(row));
  const search = byId('search');
  const show = byId('show');
  const count = byId('count');

  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter((word) => word !== '');
    const matches = (row) => words.every((word) => row.dataset.search.includes(word));
    let shown = 0;
    for (const row of rows) {
      const isShown = matches(row) && (show.value === '' || row.dataset.states.split(' ').includes(show.value));
      row.hidden = !isShown;
      if (isShown) shown += 1;
    }
    for (const row of services) row.hidden = !matches(row);
    for (const section of document.querySelectorAll('section.group'))
      section.hidden = (words.length > 0 || show.value !== '') && section.querySelector('table.matrix tbody tr:not([hidden])') === null;
    count.textContent = shown + ' of ' + rows.length + (rows.length === 1 ? ' image' : ' images');
  };

  const natural = new Intl.Collator('en', { numeric: true });
  const sort = (head) => {
    const table = head.closest('table');
    const heads = [...head.parentElement.children];
    const column = heads.indexOf(head);
    const direction = head.getAttribute('aria-sort') === 'ascending' ? 'descending' : 'ascending';
    for (const other of heads) other.setAttribute('aria-sort', other === head ? direction : 'none');
    const body = table.tBodies[0];
    const valueOf = (row) => row.cells[column].dataset.value ?? '';
    const sign = direction === 'ascending' ? 1 : -1;
    // Images that an environment does not have come last in both directions.
    const compare = (one, other) => {
      const [a, b] = [valueOf(one), valueOf(other)];
      if (a === '' || b === '') return (a === '') - (b === '');
      return sign * natural.compare(a, b);
    };
    body.append(...[...body.rows].sort(compare));
  };

  search.addEventListener('input', filter);
  show.addEventListener('change', filter);
  for (const button of document.querySelectorAll('.sort'))
    button.addEventListener('click', () => sort(button.closest('th')));

  document.addEventListener('keydown', (event) => {
    const isTyping = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === '/' && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
    }
    if (event.key === 'Escape' && event.target === search) {
      search.value = '';
      filter();
    }
  });

  byId('save').addEventListener('click', () => {
    const address = URL.createObjectURL(new Blob([byId('data').textContent], { type: 'application/json' }));
    const anchor = document.createElement('a');
    anchor.href = address;
    anchor.download = 'board.json';
    anchor.click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  });

  // The page can be open for days.
  const age = byId('age');
  const tell = () => {
    const hours = Math.floor((Date.now() - Date.parse(age.dataset.read)) / 3600000);
    if (hours >= 1) age.textContent = hours < 48 ? '(' + hours + ' h ago)' : '(' + Math.floor(hours / 24) + ' d ago)';
    age.className = hours >= 24 ? 'badge unknown' : 'fine';
  };
  tell();
  setInterval(tell, 60000);

  for (const control of document.querySelectorAll('[data-script]')) control.hidden = false;
  filter();
})();
`;
