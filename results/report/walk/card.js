/** What is known of one song beside the map. */

const NEIGHBOURS = 5;

/** Fill the card of a song; `choose` is called with a neighbour that is asked for. */
function fillCard(songs, player, state, row, neighbours, choose) {
  const heading = element('h4', {}, isolated(songs.title(row)));
  const known = element('dl', {});
  for (const [name, value] of facts(songs, state, row)) {
    known.append(element('dt', {}, isolated(name)), element('dd', {}, isolated(value)));
  }
  const parts = [heading, known, ...sound(player, row)];
  if (neighbours.length) {
    const list = element('ul', { className: 'songs' });
    for (const each of neighbours) {
      const button = element('button', { type: 'button' }, isolated(songs.title(each)));
      button.addEventListener('click', () => choose(each));
      list.append(element('li', {}, button));
    }
    parts.push(element('p', {}, 'Nearest songs on this map:'), list);
  }
  document.getElementById('map-card').replaceChildren(...parts);
}

/** Return what is known of a song, each with its name. */
function facts(songs, { method }, row) {
  const agreement = songs.agreement(method, row);
  const known = [
    ['artist', songs.artist(row)],
    ...songs.facts.labels
      .map((label, place) => [label.name, songs.label(place, row)])
      .filter(([name]) => name !== 'artist'),
    ['cluster', songs.clusterName(method, songs.clusters(method)[row])],
    ['agreement', agreement === null ? '' : agreement.toFixed(2)],
    ['split', songs.split(row)],
    ['id', songs.id(row)],
    ['in its cluster', ['', 'stands for it', 'on its border'][songs.column('exemplar')[row]]],
  ];
  return known.filter(([, value]) => value);
}

/** Return what a song can be heard by: a button, or a link to a file beside the page. */
function sound(player, row) {
  if (player.has(row)) {
    return [element('p', {}, player.button(row, 'Play'))];
  }
  if (row in player.links) {
    return [element('p', {}, element('a', { href: player.links[row] }, 'Open its clip'))];
  }
  return [];
}

/** Return text that turns nothing around it. */
function isolated(text) {
  return element('bdi', {}, text);
}
