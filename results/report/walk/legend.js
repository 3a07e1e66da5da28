/** The lists beside the map: what to choose from, and what is shown in which colour. */

const MOST_ENTRIES = 100;
const byId = (id) => document.getElementById(id);

/** Fill a list to choose from. */
function offer(id, names, chosen = 0) {
  const options = names.map((name, place) => element('option', { value: place }, name));
  byId(id).replaceChildren(...options);
  byId(id).value = Math.max(chosen, 0);
}

/** List the categories of the songs that are laid out; `draw` is called when one is hidden. */
function fillLegend(laid, scheme, name, hidden, draw) {
  const counts = new Map();
  for (const row of laid) {
    const category = scheme.of(row);
    counts.set(category, (counts.get(category) ?? 0) + 1);
  }
  byId('map-legend-title').textContent = `Shown, by ${name} (press to hide):`;
  const entries = [...scheme.names].filter(([category]) => counts.has(category)).slice(0, MOST_ENTRIES);
  const items = entries.map(([category, called]) => {
    const label = [swatch(scheme.swatch(category)), isolated(called), ` (${counts.get(category)})`];
    return element('li', {}, switching(label, (shown) => {
      hidden[shown ? 'delete' : 'add'](category);
      draw();
    }));
  });
  byId('map-legend').replaceChildren(...items);
}

/** Return a button that is pressed at first, and calls `switched` when it changes. */
function switching(label, switched) {
  const button = element('button', { type: 'button' }, ...label);
  button.setAttribute('aria-pressed', 'true');
  button.addEventListener('click', () => {
    const shown = button.getAttribute('aria-pressed') !== 'true';
    button.setAttribute('aria-pressed', `${shown}`);
    switched(shown);
  });
  return button;
}

function swatch({ fill, line, ending }) {
  const made = element('span', { className: `swatch${ending}`, ariaHidden: 'true' });
  Object.assign(made.style, { backgroundColor: fill, borderColor: line, color: line });
  return made;
}
