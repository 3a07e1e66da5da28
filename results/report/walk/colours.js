/**
 * What tells songs apart on the map.
 *
 * Eight hues that keep apart for the colour-blind (Okabe and Ito 2008, made darker on white), each
 * filled, hollow, rimmed and dotted: 32 marks; clusters bear their numbers on the map besides.
 */

const STYLES = 4;
const UNKNOWN = -1;
const SHAPES = { train: 'circle', validation: 'triangle', test: 'square' };
const AGREEMENT_ENDS = [0.5, 0.6, 0.7, 0.8, 0.9];

/** Return the colours of the page as they are now, light or dark. */
function theme(count) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const hues = Array.from({ length: count }, (_, place) => colour(`c${place}`));
  return { hues, ink: colour('ink'), soft: colour('soft'), faint: colour('faint'), paper: colour('paper') };
}

/** Return fill, line and ending of the marker of a category. */
function mark(category, colours) {
  if (category === UNKNOWN) {
    return { fill: colours.faint, line: colours.faint, ending: '' };
  }
  const hue = colours.hues[category % colours.hues.length];
  const style = Math.floor(category / colours.hues.length) % STYLES;
  return [
    { fill: hue, line: hue, ending: '' },
    { fill: colours.paper, line: hue, ending: '' },
    { fill: hue, line: colours.ink, ending: '' },
    { fill: colours.paper, line: hue, ending: '_dot' },
  ][style];
}

/** Return what songs can be coloured by with a method. */
function colourings(songs, method) {
  const found = [{ key: 'cluster', name: 'cluster' }];
  songs.facts.labels.forEach((label, place) => {
    if (label.colours) {
      found.push({ key: `label${place}`, name: label.name, label: place });
    }
  });
  if (songs.column(`agreement${method}`)) {
    found.push({ key: 'agreement', name: 'agreement' });
  }
  return [...found, { key: 'split', name: 'split' }];
}

/** Return the category of every song, and the name and mark of each category. */
function coloured(songs, method, colouring, colours) {
  if (colouring.key === 'agreement') {
    return byAgreement(songs, method, colours);
  }
  const { of, names } = categories(songs, method, colouring);
  const marks = new Map([...names.keys()].map((category) => [category, mark(category, colours)]));
  return { of, names, style: (row) => marks.get(of(row)), swatch: (category) => marks.get(category) };
}

function categories(songs, method, colouring) {
  const names = new Map();
  let of;
  if (colouring.key === 'cluster') {
    const clusters = songs.clusters(method);
    const numbers = [...new Set(clusters)].filter((each) => each >= 0).sort((a, b) => a - b);
    const places = new Map(numbers.map((cluster, place) => [cluster, place]));
    numbers.forEach((cluster, place) => names.set(place, songs.clusterName(method, cluster)));
    of = (row) => places.get(clusters[row]) ?? UNKNOWN;
    names.set(UNKNOWN, 'noise');
  } else {
    const isSplit = colouring.key === 'split';
    const values = isSplit ? songs.facts.splits : songs.facts.labels[colouring.label].values;
    const codes = songs.column(colouring.key);
    values.forEach((value, place) => names.set(place, value));
    of = (row) => codes[row] - 1;
    names.set(UNKNOWN, 'unknown');
  }
  return { of, names };
}

/** Colour by a scale without steps; the legend has steps to show and hide by. */
function byAgreement(songs, method, colours) {
  const ends = [0, ...AGREEMENT_ENDS, 1];
  const names = new Map();
  const scale = songs.facts.scale;
  const colour = (share) => ({
    fill: scale[Math.round(share * (scale.length - 1))],
    line: colours.soft,
    ending: '',
  });
  ends.slice(1).forEach((end, place) => names.set(place, `${ends[place]} to ${end}`));
  names.set(UNKNOWN, 'unknown');
  const of = (row) => {
    const share = songs.agreement(method, row);
    return share === null ? UNKNOWN : AGREEMENT_ENDS.filter((end) => share >= end).length;
  };
  return {
    of,
    names,
    style: (row) => {
      const share = songs.agreement(method, row);
      return share === null ? mark(UNKNOWN, colours) : colour(stretched(share));
    },
    swatch: (category) =>
      category === UNKNOWN
        ? mark(UNKNOWN, colours)
        : colour(stretched((ends[category] + ends[category + 1]) / 2)),
  };
}

/** Return where an agreement lies on the scale: most are in its upper half. */
function stretched(share) {
  return Math.max(0, (share - 0.4) / 0.6);
}
